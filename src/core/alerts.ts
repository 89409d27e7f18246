import { type Flag, type FlagRules, type FlagSettings, flagCodes } from './flags.ts';

/** What an alert can tell about: the flags of the overview, and a key's limits. */
export const limitCodes = ['day_limit_near', 'limit_reached'] as const;
export const alertCodes = [...limitCodes, ...flagCodes] as const;
export type LimitCode = (typeof limitCodes)[number];
export type AlertCode = (typeof alertCodes)[number];

export const defaultDayPercent = 80;

export function isLimitCode(code: string): code is LimitCode {
  return (limitCodes as readonly string[]).includes(code);
}

/** One thing that a rule tells about; without a figure of its own the tenant's settings say when it is so. */
export interface AlertCondition {
  readonly code: AlertCode;
  /** Of the day's limit, or of the requests that were errors. */
  readonly percent?: number;
  /** Before a key expires. */
  readonly days?: number;
}

/** Who wants to know what: an alert rule, or (with an empty id) the place itself, whose signals everybody sees. */
export interface Watch {
  readonly id: string;
  readonly conditions: ReadonlyMap<AlertCode, AlertCondition>;
  /** null: all keys of the place. */
  readonly keyIds: ReadonlySet<string> | null;
}

export const placeWatch: Watch = {
  id: '',
  conditions: new Map(alertCodes.map((code) => [code, { code }])),
  keyIds: null,
};

/** Something that is so of a key, with what is said of it. */
export interface Finding {
  readonly code: AlertCode;
  readonly cause: string;
  readonly action: string;
  /** Further members of what programs are told. */
  readonly facts?: Readonly<Record<string, number | string>>;
}

/** A key with its flags by `widestRules`, and the figures that decide for whom they count. */
export interface FlaggedKey {
  readonly id: string;
  readonly flags: readonly Flag[];
  /** Epoch ms. */
  readonly expiresAt: number | null;
  /** Of the last 24 hours. */
  readonly requests: number;
  readonly errors: number;
}

const dayMs = 86_400_000;

function figuresOf(watches: readonly Watch[], code: AlertCode, name: 'percent' | 'days'): number[] {
  return watches.flatMap(({ conditions }) => conditions.get(code)?.[name] ?? []);
}

/** Flag rules that find all that any of the watches wants to know. */
export function widestRules(rules: FlagRules, watches: readonly Watch[]): FlagRules {
  const { errorRate, expiresSoon } = rules;
  const shares = figuresOf(watches, 'error_rate', 'percent').map((percent) => percent / 100);
  const days = figuresOf(watches, 'expires_soon', 'days');
  return {
    ...rules,
    errorRate: {
      ...errorRate,
      enabled: errorRate.enabled || shares.length > 0,
      share: Math.min(...shares, ...(errorRate.enabled || shares.length === 0 ? [errorRate.share] : [])),
    },
    expiresSoon: {
      enabled: expiresSoon.enabled || days.length > 0,
      days: Math.max(...days, ...(expiresSoon.enabled || days.length === 0 ? [expiresSoon.days] : [])),
    },
  };
}

function counts(flag: Flag, key: FlaggedKey, condition: AlertCondition, settings: FlagSettings, now: number) {
  if (flag.code === 'error_rate') {
    const { enabled, share } = settings.errorRate;
    if (condition.percent === undefined && !enabled) return false;
    const least = condition.percent === undefined ? share : condition.percent / 100;
    return key.requests > 0 && key.errors / key.requests >= least;
  }
  if (flag.code === 'expires_soon') {
    const { enabled, days } = settings.expiresSoon;
    if (condition.days === undefined && !enabled) return false;
    return key.expiresAt !== null && key.expiresAt - now <= (condition.days ?? days) * dayMs;
  }
  return true;
}

/** Which of the key's flags the watch wants to know of. */
export function flagFindings(
  key: FlaggedKey,
  watch: Watch,
  settings: FlagSettings,
  now: number,
): readonly Finding[] {
  if (watch.keyIds?.has(key.id) === false) return [];
  return key.flags.flatMap((flag): Finding[] => {
    const condition = watch.conditions.get(flag.code);
    if (condition === undefined || !counts(flag, key, condition, settings, now)) return [];
    const { code, cause, action } = flag;
    if (code !== 'expires_soon') return [{ code, cause, action }];
    return [{ code, cause, action, facts: { expiresAt: new Date(key.expiresAt!).toISOString() } }];
  });
}

/** Where a key stands to its limits. */
export interface LimitedKey {
  readonly id: string;
  readonly isActive: boolean;
  readonly perMinute: number;
  readonly burst: number;
  readonly perDay: number;
  readonly usedToday: number;
  /** Whether a request of it was refused for its limits since the last look. */
  readonly isRefused: boolean;
}

const figure = (value: number) => value.toLocaleString('en-US');
const percentOf = (part: number, whole: number) => Math.floor((part * 1_000) / whole) / 10;

const limitAction =
  'See in its usage where the requests come from. Give the key a higher limit if they are wanted, or ask its owner to spread them.';

function findLimit(key: LimitedKey, { code, percent = defaultDayPercent }: AlertCondition): Finding | null {
  const { usedToday, perDay, perMinute, burst, isRefused } = key;
  const facts = { usedToday, limit: perDay, percent: percentOf(usedToday, perDay) };
  if (code === 'day_limit_near') {
    if (usedToday * 100 < perDay * percent) return null;
    const used = `${figure(usedToday)} of the ${figure(perDay)} requests of its day are used`;
    return { code, cause: `${used}: ${facts.percent} %.`, action: limitAction, facts };
  }
  const day = `All ${figure(perDay)} requests of its day are used: it is refused until 00:00 UTC.`;
  const minute = `Requests were refused because they were more than ${figure(perMinute + burst)} in 60 seconds.`;
  if (usedToday >= perDay) return { code: 'limit_reached', cause: day, action: limitAction, facts };
  return isRefused ? { code: 'limit_reached', cause: minute, action: limitAction, facts } : null;
}

/** Which of the limits' conditions are so, for the watch. */
export function limitFindings(key: LimitedKey, watch: Watch): readonly Finding[] {
  if (!key.isActive || watch.keyIds?.has(key.id) === false) return [];
  return limitCodes.flatMap((code) => {
    const condition = watch.conditions.get(code);
    const found = condition && findLimit(key, condition);
    return found ? [found] : [];
  });
}

/** The lowest share of the day, in percent, that anybody wants to know of. */
export function lowestPercent(watches: readonly Watch[]): number {
  return Math.min(defaultDayPercent, ...figuresOf(watches, 'day_limit_near', 'percent'));
}
