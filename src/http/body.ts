import { isUtf8 } from 'node:buffer';
import { isCleanText } from '../core/text.ts';
import { AppError, invalid } from '../errors.ts';
import { shortPath } from './validate.ts';

const maxDepth = 100;

/** Refuses nesting beyond 100 levels without parsing: a parser's own recursion must never be what stops it. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (isInString) {
      if (character === 0x5c) i++;
      else if (character === 0x22) isInString = false;
    } else if (character === 0x22) isInString = true;
    else if (character === 0x5b || character === 0x7b) {
      if (++depth > maxDepth) return true;
    } else if (character === 0x5d || character === 0x7d) depth--;
  }
  return false;
}

const notAField = 'is not a known field';
const notClean = 'must not contain U+0000 or half of a surrogate pair';

/** Where, innermost step first, the value holds what no text and no member name of ours may be, and why it may not. */
function findUnclean(
  value: unknown,
): { readonly steps: (string | number)[]; readonly message: string } | null {
  if (typeof value === 'string') return isCleanText(value) ? null : { steps: [], message: notClean };
  if (value === null || typeof value !== 'object') return null;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = findUnclean(value[i]);
      if (found) return { ...found, steps: [...found.steps, i] };
    }
    return null;
  }
  for (const name of Object.keys(value)) {
    const found =
      name === '__proto__'
        ? { steps: [], message: notAField }
        : findUnclean((value as Record<string, unknown>)[name]);
    if (found) return { ...found, steps: [...found.steps, name] };
  }
  return null;
}

/** Valid UTF-8 has neither of these but as an escape: most bodies need not be walked through. */
function requireClean(value: unknown, text: string): void {
  if (!text.includes('\\u') && !text.includes('__proto__')) return;
  const found = findUnclean(value);
  if (found) throw invalid({ path: shortPath(found.steps.reverse().join('.')), message: found.message });
}

/** A request body as a JSON value; undefined when it is empty. Throws 400s of the contract, nothing else. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new AppError('malformed_json', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  if (isTooDeep(text)) throw new AppError('malformed_json', `The body nests deeper than ${maxDepth} levels.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('malformed_json', `The body is not JSON${positionIn(error)}.`);
  }
  requireClean(value, text);
  return value;
}

/** Where parsing stopped; V8's own message would repeat the text around it, which may be a secret. */
function positionIn(error: unknown): string {
  const match = /at position (\d+)/.exec(error instanceof Error ? error.message : '');
  return match ? `: something is wrong at character ${match[1]}` : ': it ends too early or is something else';
}
