import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AppError } from '../../errors.ts';
import { type Item, linesOf, membersOf } from './items.ts';

type Splitter = typeof linesOf;

/** Cuts bytes at these places, as a network might. */
async function* cut(bytes: Buffer, places: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function split(by: Splitter, text: string | Buffer, places: readonly number[] = [], max = 1_000) {
  const items: Item[] = [];
  for await (const item of by(cut(Buffer.from(text), places), max)) items.push(item);
  return items.map(({ line, bytes }) => [line, bytes?.toString() ?? null] as const);
}

const isNotAList = (error: AppError) => error.code === 'malformed_json';
const anywhere = fc.array(fc.nat(), { maxLength: 12 });

describe('bodies of an import', () => {
  test('a list in JSON is cut into its members, wherever the network cuts it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.nat(3), anywhere, async (values, space, places) => {
        const items = await split(membersOf, JSON.stringify(values, null, space), places, 1_000_000);
        assert.deepEqual(
          items.map(([line, text]) => [line, JSON.parse(text!)]),
          values.map((value, i) => [i + 1, JSON.parse(JSON.stringify(value))]),
        );
      }),
    );
  });

  test('lines are cut wherever the network cuts them, and counted with the blank ones', async () => {
    const line = fc.oneof(
      fc.constant('  '),
      fc.constant('\r'),
      fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll('\n', ' ')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), anywhere, async (lines, places) => {
        const expected = lines
          .map((text, i) => [i + 1, text] as const)
          .filter(([, text]) => /[^ \t\r]/.test(text));
        assert.deepEqual(await split(linesOf, lines.join('\n'), places, 1_000_000), expected);
      }),
    );
  });

  test('an article that is too long does not take the others along', async () => {
    const long = 'x'.repeat(1_001);
    const lines = await split(linesOf, `{"a":1}\n${long}\n{"b":2}\n`, [500, 900]);
    assert.deepEqual(lines, [
      [1, '{"a":1}'],
      [2, null],
      [3, '{"b":2}'],
    ]);
    assert.deepEqual(await split(membersOf, `[1,"${long}",2]`, [7]), [
      [1, '1'],
      [2, null],
      [3, '2'],
    ]);
  });

  test('a byte order mark is no part of the first line', async () => {
    assert.deepEqual(await split(linesOf, '\ufeff{"a":1}'), [[1, '{"a":1}']]);
  });

  test('what is no list is refused as a whole', async () => {
    for (const text of [
      '',
      ' ',
      '{}',
      '[',
      '[1',
      '[1,',
      '[1,]',
      '[,1]',
      '[,]',
      '[1] 2',
      '[1]]',
      '["',
      'null',
    ]) {
      await assert.rejects(split(membersOf, text), isNotAList, text);
    }
    assert.deepEqual(await split(membersOf, ' [ \n ] '), []);
  });
});
