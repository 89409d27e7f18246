import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { indexEntries, queryWords, wordsOf } from './words.ts';

const place = { tenantId: 'tnt_1', environment: 'production' } as const;
const words = (text: string) => Array.from(wordsOf(text), (word) => word.text);
const entries = (content: string) => indexEntries(place, { title: '', summary: null, content });
const entriesAt = (text: string, level: string) =>
  entries(text)
    .filter((entry) => entry[8] === level)
    .map((entry) => entry.slice(9))
    .sort();

test('words are compared without case, accents and compatibility forms', () => {
  assert.deepEqual(words('Café CAFE\u0301 ｃａｆｅ'), ['cafe', 'cafe', 'cafe']);
  assert.deepEqual(words('Straße STRASSE Οδός ΟΔΟΣ'), ['strasse', 'strasse', 'οδοσ', 'οδοσ']);
  assert.deepEqual(words('don’t snake_case kebab-case a/b.c'), [
    'don',
    't',
    'snake',
    'case',
    'kebab',
    'case',
    'a',
    'b',
    'c',
  ]);
});

test('a word knows where it stands in the text', () => {
  const text = '¡Olé, 𝒳yz! データ';
  assert.deepEqual(
    Array.from(wordsOf(text), ({ start, end }) => text.slice(start, end)),
    ['Olé', '𝒳yz', 'デー', 'ータ', 'タ'],
  );
});

test('every part of a text without spaces can be looked for', () => {
  const indexed = new Set(words('東京都庁舎'));
  for (const part of ['東', '京都', '都庁舎', '舎', '東京都庁舎']) {
    const found = queryWords(part).every(({ text, isPrefix }) =>
      isPrefix ? [...indexed].some((word) => word.startsWith(text)) : indexed.has(text),
    );
    assert.ok(found, part);
  }
});

test('a query is distinct words, of which the last may be unfinished', () => {
  assert.deepEqual(queryWords('"Refund" OR refund NOT (pol*'), [
    { text: 'refund', isPrefix: false },
    { text: 'or', isPrefix: false },
    { text: 'not', isPrefix: false },
    { text: 'pol', isPrefix: true },
  ]);
  assert.deepEqual(queryWords('key a'), [
    { text: 'key', isPrefix: false },
    { text: 'a', isPrefix: false },
  ]);
  assert.deepEqual(queryWords(' -"()* '), []);
  assert.equal(queryWords(Array.from({ length: 99 }, (_, i) => `w${i}`).join(' ')).length, 12);
});

test('what is found in any text has no character that means something to a database', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      for (const word of [...words(text), ...queryWords(text).map((w) => w.text)]) {
        assert.match(word, /^[\p{L}\p{N}\p{M}]+$/u);
        assert.ok(word.length <= 64 && word.isWellFormed());
      }
    }),
    { numRuns: 2_000 },
  );
});

test('the index knows how often a word is mentioned, in steps', () => {
  const text = `one ${'two '.repeat(2)}${'five '.repeat(5)}${'nine '.repeat(9)}`;
  assert.deepEqual(entriesAt(text, 'a'), ['five', 'nine', 'one', 'two']);
  assert.deepEqual(entriesAt(text, '2'), ['five', 'nine', 'two']);
  assert.deepEqual(entriesAt(text, '4'), ['five', 'nine']);
  assert.deepEqual(entriesAt(text, '8'), ['nine']);
});

test('places share no entry of the index', () => {
  const article = { title: 'Refunds', summary: 'How', content: 'They work' };
  const mine = new Set(indexEntries(place, article));
  for (const other of [{ ...place, tenantId: 'tnt_2' }, { ...place, environment: 'sandbox' } as const]) {
    assert.ok(indexEntries(other, article).every((entry) => !mine.has(entry)));
  }
});

test('the index of the longest article stays within what PostgreSQL can hold, title and summary first', () => {
  let content = '';
  for (let i = 0; content.length < 1_000_000; i++) content += `${i.toString(36)}ß `;
  const all = indexEntries(place, { title: 'Title', summary: 'Summary', content });
  assert.ok(all.reduce((sum, entry) => sum + Buffer.byteLength(entry), 0) < 1_000_000);
  assert.deepEqual(
    all.slice(0, 4).map((entry) => entry.slice(8)),
    ['ttitle', 'ssummary', 'atitle', 'asummary'],
  );
});
