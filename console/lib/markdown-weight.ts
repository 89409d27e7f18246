/** More than this is a book, and takes a browser longer than people wait. */
const longest = 60_000;
const heaviest = 10_000_000;
/** Beyond so many times the bound nobody is offered to wait for it. */
const patience = 5;

/** Quotes and lists inside one another, more often than anybody means it. */
const deepLine = /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))){51}/m;
const ruler = /^[ \t]*([-*])(?:[ \t]*\1)*[ \t]*$/;

export type MarkdownWeight = 'light' | 'heavy' | 'too heavy';

/**
 * Whether a text can be rendered in the page without holding it up. The time of a parser grows with the square of what
 * may begin or end something between two empty lines: a text of a few kilobytes can be made to take minutes. Code counts
 * as well, since what looks like code need not be.
 */
export function weighMarkdown(text: string): MarkdownWeight {
  if (isTooDeep(text)) return 'too heavy';
  let weight = 0;
  for (const block of text.split(/(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)/)) weight += weightOf(block) ** 2;
  const excess = Math.max(text.length / longest, weight / heaviest);
  if (excess <= 1) return 'light';
  return excess <= patience ? 'heavy' : 'too heavy';
}

function weightOf(block: string): number {
  let signs = 0;
  let halves = 0;
  for (let at = 0; at < block.length; at++) {
    switch (block[at]) {
      case '*':
      case '_':
      case '~':
      case '[':
      case ']':
        signs++;
        break;
      case '|':
      case '\n':
      case '\r':
        halves++;
        break;
    }
  }
  return signs + halves / 2;
}

function isTooDeep(text: string): boolean {
  return text.split(/\r\n|\r|\n/).some((line) => deepLine.test(line) && !ruler.test(line));
}
