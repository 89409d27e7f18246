import { maskShapes } from './secret-shapes.ts';
import { type Hides, segmentsOf } from './sensitive-names.ts';

/** In the place of a hidden value, whatever it was. */
const mask = '"…"';
/** JSON in a string is masked as JSON, that many times in one another. */
const maxNested = 3;

const blank = /[ \t\n\r]*/y;
const unescaped = String.raw`[^"\\\x00-\x1f]*`;
const escaped = String.raw`\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})`;
const opened = `"${unescaped}(?:${escaped}${unescaped})*`;
const stringStart = new RegExp(opened, 'y');
const wholeString = new RegExp(`${opened}"`, 'y');
const brokenEscape = /\\(?:u[0-9A-Fa-f]{0,3})?$/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const numberStart = /-?[\d.eE+-]*$/y;
const literal = /true|false|null/y;
const literalStart = /[a-z]{1,5}$/y;

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

interface Level {
  readonly isObject: boolean;
  /** Steps of the path outside it. */
  readonly steps: number;
}

class NotJson extends Error {}

/**
 * Masks JSON as it is written, without building it: of a member that comes twice both values are masked, and the cut of
 * a long text may be anywhere. The time is linear and there is no recursion over the depth. null where it is no JSON.
 */
export function maskJson(text: string, hides: Hides, isCut = false, nested = 0): string | null {
  try {
    return new JsonMasker(text, hides, isCut, nested).run();
  } catch (error) {
    if (error instanceof NotJson) return null;
    throw error;
  }
}

class JsonMasker {
  readonly #text: string;
  readonly #hides: Hides;
  readonly #isCut: boolean;
  readonly #nested: number;
  readonly #levels: Level[] = [];
  readonly #path: string[] = [];
  #expected: Expected = 'value';
  #at = 0;
  #masked = '';
  /** What comes before it is in `#masked`. */
  #copied = 0;
  /** How deep the hidden value lies in which we are; -1 outside. */
  #hiddenAt = -1;

  constructor(text: string, hides: Hides, isCut: boolean, nested: number) {
    this.#text = text;
    this.#hides = hides;
    this.#isCut = isCut;
    this.#nested = nested;
  }

  run(): string {
    for (;;) {
      this.#at += this.#match(blank)?.length ?? 0;
      if (this.#at === this.#text.length) break;
      this.#step(this.#text[this.#at]!);
    }
    if (this.#expected !== 'nothing' && !this.#isCut) throw new NotJson();
    if (this.#hiddenAt < 0) this.#copyUntil(this.#at);
    return this.#masked;
  }

  #step(character: string): void {
    const expected = this.#expected;
    if (expected === 'nothing') throw new NotJson();
    if (expected === 'colon') {
      if (character !== ':') throw new NotJson();
      this.#at++;
      this.#expected = 'value';
    } else if (expected === 'comma or end') {
      if (character === ',') this.#goOn();
      else this.#close(character);
    } else if (expected === 'name or end' && character === '}') this.#close(character);
    else if (expected === 'value or end' && character === ']') this.#close(character);
    else if (expected === 'value' || expected === 'value or end') this.#value(character);
    else this.#name();
  }

  #goOn(): void {
    const { isObject, steps } = this.#levels.at(-1)!;
    this.#at++;
    this.#path.length = steps;
    this.#expected = isObject ? 'name' : 'value';
  }

  #value(character: string): void {
    this.#hideIfNamed();
    if (character === '{' || character === '[') {
      const isObject = character === '{';
      this.#levels.push({ isObject, steps: this.#path.length });
      this.#expected = isObject ? 'name or end' : 'value or end';
      this.#at++;
      return;
    }
    if (character === '"') this.#string();
    else if (!this.#scalar(literal, literalStart)) this.#number();
    this.#endValue();
  }

  /** From here to the value's end nothing is copied. */
  #hideIfNamed(): void {
    if (this.#hiddenAt >= 0 || !this.#levels.at(-1)?.isObject || !this.#hides(this.#path)) return;
    // That there is nothing is no secret, and tells the replay of an answer from the answer.
    if (this.#text.startsWith('null', this.#at)) return;
    this.#copyUntil(this.#at);
    this.#masked += mask;
    this.#hiddenAt = this.#levels.length;
  }

  #endValue(): void {
    if (this.#hiddenAt === this.#levels.length) {
      this.#hiddenAt = -1;
      this.#copied = this.#at;
    }
    this.#expected = this.#levels.length === 0 ? 'nothing' : 'comma or end';
  }

  #close(character: string): void {
    const level = this.#levels.at(-1)!;
    if (character !== (level.isObject ? '}' : ']')) throw new NotJson();
    this.#at++;
    this.#levels.pop();
    this.#path.length = level.steps;
    this.#endValue();
  }

  #name(): void {
    const name = this.#string();
    this.#path.push(...segmentsOf(name));
    this.#expected = 'colon';
  }

  /** Answers what the string says; what it must not say is masked. */
  #string(): string {
    const whole = this.#match(wholeString);
    const said = whole === null ? this.#cutString() : (JSON.parse(whole) as string);
    const isBroken = whole === null;
    const end = isBroken ? this.#text.length : this.#at + whole.length;
    if (this.#hiddenAt < 0) {
      const masked = this.#maskString(said, isBroken);
      if (masked !== said) {
        this.#copyUntil(this.#at);
        this.#masked += JSON.stringify(masked).slice(0, isBroken ? -1 : undefined);
        this.#copied = end;
      }
    }
    this.#at = end;
    return said;
  }

  #cutString(): string {
    const start = this.#match(stringStart);
    if (start === null || !this.#isCut) throw new NotJson();
    const end = this.#at + start.length;
    brokenEscape.lastIndex = end;
    if (end < this.#text.length && !brokenEscape.test(this.#text)) throw new NotJson();
    return JSON.parse(`${start}"`) as string;
  }

  #maskString(said: string, isBroken: boolean): string {
    if (this.#nested < maxNested && /^\s*[[{]/.test(said)) {
      const masked = maskJson(said, this.#hides, isBroken, this.#nested + 1);
      if (masked !== null) return masked;
    }
    return maskShapes(said, isBroken);
  }

  #number(): void {
    const from = this.#at;
    if (!this.#scalar(number, numberStart)) throw new NotJson();
    const digits = this.#text.slice(from, this.#at);
    const isBroken = this.#isCut && this.#at === this.#text.length;
    // Fractions are many and look like anything; a card number is none.
    const isSuspect = /^-?\d+$/.test(digits) && maskShapes(digits, isBroken) !== digits;
    if (this.#hiddenAt >= 0 || !isSuspect) return;
    this.#copyUntil(from);
    this.#masked += mask;
    this.#copied = this.#at;
  }

  #scalar(whole: RegExp, start: RegExp): boolean {
    const found = (this.#isCut ? this.#match(start) : null) || this.#match(whole);
    if (!found) return false;
    this.#at += found.length;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? null;
  }

  #copyUntil(end: number): void {
    this.#masked += this.#text.slice(this.#copied, end);
    this.#copied = end;
  }
}
