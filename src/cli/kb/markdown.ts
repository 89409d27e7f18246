import { createContext, Script } from 'node:vm';
import { micromark, parse, postprocess, preprocess } from 'micromark';
import { FileError } from './problem.ts';

/** Where a link leads, as it stands in the text: offsets in UTF-16 units. */
export interface Destination {
  readonly start: number;
  readonly end: number;
  /** From 1, within the content. */
  readonly line: number;
  /** With escapes and character references resolved. */
  readonly address: string;
}

export interface Markdown {
  readonly destinations: readonly Destination[];
  /** The first heading of any level, as plain text; null where there is none with text. */
  readonly heading: { readonly text: string; readonly line: number } | null;
}

const destinationTypes: ReadonlySet<string> = new Set([
  'resourceDestinationString',
  'definitionDestinationString',
]);
const headingTypes: ReadonlySet<string> = new Set(['atxHeadingText', 'setextHeadingText']);
/** What of a heading is text that people read. */
const textTypes: ReadonlySet<string> = new Set([
  'data',
  'codeTextData',
  'characterEscapeValue',
  'characterReference',
  'lineEnding',
  'autolinkProtocol',
  'autolinkEmail',
]);
/** What of a heading is not, although it has text in it: Docusaurus and others set ids as `{#id}`. */
const silentTypes: ReadonlySet<string> = new Set(['resource', 'reference', 'htmlText', 'definition']);
const headingId = /\s*\{#[^{}]*\}\s*$/;

const encoded: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };

function decodeReference(reference: string): string {
  const html = micromark(reference).replace(/^<p>|<\/p>$/g, '');
  return encoded[html] ?? html;
}

/** Resolves backslash escapes and character references, as in a link's destination. */
function decodeText(raw: string): string {
  return raw.replaceAll(
    /\\([!-/:-@[-`{-~])|&(?:#x?[\da-f]{1,7}|[a-z\d]{1,40});/gi,
    (found, escaped?: string) => (escaped === undefined ? decodeReference(found) : escaped),
  );
}

/** Emphasis takes half of the parser's time and has no say in where a link leads. */
const withoutEmphasis = { disable: { null: ['attention'] } };

function eventsOf(content: string, withHeading: boolean) {
  const parser = parse(withHeading ? {} : { extensions: [withoutEmphasis] });
  return postprocess(parser.document().write(preprocess()(content, undefined, true)));
}

/** A marker of a quote or list inside that of another, more often than anybody means it: the parser's time explodes. */
const tooDeep = /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))){101}/gm;
/** `* * *` is a line across the page. */
const ruler = /^[ \t]*([-*])(?:[ \t]*\1)*[ \t]*$/;

/** From 1, the first line that begins too many quotes and lists inside one another; null where none does. */
export function findTooDeep(content: string): number | null {
  for (const { index } of content.matchAll(tooDeep)) {
    const [line] = /^[^\r\n]*/.exec(content.slice(index))!;
    if (!ruler.test(line)) return content.slice(0, index).split(/\r\n|\r|\n/).length;
  }
  return null;
}

const longestMs = 30_000;
const room = createContext({ work: null });
const start = new Script('work()');

/** Runs `work`, and ends it where it takes longer: some absurd texts take the parser hours. */
function withinTime<T>(work: () => T, timeout: number): T {
  try {
    return start.runInContext(Object.assign(room, { work }), { timeout });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new FileError('its Markdown takes too long to read: make it simpler, or divide the file');
  }
}

/** Whether there is anything that could be a link to another file; most contents need not be parsed. */
function mayHaveLinks(content: string): boolean {
  return /\]\(\s*<?(?!https?:|mailto:|#)/i.test(content) || /\]:/.test(content);
}

/** Links, and the heading where it is asked for, of CommonMark, found by a parser that knows code from text. */
export function readMarkdown(content: string, withHeading: boolean, patienceMs = longestMs): Markdown {
  if (!withHeading && !mayHaveLinks(content)) return { destinations: [], heading: null };
  const events = withinTime(() => eventsOf(content, withHeading), patienceMs);
  const destinations: Destination[] = [];
  let heading: Markdown['heading'] = null;
  let silent = 0;
  let isFootnote = false;
  let collected: { text: string; line: number } | null = null;
  for (const [kind, token, context] of events) {
    const { type, start, end } = token;
    if (silentTypes.has(type)) silent += kind === 'enter' ? 1 : -1;
    if (kind === 'exit') {
      if (!headingTypes.has(type) || collected === null) continue;
      const text = collected.text.replace(headingId, '').replaceAll(/\s+/g, ' ').trim();
      if (text !== '') heading ??= { text, line: collected.line };
      collected = null;
    } else if (headingTypes.has(type)) collected = { text: '', line: start.line };
    // `[^1]: word` is a footnote to everybody but CommonMark.
    else if (type === 'definitionLabelString') isFootnote = context.sliceSerialize(token).startsWith('^');
    else if (destinationTypes.has(type)) {
      const raw = content.slice(start.offset, end.offset);
      if (type === 'definitionDestinationString' && isFootnote) continue;
      // Offsets and text must agree before anybody writes there.
      if (raw !== context.sliceSerialize(token)) continue;
      destinations.push({ start: start.offset, end: end.offset, line: start.line, address: decodeText(raw) });
    } else if (collected !== null && silent === 0 && textTypes.has(type)) {
      const raw = context.sliceSerialize(token);
      collected.text += type === 'characterReference' ? decodeText(raw) : raw;
    }
  }
  return { destinations: destinations.sort((a, b) => a.start - b.start), heading };
}
