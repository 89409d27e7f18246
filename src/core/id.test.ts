import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createIdFactory, idPrefixes, isId } from './id.ts';

const prefix = fc.constantFrom(...idPrefixes);

test('ids sort in the order of their creation, in the same millisecond and when the clock goes back', () => {
  const clock = fc.array(fc.tuple(fc.integer({ min: -5, max: 3 }), prefix), { minLength: 2, maxLength: 100 });
  fc.assert(
    fc.property(clock, fc.nat(2 ** 41), fc.constantFrom(undefined, 255, 0), (steps, start, fill) => {
      let now = start;
      const random = fill === undefined ? undefined : (size: number) => new Uint8Array(size).fill(fill);
      const createId = createIdFactory({ now: () => now, random });
      const tails = steps.map(([step, name]) => {
        now += step;
        const id = createId(name);
        assert.ok(isId(name, id), id);
        return id.slice(4);
      });
      for (let i = 1; i < tails.length; i++) assert.ok(tails[i - 1]! < tails[i]!);
    }),
  );
});

test('the first ten characters are the time, the rest is random', () => {
  const decode = (text: string) =>
    Array.from(text).reduce((sum, c) => sum * 32 + '0123456789abcdefghjkmnpqrstvwxyz'.indexOf(c), 0);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (time) => {
      const random = (size: number) => Uint8Array.from({ length: size }, (_, i) => 32 + i);
      const id = createIdFactory({ now: () => time + 0.9, random })('key');
      assert.equal(decode(id.slice(4, 14)), time);
      assert.equal(id.slice(14), '0123456789abcdef');
    }),
  );
});

test('when the random part overflows, the time moves on instead of wrapping', () => {
  const createId = createIdFactory({ now: () => 7, random: (size) => new Uint8Array(size).fill(255) });
  assert.equal(createId('req'), `req_0000000007${'z'.repeat(16)}`);
  assert.equal(createId('req'), `req_0000000008${'z'.repeat(16)}`);
});

test('a clock that answers nonsense makes valid, increasing ids', () => {
  for (const nonsense of [Number.NaN, -1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
    const createId = createIdFactory({ now: () => nonsense });
    const [a, b] = [createId('key'), createId('key')];
    assert.ok(isId('key', a) && isId('key', b) && a < b);
  }
});

test('two generators do not meet', () => {
  const make = () => createIdFactory({ now: () => 1 });
  const ids = Array.from({ length: 2000 }, () => make()('key'));
  assert.equal(new Set(ids).size, ids.length);
});

test('only the exact form is an id', () => {
  const id = createIdFactory({ now: () => 1_790_000_000_000 })('key');
  assert.ok(isId('key', id));
  const bad = [
    '',
    'key_',
    id.slice(0, -1),
    `${id}0`,
    `${id}\n`,
    id.toUpperCase(),
    id.replace('_', '-'),
    ` ${id}`,
  ];
  bad.push(`key_8${id.slice(5)}`, `${id.slice(0, -1)}u`, `${id.slice(0, -1)}é`);
  for (const text of bad) assert.equal(isId('key', text), false, text);
  assert.equal(isId('sec', id), false);
  fc.assert(fc.property(prefix, fc.string({ unit: 'binary' }), (name, text) => !isId(name, text)));
});
