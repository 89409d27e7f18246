import { type RateLimit, rateLimitBounds, type TierName, tierNamed } from '../../../src/core/tiers.ts';

/** What stands in the form. The numbers are texts as they were typed, and count for `custom` alone. */
export interface LimitChoice {
  readonly tier: TierName;
  readonly perMinute: string;
  readonly burst: string;
  readonly perDay: string;
}

export type LimitField = 'perMinute' | 'burst' | 'perDay';
export const limitFields: readonly LimitField[] = ['perMinute', 'burst', 'perDay'];

export function choiceOf(tier: TierName, limit: RateLimit): LimitChoice {
  const { perMinute, burst, perDay } = limit;
  return { tier, perMinute: String(perMinute), burst: String(burst), perDay: String(perDay) };
}

/** The limits that were chosen; null while a number cannot be used. */
export function limitOf(choice: LimitChoice): RateLimit | null {
  const tier = tierNamed(choice.tier);
  if (tier) return tier;
  if (Object.keys(limitProblems(choice, null)).length > 0) return null;
  return {
    perMinute: readCount(choice.perMinute)!,
    burst: readCount(choice.burst)!,
    perDay: readCount(choice.perDay)!,
  };
}

/** `10 000`, `10,000` and `10000` are the same. */
function readCount(text: string): number | null {
  const digits = text.replace(/[\s,_]/g, '');
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

const words: Readonly<Record<LimitField, string>> = {
  perMinute: 'requests a minute',
  burst: 'more in a burst',
  perDay: 'requests a day',
};

const count = new Intl.NumberFormat('en');

/** What is wrong with each number. `ceiling` is what all keys of the environment may do together. */
export function limitProblems(
  choice: LimitChoice,
  ceiling: RateLimit | null,
): Partial<Record<LimitField, string>> {
  const problems: Partial<Record<LimitField, string>> = {};
  const bounds = {
    perMinute: rateLimitBounds.perMinute,
    burst: rateLimitBounds.perMinute,
    perDay: rateLimitBounds.perDay,
  };
  for (const field of limitFields) {
    const value = readCount(choice[field]);
    const least = field === 'burst' ? 0 : 1;
    const most = Math.min(bounds[field], ceiling?.[field] ?? Infinity);
    if (value === null || value < least) problems[field] = `Must be a whole number, ${least} or more.`;
    else if (value > most)
      problems[field] =
        most < bounds[field]
          ? `The ceiling of this environment is ${count.format(most)} ${words[field]}.`
          : `At most ${count.format(most)}.`;
  }
  const [burst, perMinute] = [readCount(choice.burst), readCount(choice.perMinute)];
  if (!problems.burst && !problems.perMinute && burst! > perMinute!)
    problems.burst = 'Must not be more than the requests a minute.';
  return problems;
}

/** The limits in which a tier is above the ceiling of the environment. */
export function isAbove(limit: RateLimit, ceiling: RateLimit | null): boolean {
  return ceiling !== null && limitFields.some((field) => limit[field] > ceiling[field]);
}

function spanOf(seconds: number): string {
  if (seconds < 1) return `${Math.ceil(seconds * 100) / 100} seconds`;
  if (seconds < 90) return seconds <= 1 ? 'second' : `${Math.ceil(seconds * 10) / 10} seconds`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 360) / 10} hours`;
}

/** What the limits mean for a program, in sentences. */
export function limitSentences({ perMinute, burst, perDay }: RateLimit): string[] {
  const window = perMinute + burst;
  const dayAfter = (perDay / window) * 60;
  const parts = burst > 0 ? ` (${count.format(perMinute)}, and ${count.format(burst)} more in a burst)` : '';
  const sentences = [
    `Never more than ${count.format(window)} requests in any 60 seconds${parts}, and ${count.format(perDay)} a day, until 00:00 UTC.`,
    `One request every ${spanOf(60 / window)} is never too fast; what is, is answered 429 with the seconds to wait.`,
  ];
  if (dayAfter < 86_400) sentences.push(`At full speed the day’s share is gone after ${spanOf(dayAfter)}.`);
  return sentences;
}
