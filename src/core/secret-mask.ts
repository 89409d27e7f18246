/** Finds and hides what has the shape of a secret. Needs nothing of Node: the console hides with it, too. */

/** Whether a text holds something of a secret's shape, with any prefix a deployment could have; linear time. */
export function containsSecret(text: string): boolean {
  return hasMark(text) && secretShape.test(text);
}

/** The same for a request target, raw and percent-decoded once and twice; cheap where there is no `_` and no `%`. */
export function urlContainsSecret(url: string): boolean {
  if (!url.includes('%')) return containsSecret(url);
  const once = decodePercent(url);
  return containsSecret(url) || containsSecret(once) || containsSecret(decodePercent(once));
}

/**
 * Cuts everything that follows `_live_` or `_test_` for more than ten alphabet characters to those ten and `…`, also
 * where it is percent-encoded (once or twice); stricter than containsSecret, so that truncated secrets go too.
 */
export function maskSecrets(text: string): string {
  if (!text.includes('%')) return hasMark(text) ? text.replace(maskable, '$1…') : text;
  const decoded = decodePercent(decodePercent(text));
  return hasMark(decoded) ? maskEncoded(text) : text;
}

// The literal comes first and all repetitions before it are bounded: that keeps hostile texts linear.
const secretShape = /_(?<=[a-z][a-z0-9]{1,7}_)(?:live|test)_[0-9A-Za-z]{48}/;
const maskable = /(_(?:live|test)_[0-9A-Za-z]{10})[0-9A-Za-z]+/g;

function hasMark(text: string): boolean {
  return text.includes('_live_') || text.includes('_test_');
}

/** Decodes each `%HH` into one code unit and leaves malformed escapes alone; enough to find ASCII. */
function decodePercent(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Masks in the decoded text's coordinates, so that what is kept stays encoded as it came. */
function maskEncoded(text: string): string {
  const once = offsetsOfDecoded(text);
  const decodedOnce = decodePercent(text);
  const twice = offsetsOfDecoded(decodedOnce);
  const sourceAt = (decodedAt: number) => once[twice[decodedAt]!]!;
  let masked = '';
  let copied = 0;
  for (const match of decodePercent(decodedOnce).matchAll(maskable)) {
    masked += `${text.slice(copied, sourceAt(match.index + match[1]!.length))}…`;
    copied = sourceAt(match.index + match[0].length);
  }
  return masked + text.slice(copied);
}

/** Where each code unit of decodePercent(text), and its end, begins in the text. */
function offsetsOfDecoded(text: string): Uint32Array {
  const offsets = new Uint32Array(text.length + 1);
  let next = 0;
  let from = 0;
  for (const match of text.matchAll(/%[0-9A-Fa-f]{2}/g)) {
    while (from <= match.index) offsets[next++] = from++;
    from = match.index + 3;
  }
  while (from <= text.length) offsets[next++] = from++;
  return offsets;
}
