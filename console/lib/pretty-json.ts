/**
 * JSON with line ends and indents, or null where the text does not begin like any. Works on the text as it is: a number
 * of many digits, a member that comes twice and a text that was cut off stay what they were.
 */
export function prettyJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  let out = '';
  let depth = 0;
  for (const token of text.match(/"(?:[^"\\]|\\.)*"?|[[\]{},:]|[^\s"[\]{},:]+/gs) ?? []) {
    if (token === '{' || token === '[') {
      depth++;
      out += token + lineEnd(depth);
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1);
      out = /[[{]\s*$/.test(out.slice(-maxDepth * 2)) ? out.trimEnd() + token : out + lineEnd(depth) + token;
    } else if (token === ',') out += `,${lineEnd(depth)}`;
    else out += token === ':' ? ': ' : token;
  }
  return out;
}

/** Deeper than this nothing moves further to the right. */
const maxDepth = 40;
const lineEnd = (depth: number) => `\n${'  '.repeat(Math.min(depth, maxDepth - 1))}`;

/**
 * Characters that cannot be seen, and those that turn the order of others round, as what they are: text from outside
 * must not look like something else.
 */
export function showHidden(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
