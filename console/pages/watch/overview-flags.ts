import type { AlertCode } from '../../../src/core/alerts.ts';
import type { OverviewKey, Signal } from '../../types.ts';

export type Urgency = 'now' | 'due' | 'tidy';

interface Group {
  readonly urgency: Urgency;
  readonly title: string;
  /** The most pressing first. */
  readonly codes: readonly AlertCode[];
}

export const urgencies: readonly Group[] = [
  {
    urgency: 'now',
    title: 'Look at these now',
    codes: ['limit_reached', 'silent', 'spike', 'error_rate', 'dip'],
  },
  {
    urgency: 'due',
    title: 'Due soon',
    codes: ['day_limit_near', 'expires_soon', 'rotation_due'],
  },
  {
    urgency: 'tidy',
    title: 'To tidy up',
    codes: ['unused_30_days', 'never_used', 'inherits_all_scopes'],
  },
];

/** One thing that is so of one key. */
export interface Concern {
  readonly keyId: string;
  readonly name: string;
  readonly code: AlertCode;
  readonly cause: string;
  readonly action: string;
  /** ISO 8601; null where only the overview knows of it yet. */
  readonly since: string | null;
}

export interface ConcernGroup extends Group {
  readonly concerns: readonly Concern[];
}

/**
 * The flags of the overview, which are as they are now, with the time since which the signals know them; and what only
 * the signals know: limits. Groups without a concern are left out.
 */
export function groupConcerns(keys: readonly OverviewKey[], signals: readonly Signal[]): ConcernGroup[] {
  const sinceOf = new Map(signals.map(({ keyId, code, since }) => [`${keyId} ${code}`, since]));
  const flags = keys.flatMap(({ id, name, flags }) =>
    flags.map(({ code, cause, action }): Concern => {
      return { keyId: id, name, code, cause, action, since: sinceOf.get(`${id} ${code}`) ?? null };
    }),
  );
  const limits = signals.filter(({ code }) => code === 'limit_reached' || code === 'day_limit_near');
  const all = [...limits, ...flags];
  return urgencies.flatMap((group) => {
    const concerns = group.codes.flatMap((code) => all.filter((concern) => concern.code === code));
    return concerns.length === 0 ? [] : [{ ...group, concerns }];
  });
}

/** Which requests of the log make an `error_rate`, by what its cause names; all of the key where it names several. */
export function errorFilter(cause: string): { readonly status?: string; readonly statusClass?: string } {
  const [isWrong, isLimited, isFailed] = ['(4xx)', '(429)', '(5xx)'].map((kind) => cause.includes(kind));
  if (isFailed) return isWrong || isLimited ? {} : { statusClass: '5xx' };
  if (isWrong) return { statusClass: '4xx' };
  return isLimited ? { status: '429' } : {};
}
