import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Environment, type SecretKind, secretKindOf } from './environments.ts';

export { containsSecret, maskSecrets, urlContainsSecret } from './secret-mask.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const publicLength = 10;
const randomLength = 32;
const checksumLength = 6;
const bodyLength = publicLength + randomLength + checksumLength;
const markLength = '_live_'.length;

/** Value of each ASCII code in base 62, 255 outside the alphabet. */
const digitValues = new Uint8Array(128).fill(255);
for (let i = 0; i < alphabet.length; i++) digitValues[alphabet.charCodeAt(i)] = i;

export interface CreatedSecret {
  /** The text the caller will send; shown once, never stored. */
  readonly secret: string;
  readonly publicPart: string;
  /** Lower-case hex SHA-256 of the secret: the only form that is stored. */
  readonly digest: string;
  /** Prefix and public part: safe to show anywhere. */
  readonly hint: string;
}

/** Whether a text may be a deployment's KEYWARD_KEY_PREFIX. */
export function isSecretPrefix(text: string): boolean {
  return /^[a-z][a-z0-9]{1,7}$/.test(text);
}

/** A new secret from the CSPRNG without modulo bias; throws a RangeError for a prefix no masker would recognise. */
export function createSecret(prefix: string, environment: Environment): CreatedSecret {
  if (!isSecretPrefix(prefix)) throw new RangeError('a key prefix is [a-z][a-z0-9]{1,7}');
  const publicPart = randomText(publicLength);
  const hint = `${prefix}_${secretKindOf(environment)}_${publicPart}`;
  const unchecked = hint + randomText(randomLength);
  const secret = unchecked + checksumOf(unchecked);
  return { secret, publicPart, digest: digestOf(secret), hint };
}

/** Lower-case hex SHA-256 of a text's UTF-8 bytes. */
export function digestOf(text: string): string {
  return hash('sha256', text);
}

/** The 32 bytes of a text's SHA-256, two in each code unit: a quarter of the hex form to compare. Not for storing. */
export function proofOf(text: string): string {
  return hash('sha256', text, 'utf16le');
}

/** The digest of which `proof` has the bytes. */
export function digestOfProof(proof: string): string {
  return Buffer.from(proof, 'utf16le').toString('hex');
}

/** Compares two digests (or two proofs) in a time that depends on their length alone. */
export function digestsEqual(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** The ten public characters of a text already known to be a secret; checks nothing. */
export function publicPartOf(text: string): string {
  return text.slice(text.length - bodyLength, text.length - bodyLength + publicLength);
}

export type SecretFormHint =
  | 'surrounding_whitespace'
  | 'missing_prefix'
  | 'wrong_length'
  | 'checksum_mismatch';

export type SecretForm =
  | { readonly ok: true; readonly publicPart: string; readonly kind: SecretKind }
  | { readonly ok: false; readonly hint: SecretFormHint; readonly detail: string };

/**
 * Checks a credential's form without any look-up, in linear time; `prefixes` are all prefixes ever used, the present
 * one first. `detail` is one sentence for the caller and repeats nothing of the text but a known prefix.
 */
export function checkSecretForm(text: string, prefixes: readonly string[]): SecretForm {
  for (const prefix of prefixes) {
    const bodyAt = prefix.length + markLength;
    if (text.length !== bodyAt + bodyLength) continue;
    const kind = kindBehind(text, prefix);
    if (kind !== null && mistypedAt(text, bodyAt) < 0 && isChecksumRight(text)) {
      return { ok: true, publicPart: publicPartOf(text), kind };
    }
  }
  return diagnose(text, prefixes);
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length + 8)) {
      // 248 = 4 × 62: the bytes above would make the first eight characters likelier.
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let i = 0; i < checksumLength; i++) {
    checksum = alphabet[rest % 62] + checksum;
    rest = Math.floor(rest / 62);
  }
  return checksum;
}

/** Index of the first character from `from` on that is outside the alphabet, -1 if there is none. */
function mistypedAt(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || digitValues[code] === 255) return i;
  }
  return -1;
}

function isChecksumRight(text: string): boolean {
  const end = text.length - checksumLength;
  let value = 0;
  for (let i = end; i < text.length; i++) value = value * 62 + digitValues[text.charCodeAt(i)]!;
  return value === crc32(text.slice(0, end));
}

function kindBehind(text: string, prefix: string): SecretKind | null {
  if (!text.startsWith(prefix)) return null;
  if (text.startsWith('_live_', prefix.length)) return 'live';
  return text.startsWith('_test_', prefix.length) ? 'test' : null;
}

// White space, quotes of all kinds (Windows-1252 bytes too), zero-width and directional characters: what copying adds and nobody sees.
const strayClass =
  '[\\s\'"`\\u0085\\u0091-\\u0094\\u00ab\\u00ad\\u00b4\\u00bb\\u180e\\u200b-\\u200f\\u2018-\\u201f\\u202a-\\u202e\\u2032-\\u2036\\u2039\\u203a\\u2060-\\u206f]';
const stray = new RegExp(strayClass, 'g');
const strayAtEdge = new RegExp(`^${strayClass}|${strayClass}$`);

function diagnose(text: string, prefixes: readonly string[]): SecretForm {
  const knownIn = (candidate: string) => prefixes.find((prefix) => kindBehind(candidate, prefix) !== null);
  for (const reading of readingsOf(text)) {
    if (strayAtEdge.test(reading)) {
      return refuse(
        'surrounding_whitespace',
        'Blanks, quotes or invisible characters stand around the key; send the key alone.',
      );
    }
    const cleaned = reading.replace(stray, '');
    if (cleaned !== reading && knownIn(cleaned) !== undefined) {
      return refuse(
        'surrounding_whitespace',
        'Blanks, quotes or invisible characters stand inside the key; send it in one piece.',
      );
    }
  }
  const prefix = knownIn(text);
  if (prefix === undefined) return refuse('missing_prefix', missingPrefixDetail(text, prefixes));
  const bodyAt = prefix.length + markLength;
  if (text.length !== bodyAt + bodyLength)
    return refuse('wrong_length', wrongLengthDetail(text.length, bodyAt));
  const mistyped = mistypedAt(text, bodyAt);
  if (mistyped < 0) {
    return refuse(
      'checksum_mismatch',
      'The checksum does not fit: at least one character of the key was mistyped, swapped or altered.',
    );
  }
  return refuse(
    'checksum_mismatch',
    `Character ${mistyped + 1} of the key is neither a letter nor a digit, so it was mistyped or altered.`,
  );
}

function refuse(hint: SecretFormHint, detail: string): SecretForm {
  return { ok: false, hint, detail };
}

/** The text, and what it says when its code units are UTF-8 bytes, which is how Node hands over header values. */
function readingsOf(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: U+0000 is where the range of bytes begins.
  if (!/[\u0080-\u00ff]/.test(text) || !/^[\u0000-\u00ff]*$/.test(text)) return [text];
  return [text, Buffer.from(text, 'latin1').toString('utf8')];
}

function wrongLengthDetail(length: number, bodyAt: number): string {
  const full = bodyAt + bodyLength;
  if (length === bodyAt + publicLength) {
    return 'This is only the hint that lists show; the whole key was shown once, when it was created.';
  }
  return length < full
    ? `The key has ${length} characters where ${full} belong: it was cut short, perhaps when it was copied.`
    : `The key has ${length} characters where ${full} belong: something was added to it.`;
}

function missingPrefixDetail(text: string, prefixes: readonly string[]): string {
  const heads = prefixes.flatMap((prefix) => [`${prefix}_live_`, `${prefix}_test_`]);
  const start = text.length - bodyLength;
  if (start >= 0 && mistypedAt(text, start) < 0) {
    const rest = text.slice(0, start);
    const body = text.slice(start);
    const lost = heads.find((head) => head.endsWith(rest) && isChecksumRight(head + body));
    if (lost !== undefined)
      return `The key came without its beginning; send it whole, with ${lost} in front.`;
  }
  const inner = heads.find((head) => text.includes(head));
  if (inner !== undefined) return `Something stands before ${inner} in the credential; send the key alone.`;
  if (/^[$%{<]/.test(text))
    return 'This looks like a placeholder or a variable that was never replaced by the key.';
  return `A key of this service begins with ${heads.join(' or ') || 'its prefix'}, in lower case.`;
}
