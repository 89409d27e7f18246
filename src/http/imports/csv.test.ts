import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { csvLine } from '../../core/csv.ts';
import type { AppError } from '../../errors.ts';
import { rowsOf } from './csv.ts';
import type { Item } from './items.ts';

const columns = { known: ['email', 'name'], required: ['email'], rest: 'fields' };

async function* cut(bytes: Buffer, places: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function rows(text: string | Buffer, places: readonly number[] = [], max = 10_000) {
  const items: Item[] = [];
  for await (const item of rowsOf(cut(Buffer.from(text), places), max, columns)) items.push(item);
  return items.map(({ line, bytes, problem }) => [line, bytes ? JSON.parse(bytes.toString()) : problem]);
}

const refused = (code: string, pattern: RegExp) => (error: AppError) =>
  error.code === code && pattern.test(error.message);

describe('CSV of an import', () => {
  test('whatever stands in the cells, and wherever the network cuts it, comes out as it was, with its line', async () => {
    const cell = fc.oneof(
      fc.constantFrom('', 'a', '=1+1', "'+49", '\u{1f600}', 'x\r\ny', 'ä,"b"'),
      fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed()),
    );
    const record = fc.tuple(cell, cell, cell);
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 8 }), fc.array(fc.nat()), async (records, places) => {
        const text = [['Email', 'name', 'Extra, own'], ...records].map(csvLine).join('');
        let line = 2;
        const expected = records.flatMap(([email, name, extra]) => {
          const own = line;
          line += csvLine([email, name, extra]).split('\n').length - 1;
          const known = Object.entries({ email: email.trim(), name: name.trim() });
          const given = known.filter(([, value]) => value !== '');
          if (email === '' && name === '' && extra === '') return [];
          const rest = extra === '' ? {} : { fields: { 'Extra, own': extra } };
          return [[own, { ...Object.fromEntries(given), ...rest }]];
        });
        assert.deepEqual(await rows(text, places), expected);
      }),
    );
  });

  test('a byte order mark, CRLF or LF, blank lines and commas at the end make no difference', async () => {
    const text = '\ufeffEMAIL,Name,,\r\na@b.c,"Ada ""A"" L",,\n\n,,,\r\nd@e.f,"two\nlines"';
    assert.deepEqual(await rows(text), [
      [2, { email: 'a@b.c', name: 'Ada "A" L' }],
      [5, { email: 'd@e.f', name: 'two\nlines' }],
    ]);
  });

  test('a line with more cells than the header is wrong alone', async () => {
    assert.deepEqual(await rows('email\na,b\nc\n'), [
      [2, 'This has 2 cells, and the header 1.'],
      [3, { email: 'c' }],
    ]);
  });

  test('what leaves a doubt about all of it is refused as a whole, with the line', async () => {
    const table: [string | Buffer, string, RegExp][] = [
      ['', 'validation_failed', /empty/],
      ['name\nAda\n', 'validation_failed', /first line must name.*email/],
      ['email;name\n', 'validation_failed', /commas/],
      ['email,email\n', 'validation_failed', /columns 1 and 2 have one name/],
      ['email,x,x\n', 'validation_failed', /columns 2 and 3/],
      ['email,,x\n', 'validation_failed', /column 2/],
      ['email,__proto__\n', 'validation_failed', /column 2/],
      ['email,fields\n', 'validation_failed', /column 2/],
      [
        `email${',x'.repeat(0)}${Array.from({ length: 200 }, (_, i) => `,c${i}`).join('')}\n`,
        'validation_failed',
        /200/,
      ],
      ['email\nb\n"c"d\n', 'validation_failed', /line 3/],
      ['email\nb\nc\rd', 'validation_failed', /line 3/],
      ['email\n"b\nc', 'validation_failed', /line 2: a quoted cell does not end/],
      [Buffer.from('email\n\xe4@b.c', 'latin1'), 'unsupported_media_type', /UTF-8/],
      [Buffer.from('\ufeffemail\na@b.c', 'utf16le'), 'unsupported_media_type', /UTF-8/],
    ];
    for (const [text, code, pattern] of table)
      await assert.rejects(rows(text), refused(code, pattern), `${text}`);
    const unclosed = `email\na@b.c\n"${'x\n'.repeat(3_000)}`;
    await assert.rejects(
      rows(unclosed, [100, 3_000, 5_000], 2_000),
      refused('validation_failed', /line 3.*quote/),
    );
  });
});
