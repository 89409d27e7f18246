const maxSlugLength = 200;
const maxSlugSource = 2000;

/**
 * A slug from any text: NFC, lower-case, runs of anything but Unicode letters (with their marks) and digits become one
 * `-`, none at the ends, at most 200 code points, from the first 2,000 code units; '' when nothing is left. Idempotent.
 */
export function slugify(text: string): string {
  // Normalisation takes quadratic time over long runs of combining marks, so only the beginning is read.
  const start = text.slice(0, maxSlugSource);
  // `İ` lower-cases to an i with an invisible second dot; nobody could type that slug.
  const lower = start.normalize('NFC').replaceAll('İ', 'i').toLowerCase().normalize('NFC');
  const words = lower.match(/(?:[\p{L}\p{N}]\p{M}*)+/gu) ?? [];
  const slug = words.join('-').slice(0, 2 * maxSlugLength);
  const cut = Array.from(slug).slice(0, maxSlugLength).join('');
  return cut.endsWith('-') ? cut.slice(0, -1) : cut;
}

/**
 * Whether a text may be a slug: 1–200 code points of Unicode letters (marks after a letter belong to it), digits and
 * `-`, NFC, at least one letter or digit. Upper case and any placing of `-` are allowed, unlike in slugify's results.
 */
export function isSlug(text: string): boolean {
  if (text.length > 2 * maxSlugLength) return false;
  if (!/^-*(?:[\p{L}\p{N}]\p{M}*-*)+$/u.test(text)) return false;
  return Array.from(text).length <= maxSlugLength && text.normalize('NFC') === text;
}

/** Whether a text can be stored and shown faithfully: no U+0000, no lone surrogate. */
export function isCleanText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** The warning a generic key name gets, with the three conventions. */
export const namingAdvice =
  'Choose a name that says who uses the key and for what: "<Integration> — <Environment>", "<Team> — <Use case>" or "<Service> — <Purpose>".';

const genericWords: ReadonlySet<string> = new Set(
  `a access account admin an another api apikey apikeys app application bar baz bearer client copy credential
  credentials default demo dev development env environment example first foo foobar for general generic global hello
  key keys keyward live local main master misc my mykey name new newkey no none nr number of old one other personal
  primary private prod prodkey production public sample sandbox sandboxkey second secondary secret secrets something
  stage staging stuff temp temporary test tester testing testkey tests the thing third tmp token tokens two unknown
  unnamed untitled user v version whatever`.split(/\s+/),
);

/**
 * Whether a key's name says nothing about its use (`Production Key`, `key1`, `My key`, `API key 2`): every word is a
 * stock word, a number or a single letter. Case and separators do not matter; stock words are English.
 */
export function isGenericName(name: string): boolean {
  if (name.length > 100) return false;
  const spaced = name.normalize('NFKC').replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2');
  const words = spaced.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words.every(
    (word) => /^[a-z]$/.test(word) || genericWords.has(word.replace(/[0-9]+$/, '') || 'number'),
  );
}
