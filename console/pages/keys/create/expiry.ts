import type { OwnKeyPolicy } from '@/types.ts';
import { formatCount, formatDay, formatExact } from '../../../lib/format.ts';

/** `default` is what the policy gives to a key whose creator says nothing. */
export interface ExpiryChoice {
  readonly kind: 'default' | 'never' | 'date' | `${number}`;
  /** Of `date`: as the browser's field has it, in local time. */
  readonly date: string;
}

export const noExpiry: ExpiryChoice = { kind: 'default', date: '' };

const dayMs = 86_400_000;
const offered = [7, 30, 90, 365] as const;

const two = (value: number) => String(value).padStart(2, '0');

/** The value of a `datetime-local` field, in the time zone of the browser. */
export function localField(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function expiryOf(expiresAt: string | null, now: number): ExpiryChoice {
  const at = expiresAt === null ? null : Date.parse(expiresAt);
  if (at === null || at <= now) return noExpiry;
  return { kind: 'date', date: localField(at) };
}

export interface ExpiryOption {
  readonly value: ExpiryChoice['kind'];
  readonly label: string;
}

type ExpiryRules = Pick<OwnKeyPolicy, 'defaultExpiresAt' | 'latestExpiresAt' | 'maxExpiryDays'>;

/** What the policy leaves to choose from. */
export function expiryOptions({
  defaultExpiresAt,
  latestExpiresAt,
  maxExpiryDays,
}: ExpiryRules): ExpiryOption[] {
  const days = offered.filter((count) => maxExpiryDays === null || count < maxExpiryDays);
  const all: (ExpiryOption | null)[] = [
    defaultExpiresAt
      ? { value: 'default', label: `As the key policy says: ${formatDay(defaultExpiresAt)}` }
      : { value: 'default', label: 'Never' },
    defaultExpiresAt && latestExpiresAt === null ? { value: 'never', label: 'Never' } : null,
    ...days.map((count): ExpiryOption => ({ value: `${count}`, label: `In ${count} days` })),
    maxExpiryDays === null
      ? null
      : { value: `${maxExpiryDays}`, label: `In ${formatCount(maxExpiryDays)} days, the latest allowed` },
    { value: 'date', label: 'At a moment of your choice' },
  ];
  return all.filter((option) => option !== null);
}

/** Epoch ms; null: never. */
export function endOf(choice: ExpiryChoice, rules: ExpiryRules, now: number): number | null {
  if (choice.kind === 'default') return rules.defaultExpiresAt ? Date.parse(rules.defaultExpiresAt) : null;
  if (choice.kind === 'never') return null;
  if (choice.kind === 'date') return new Date(choice.date).getTime();
  // The clock of the browser may be ahead of the server's: what is allowed at the latest was said by that one.
  const latest = rules.latestExpiresAt ? Date.parse(rules.latestExpiresAt) : Infinity;
  return Math.min(now + Number(choice.kind) * dayMs, latest);
}

/** As the API takes it; undefined leaves it to the policy. */
export function expiresAtOf(
  choice: ExpiryChoice,
  rules: ExpiryRules,
  now: number,
): string | null | undefined {
  if (choice.kind === 'default') return undefined;
  const end = endOf(choice, rules, now);
  return end === null ? null : new Date(end).toISOString();
}

export function expiryProblem(choice: ExpiryChoice, rules: ExpiryRules, now: number): string | null {
  const end = endOf(choice, rules, now);
  const { latestExpiresAt: latest, maxExpiryDays } = rules;
  if (end === null) {
    return latest === null
      ? null
      : `A key here must end within ${maxExpiryDays} days, by ${formatExact(latest)}.`;
  }
  if (Number.isNaN(end)) return 'Give a day and a time.';
  if (end <= now) return 'Must be in the future.';
  if (latest !== null && end > Date.parse(latest))
    return `Must not be later than ${formatExact(latest)}: the key policy allows ${maxExpiryDays} days.`;
  return null;
}
