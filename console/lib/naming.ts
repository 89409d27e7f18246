import { type Environment, environmentCatalog } from '../../src/core/environments.ts';
import { matchesNamePattern, suggestName } from '../../src/core/name-pattern.ts';
import { isGenericName } from '../../src/core/text.ts';

/** The forms in which a name says who uses a key and for what; the last one suits keys that come and go. */
export const conventions = [
  '<Integration> — <Environment>',
  '<Team> — <Use case>',
  '<Service> — <Purpose>',
  '<service>-<dd_mm_yyyy>-<hh_mm>',
] as const;

export interface FilledName {
  readonly name: string;
  /** What is to be typed over, as a range of the name; empty at its end when nothing is. */
  readonly select: readonly [number, number];
}

const dateSuffix = /[-_ ]*\d\d_\d\d_\d{4}([-_ ]*\d\d_\d\d)?$/;

/** What of a name stays when it takes another form: `Zendesk — Production` → `Zendesk`. */
function baseOf(name: string, pattern: string): string {
  const base = name
    .split(/ [—–-] /)[0]!
    .replace(dateSuffix, '')
    .trim();
  const isPlaceholder = [...conventions, pattern].some((one) => blanksOf(one).includes(base));
  return isPlaceholder || isGenericName(base) ? '' : base;
}

/** The words in brackets that stand for text of somebody's own. */
function blanksOf(pattern: string): string[] {
  return partsOf(pattern)
    .filter(({ kind }) => kind === 'blank')
    .map(({ text }) => text);
}

interface Part {
  readonly kind: 'literal' | 'blank' | 'environment' | 'date' | 'time';
  readonly text: string;
}

const namedKinds = { environment: 'environment', dd_mm_yyyy: 'date', hh_mm: 'time' } as const;

function partsOf(pattern: string): Part[] {
  return pattern
    .split(/(<[^<>]{1,40}>)/)
    .filter((piece) => piece !== '')
    .map((piece): Part => {
      if (!/^<.+>$/.test(piece)) return { kind: 'literal', text: piece };
      const text = piece.slice(1, -1).trim();
      const kind = namedKinds[text.toLowerCase() as keyof typeof namedKinds];
      return { kind: kind ?? 'blank', text };
    });
}

/** Programs that are named in small letters are written without blanks, too. */
function inStyleOf(placeholder: string, base: string): string {
  if (!/^[a-z_]+$/.test(placeholder)) return base;
  return base
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

/** A name in the form of a pattern, with as much of the present one as there is. `now` is epoch ms; dates are in UTC. */
export function fillName(
  pattern: string,
  {
    name,
    environment,
    now,
  }: { readonly name: string; readonly environment: Environment; readonly now: number },
): FilledName {
  const [, date, time] = suggestName('', now).split('-') as [string, string, string];
  const { label } = environmentCatalog.find((one) => one.name === environment)!;
  let base = baseOf(name, pattern);
  let filled = '';
  let select: readonly [number, number] | null = null;
  for (const { kind, text } of partsOf(pattern)) {
    const words = { literal: text, environment: label, date, time, blank: inStyleOf(text, base) || text }[
      kind
    ];
    const isOpen = kind === 'blank' && words === text;
    if (isOpen) select ??= [filled.length, filled.length + words.length];
    if (kind === 'blank') base = '';
    filled += words;
  }
  return { name: filled, select: select ?? [filled.length, filled.length] };
}

/** Whether a name says what is in a part only because nobody has typed over it: `Zendesk — Use case`. */
export function placeholderIn(name: string, pattern: string | null): string | null {
  const blanks = new Set([...conventions, ...(pattern ? [pattern] : [])].flatMap(blanksOf));
  const parts = name.trim().split(/ [—–-] |-(?=\d\d_\d\d_\d{4})/);
  return parts.length < 2 ? null : (parts.find((part) => blanks.has(part)) ?? null);
}

/** The name of a key that is made after another: `Zendesk — Production` → `Zendesk 2 — Production`. */
export function copyName(
  name: string,
  { environment, now }: { readonly environment: Environment; readonly now: number },
): string {
  const dated = /^(.*?)-\d\d_\d\d_\d{4}-\d\d_\d\d$/.exec(name);
  if (dated) return fillName('<service>-<dd_mm_yyyy>-<hh_mm>', { name: dated[1]!, environment, now }).name;
  const [first, ...rest] = name.split(' — ');
  const numbered = /^(.*\D)(\d{1,3})$/.exec(first!);
  const end = [numbered ? String(Number(numbered[2]) + 1) : ' 2', ...rest.map((part) => ` — ${part}`)].join(
    '',
  );
  const stem = numbered ? numbered[1]! : first!;
  return stem.slice(0, Math.max(1, 100 - end.length)) + end;
}

/** What is wrong with a name by the policy of the tenant; null when nothing is. */
export function patternProblem(
  name: string,
  pattern: string | null,
  environment: Environment,
): string | null {
  if (pattern === null || matchesNamePattern(pattern, name.trim(), environment)) return null;
  const { label } = environmentCatalog.find((one) => one.name === environment)!;
  const where = /<environment>/i.test(pattern) ? ` with ${label} as the environment` : '';
  return `Your organisation wants names in the form ${pattern}${where}.`;
}
