import { randomBytes } from 'node:crypto';

/** The prefixes of all ids, without their `_`. */
export const idPrefixes = [
  'key',
  'sec',
  'cat',
  'sub',
  'tag',
  'art',
  'con',
  'cnv',
  'msg',
  'cus',
  'lic',
  'act',
  'tel',
  'whk',
  'dlv',
  'job',
  'aud',
  'req',
  'usr',
  'tnt',
  'inv',
  'prd',
  'evt',
  'alr',
  'ntf',
] as const;

export type IdPrefix = (typeof idPrefixes)[number];

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const codes = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
const timeLength = 10;
const randomLength = 16;
const maxTime = 2 ** 48 - 1;

const poolSize = 4_096;

/** Random bytes in advance: a call of the generator for each id costs more than the id. */
function pooledRandom(): (size: number) => Uint8Array {
  let pool = randomBytes(poolSize);
  let used = 0;
  return (size) => {
    if (used + size > poolSize) {
      pool = randomBytes(poolSize);
      used = 0;
    }
    used += size;
    return pool.subarray(used - size, used);
  };
}

/**
 * Makes a generator of `prefix_` + 26 lower-case Crockford base32 characters: 48 bits of epoch milliseconds, 80
 * random bits. Everything one generator makes is strictly increasing after the prefix, also within a millisecond and
 * when the clock goes back; ids are unique, not secret: neighbours of one millisecond can be guessed.
 * `now` answers epoch ms, `random` so many random bytes.
 */
export function createIdFactory(options: {
  now(): number;
  random?: (size: number) => Uint8Array;
}): (prefix: IdPrefix) => string {
  const random = options.random ?? pooledRandom();
  const text = Buffer.alloc(timeLength + randomLength);
  const digits = new Uint8Array(randomLength);
  let time = -1;

  function startAt(ms: number): void {
    time = ms;
    let rest = ms;
    for (let i = timeLength - 1; i >= 0; i--) {
      text[i] = codes[rest % 32]!;
      rest = Math.floor(rest / 32);
    }
    const bytes = random(randomLength);
    for (let i = 0; i < randomLength; i++) digits[i] = bytes[i]! & 31;
  }

  function increment(): boolean {
    for (let i = randomLength - 1; i >= 0; i--) {
      if (digits[i]! < 31) {
        digits[i]!++;
        return true;
      }
      digits[i] = 0;
    }
    return false;
  }

  return (prefix) => {
    const now = Math.min(Math.floor(options.now()), maxTime);
    if (now > time) startAt(now);
    else if (time < 0) startAt(0);
    else if (!increment()) startAt(time + 1);
    for (let i = 0; i < randomLength; i++) text[timeLength + i] = codes[digits[i]!]!;
    return `${prefix}_${text.toString('latin1')}`;
  };
}

const tailForm = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Whether a text has the exact form of an id with this prefix; says nothing about existence. */
export function isId(prefix: IdPrefix, text: string): boolean {
  const start = prefix.length + 1;
  return (
    text.length === start + timeLength + randomLength &&
    text.startsWith(prefix) &&
    text[start - 1] === '_' &&
    tailForm.test(text.slice(start))
  );
}
