import type { IndexedWord } from '../../store/dialect.ts';
import { wordsOf } from '../../store/kb/words.ts';

const width = 240;
const lead = 60;
const maxHits = 500;

interface Hit {
  readonly start: number;
  readonly end: number;
  /** Which of the words looked for. */
  readonly word: number;
}

function findHits(text: string, words: readonly IndexedWord[]): Hit[] {
  const hits: Hit[] = [];
  for (const { text: found, start, end } of wordsOf(text)) {
    const word = words.findIndex((wanted) =>
      wanted.isPrefix ? found.startsWith(wanted.text) : found === wanted.text,
    );
    if (word < 0) continue;
    hits.push({ start, end, word });
    if (hits.length === maxHits) break;
  }
  return hits;
}

/** The first of the hits from which on the most different words stand close together. */
function bestStart(hits: readonly Hit[]): number {
  let best = 0;
  let bestCount = 0;
  for (const [i, hit] of hits.entries()) {
    const seen = new Set<number>();
    for (let k = i; k < hits.length && hits[k]!.end - hit.start <= width - lead; k++) seen.add(hits[k]!.word);
    if (seen.size > bestCount) [best, bestCount] = [i, seen.size];
  }
  return best;
}

const isSpace = (character: string | undefined) => character !== undefined && /\s/.test(character);
const isLowSurrogate = (text: string, at: number) => {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
};

/** The nearest place at or after `from`, but not beyond `to`, where a word begins; else `from`. */
function snapStart(text: string, from: number, to: number): number {
  if (from <= 0) return 0;
  for (let at = from; at <= to; at++) if (isSpace(text[at - 1])) return at;
  return isLowSurrogate(text, from) ? from - 1 : from;
}

/** The nearest place at or before `from`, but not before `to`, where a word ends; else `from`. */
function snapEnd(text: string, from: number, to: number): number {
  if (from >= text.length) return text.length;
  for (let at = from; at >= to && at > 0; at--) if (isSpace(text[at])) return at;
  return isLowSurrogate(text, from) ? from + 1 : from;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[&<>"']/g, (character) => entities[character]!);
}

function render(text: string, start: number, end: number, hits: readonly Hit[]): string {
  let html = start > 0 ? '…' : '';
  let at = start;
  for (let i = 0; i < hits.length; i++) {
    const from = Math.max(hits[i]!.start, at);
    let to = hits[i]!.end;
    // Pairs of a script without spaces overlap: one mark for all of them.
    while (i + 1 < hits.length && hits[i + 1]!.start <= to) to = Math.max(to, hits[++i]!.end);
    to = Math.min(to, end);
    if (to <= from) continue;
    html += `${escapeHtml(text.slice(at, from))}<mark>${escapeHtml(text.slice(from, to))}</mark>`;
    at = to;
  }
  return html + escapeHtml(text.slice(at, end)) + (end < text.length ? '…' : '');
}

/**
 * A piece of the first text that has any of the words, as HTML: everything escaped, the words in `<mark>`, nothing else.
 * Where no text has one, the beginning of the first that is not blank.
 */
export function makeSnippet(texts: readonly (string | null)[], words: readonly IndexedWord[]): string {
  const present = texts.filter((text) => text !== null && text.trim() !== '') as string[];
  for (const text of present) {
    const hits = findHits(text, words);
    if (hits.length === 0) continue;
    const first = hits[bestStart(hits)]!;
    const start = snapStart(text, first.start - lead, first.start);
    const end = snapEnd(text, Math.max(start + width, Math.min(first.end, first.start + width)), first.end);
    return render(
      text,
      start,
      end,
      hits.filter((hit) => hit.end > start && hit.start < end),
    );
  }
  const text = present[0] ?? '';
  return render(text, 0, snapEnd(text, width, 0), []);
}
