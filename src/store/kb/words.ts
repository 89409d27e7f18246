import { createHash } from 'node:crypto';
import type { Place } from '../../core/policy.ts';
import type { IndexedWord } from '../dialect.ts';

/** A word as it is compared, and where it stands in its text. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Scripts written without spaces: any two neighbours are taken for a word there, so that every part can be found. */
const unspaced = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => `\\p{scx=${script}}`)
  .join('');
const runs = new RegExp(
  `([[${unspaced}]&&[\\p{L}\\p{N}\\p{M}]]+)|[[\\p{L}\\p{N}\\p{M}]--[${unspaced}]]+`,
  'gv',
);
const maxWordLength = 64;

/** Without case, accents and compatibility forms: `É`, `e` and `Ｅ` are the same. */
function fold(text: string): string {
  if (/^[0-9A-Za-z]*$/.test(text)) return text.toLowerCase().slice(0, maxWordLength);
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, '')
    .slice(0, maxWordLength)
    .toWellFormed();
}

/** The words of a text in order. Of a run without spaces: every pair, and for the index its last character too. */
export function* wordsOf(text: string, isQuery = false): Generator<Word> {
  for (const match of text.matchAll(runs)) {
    const run = match[0];
    let start = match.index;
    if (match[1] === undefined) {
      const folded = fold(run);
      if (folded !== '') yield { text: folded, start, end: start + run.length };
      continue;
    }
    const characters = Array.from(run);
    for (const [i, character] of characters.entries()) {
      const next = characters[i + 1];
      if (next === undefined && isQuery && i > 0) continue;
      const folded = fold(character + (next ?? ''));
      const end = start + character.length + (next?.length ?? 0);
      if (folded !== '') yield { text: folded, start, end };
      start += character.length;
    }
  }
}

const maxQueryWords = 12;

/** What a person looks for: all of these words, the last perhaps not typed to its end. Empty when there is no word. */
export function queryWords(text: string): IndexedWord[] {
  const words = Array.from(wordsOf(text, true), (word) => word.text);
  const last = words.at(-1);
  const distinct = [...new Set(words)].filter((word) => word !== last);
  if (last === undefined) return [];
  const kept = [...distinct.slice(0, maxQueryWords - 1), last];
  // A single ASCII letter begins too many words to be worth a search.
  return kept.map((word, i) => ({ text: word, isPrefix: i === kept.length - 1 && !/^[0-9a-z]$/.test(word) }));
}

/** Where a word is found, or that it is found so many times at least: the first character of its entry in the index. */
export const levels = {
  anywhere: 'a',
  title: 't',
  summary: 's',
  twice: '2',
  fourTimes: '4',
  eightTimes: '8',
} as const;
export type Level = (typeof levels)[keyof typeof levels];

/** Keeps every place in a corner of the index of its own: a search reads nothing of others, whatever they write. */
function placeCode(place: Place): string {
  return createHash('sha256').update(`${place.tenantId}/${place.environment}`).digest('hex').slice(0, 8);
}

/** Entries of the index for a word, at a level, in a place. Short hash: results must be bound to the place as well. */
export function entryMaker(place: Place): (level: Level, word: string) => string {
  const code = placeCode(place);
  return (level, word) => code + level + word;
}

/** A tsvector must stay below 1 MiB; what is too much for it is found by its title, summary and first words. */
const maxEntriesBytes = 900_000;

/** What the index keeps of an article, most telling first. */
export function indexEntries(
  place: Place,
  article: { readonly title: string; readonly summary: string | null; readonly content: string },
): string[] {
  const entry = entryMaker(place);
  const counts = new Map<string, number>();
  const entries = new Set<string>();
  const count = (text: string, level?: Level) => {
    for (const word of wordsOf(text)) {
      counts.set(word.text, (counts.get(word.text) ?? 0) + 1);
      if (level !== undefined) entries.add(entry(level, word.text));
    }
  };
  count(article.title, levels.title);
  count(article.summary ?? '', levels.summary);
  count(article.content);
  for (const word of counts.keys()) entries.add(entry(levels.anywhere, word));
  for (const [word, n] of counts) {
    if (n >= 2) entries.add(entry(levels.twice, word));
    if (n >= 4) entries.add(entry(levels.fourTimes, word));
    if (n >= 8) entries.add(entry(levels.eightTimes, word));
  }
  let bytes = 0;
  return Array.from(entries).filter((text) => {
    bytes += Buffer.byteLength(text);
    return bytes <= maxEntriesBytes;
  });
}
