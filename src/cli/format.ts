import type { RateLimit } from '../core/tiers.ts';
import { printable } from './output.ts';

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** The larger a unit, the more it would round away: it is used from two of it on. */
const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ['year', 365 * dayMs],
  ['month', 30 * dayMs],
  ['day', dayMs],
  ['hour', 60 * minuteMs],
];

const inWords = new Intl.RelativeTimeFormat('en');

/** "3 minutes ago", "in 12 days"; `never` for null. */
export function relativeTime(timestamp: string | null, now: number = Date.now()): string {
  if (timestamp === null) return 'never';
  const distanceMs = Date.parse(timestamp) - now;
  if (!Number.isFinite(distanceMs)) return 'at an unknown time';
  if (Math.abs(distanceMs) < minuteMs) return distanceMs > 0 ? 'in less than a minute' : 'just now';
  const [unit, ms] = units.find((unit) => Math.abs(distanceMs) >= 1.9 * unit[1]) ?? ['minute', minuteMs];
  return inWords.format(Math.round(distanceMs / ms), unit);
}

/** "2026-11-21 09:30 UTC (3 minutes ago)". */
export function dateTime(timestamp: string | null, now?: number): string {
  if (timestamp === null) return 'never';
  return `${timestamp.slice(0, 16).replace('T', ' ')} UTC (${relativeTime(timestamp, now)})`;
}

interface Scoped {
  readonly scopes: readonly string[];
  readonly inheritsAllScopes: boolean;
}

/** For a column: two scopes, or one and how many there are beside it. */
export function scopesInFewWords({ scopes, inheritsAllScopes }: Scoped): string {
  if (inheritsAllScopes) return 'all (inherited)';
  const [first, ...others] = scopes;
  if (first === undefined) return 'none';
  return others.length > 1 ? `${first} and ${others.length} more` : scopes.join(', ');
}

export function counted(value: number): string {
  return value.toLocaleString('en-GB');
}

export function limitsInWords({
  tier,
  perMinute,
  burst,
  perDay,
}: RateLimit & { readonly tier: string }): string {
  const bursting = burst > 0 ? ` (and a burst of ${counted(burst)})` : '';
  return `${tier}: ${counted(perMinute)} a minute${bursting}, ${counted(perDay)} a UTC day`;
}

/** The same answer with nothing in its texts that could steer a terminal; so no line has to think of it. */
export function cleaned<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map(cleaned) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cleaned(member)])) as T;
}

/** Names and what they are, below each other; a list goes on below itself where a line is full. */
export function properties(
  rows: readonly (readonly [name: string, value: string | readonly string[]])[],
  lineWidth: number,
): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : filled(value, lineWidth - width - 4)).map((text, i) =>
        `  ${(i === 0 ? name : '').padEnd(width)}  ${text}`.trimEnd(),
      ),
    )
    .join('\n');
}

function filled(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const [i, word] of words.entries()) {
    const text = i < words.length - 1 ? `${word},` : word;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= width)
      lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(text);
  }
  return lines;
}
