import { type Environment, environmentCatalog } from './environments.ts';

/** A part of a compiled pattern: every place in the text where it may end, when it begins at `start`. */
type Part = (text: string, start: number, environment: Environment) => readonly number[];

const maxBlanks = 10;

const isBlank = (character: string | undefined) => character === undefined || /\s/.test(character);

/** Any text that neither begins nor ends with white space. */
const anyText: Part = (text, start) => {
  if (isBlank(text[start])) return [];
  const ends: number[] = [];
  for (let end = start + 1; end <= text.length; end++) if (!isBlank(text[end - 1])) ends.push(end);
  return ends;
};

/** Digits in a fixed form: its length is that of the form, and `isRight` judges their numbers. */
function digits(form: RegExp, length: number, isRight: (numbers: readonly number[]) => boolean): Part {
  return (text, start) => {
    const found = form.exec(text.slice(start, start + length));
    return found && isRight(found.slice(1).map(Number)) ? [start + length] : [];
  };
}

const environmentName: Part = (text, start, environment) => {
  const { name, label } = environmentCatalog.find((one) => one.name === environment)!;
  const rest = text.slice(start).toLowerCase();
  return [...new Set([name, label.toLowerCase()])]
    .filter((word) => rest.startsWith(word))
    .map((word) => start + word.length);
};

/** Words in brackets that stand for something of their own; every other one stands for any text. */
const namedParts: Readonly<Record<string, Part>> = {
  environment: environmentName,
  dd_mm_yyyy: digits(
    /^(\d\d)_(\d\d)_(\d{4})$/,
    10,
    ([day, month]) => day! >= 1 && day! <= 31 && month! >= 1 && month! <= 12,
  ),
  hh_mm: digits(/^(\d\d)_(\d\d)$/, 5, ([hour, minute]) => hour! <= 23 && minute! <= 59),
};

function literal(words: string): Part {
  return (text, start) => (text.startsWith(words, start) ? [start + words.length] : []);
}

const blank = /<([^<>]{1,40})>/g;

/** What is wrong with a pattern, as the end of a sentence; null when nothing is. */
export function namePatternProblem(pattern: string): string | null {
  const blanks = pattern.match(blank) ?? [];
  if (/[<>]/.test(pattern.replaceAll(blank, ''))) return 'has a < or > without its other half';
  if (blanks.length === 0) return 'must have a part to fill in, such as <Integration> — <Environment>';
  return blanks.length > maxBlanks ? `must not have more than ${maxBlanks} parts to fill in` : null;
}

function partsOf(pattern: string): Part[] {
  return pattern
    .split(/(<[^<>]{1,40}>)/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      if (!/^<.+>$/.test(piece)) return literal(piece);
      return namedParts[piece.slice(1, -1).trim().toLowerCase()] ?? anyText;
    });
}

/**
 * Whether a name has the form of a pattern such as `<Integration> — <Environment>`. Each part looks at each place of
 * the name once, so that no pattern and no name can take long: regular expressions of people are never run.
 */
export function matchesNamePattern(pattern: string, name: string, environment: Environment): boolean {
  const text = name.normalize('NFC');
  let places = new Set([0]);
  for (const part of partsOf(pattern.normalize('NFC'))) {
    const next = new Set<number>();
    // All that any text can reach from a later place it reaches from the first one, too.
    const starts = part === anyText ? firstThatBegins(text, places) : places;
    for (const start of starts) for (const end of part(text, start, environment)) next.add(end);
    places = next;
  }
  return places.has(text.length);
}

function firstThatBegins(text: string, places: ReadonlySet<number>): number[] {
  const starts = [...places].filter((place) => !isBlank(text[place]));
  return starts.length === 0 ? [] : [Math.min(...starts)];
}

const two = (value: number) => String(value).padStart(2, '0');

/** `<service_name>-<dd_mm_yyyy>-<hh_mm>`, in UTC; `now` is epoch ms. */
export function suggestName(serviceName: string, now: number): string {
  const at = new Date(now);
  const date = `${two(at.getUTCDate())}_${two(at.getUTCMonth() + 1)}_${at.getUTCFullYear()}`;
  return `${serviceName}-${date}-${two(at.getUTCHours())}_${two(at.getUTCMinutes())}`;
}
