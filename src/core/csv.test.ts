import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CsvReader, csvLine } from './csv.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n\'",a＝＋－＠') }),
);

function read(whole: string, cuts: readonly number[] = []): (string | null)[][] {
  const reader = new CsvReader();
  const ends = [...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  const pieces = ends.map((end, i) => whole.slice(ends[i - 1] ?? 0, end));
  return [...pieces.flatMap((piece) => reader.read(piece)), ...reader.end()];
}

/** What a program that knows nothing of us reads in a cell. */
function plainCells(line: string): string[] {
  const cells = line.slice(0, -2).match(/(?<=^|,)("(?:[^"]|"")*"|[^",]*)(?=,|$)/g) ?? [];
  return cells.map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}

describe('CSV', () => {
  test('whatever is written is read back alike, in pieces of any size', () => {
    const records = fc.array(fc.array(fc.option(text), { minLength: 1, maxLength: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(records, fc.array(fc.nat(), { maxLength: 5 }), (given, cuts) => {
        assert.deepEqual(read(given.map(csvLine).join(''), cuts), given);
      }),
    );
  });

  test('no cell is a formula to a spreadsheet', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (given) => {
        for (const cell of plainCells(csvLine(given))) assert.doesNotMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/);
      }),
    );
  });

  test('a record is one of RFC 4180', () => {
    assert.equal(csvLine(['a', 'b,c', 'd"e', 'f\ng', '', null, -5]), 'a,"b,c","d""e","f\ng","",,-5\r\n');
    assert.equal(csvLine(['=1+1', '@x', "'+1", "it's"]), "'=1+1,'@x,''+1,it's\r\n");
    assert.deepEqual(read('a,b\nc,"d"'), [
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('what is no CSV is a syntax error', () => {
    for (const bad of ['"a', '"a"b', 'a\rb']) assert.throws(() => read(bad), SyntaxError, bad);
  });
});
