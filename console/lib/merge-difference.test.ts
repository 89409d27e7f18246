import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isObject, type JsonObject, mergePatch } from '../../src/core/merge-patch.ts';
import { mergeDifference } from './merge-difference.ts';

test('what is equal is not sent, what is gone is null, and a list goes as a whole', () => {
  const before = { plan: 'gold', seats: 3, address: { city: 'Berlin', zip: '10115' }, tags: ['a', 'b'] };
  const after = { plan: 'gold', address: { city: 'Bonn' }, tags: ['a'], vip: true };
  assert.deepEqual(mergeDifference(before, after), {
    seats: null,
    address: { zip: null, city: 'Bonn' },
    tags: ['a'],
    vip: true,
  });
});

test('a member of the language’s own name is a member like any other', () => {
  assert.deepEqual(mergeDifference({}, { constructor: 'x' }), { constructor: 'x' });
});

const hasNull = (value: unknown): boolean =>
  value === null || (isObject(value) && Object.values(value).some(hasNull));

test('the difference, merged, gives what was wanted', () => {
  const json = fc
    .dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.jsonValue({ maxDepth: 3 }),
    )
    .filter((value) => !hasNull(value) && !JSON.stringify(value).includes('__proto__'));
  fc.assert(
    fc.property(json, json, (before, after) => {
      const merged = mergePatch(before as JsonObject, mergeDifference(before, after));
      assert.deepEqual({ ...merged }, { ...after });
    }),
  );
});
