import { findDip, findSilence, findSpike, HISTORY_HOURS, type HourlyCounts } from './flag-history.ts';
import * as say from './flag-texts.ts';

/** The most pressing first. */
export const flagCodes = [
  'silent',
  'spike',
  'error_rate',
  'dip',
  'expires_soon',
  'rotation_due',
  'unused_30_days',
  'never_used',
  'inherits_all_scopes',
] as const;
export type FlagCode = (typeof flagCodes)[number];

export interface Flag {
  readonly code: FlagCode;
  /** A sentence with the figures that made it. */
  readonly cause: string;
  /** What to do about it. */
  readonly action: string;
}

interface Switch {
  readonly enabled: boolean;
}

/** The group `flags` of a tenant's settings. Shares lie between 0 and 1. */
export interface FlagSettings {
  readonly unused: Switch & { readonly days: number };
  readonly neverUsed: Switch & { readonly days: number };
  readonly spike: Switch & { readonly factor: number; readonly minRequests: number };
  readonly dip: Switch & { readonly share: number; readonly minRequests: number };
  readonly silent: Switch & { readonly hours: number; readonly productionOnly: boolean };
  readonly errorRate: Switch & { readonly share: number; readonly minRequests: number };
  readonly rotationDue: Switch;
  readonly expiresSoon: Switch & { readonly days: number };
  readonly inheritsAllScopes: Switch;
}

export const defaultFlagSettings: FlagSettings = {
  unused: { enabled: true, days: 30 },
  neverUsed: { enabled: true, days: 7 },
  spike: { enabled: true, factor: 3, minRequests: 100 },
  dip: { enabled: true, share: 0.3, minRequests: 100 },
  silent: { enabled: true, hours: 6, productionOnly: true },
  errorRate: { enabled: true, share: 0.2, minRequests: 50 },
  rotationDue: { enabled: true },
  expiresSoon: { enabled: true, days: 14 },
  inheritsAllScopes: { enabled: true },
};

/** What a key is; times are epoch ms. */
export interface FlagFacts {
  readonly id: string;
  readonly isProduction: boolean;
  readonly isActive: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number | null;
  /** When its current secret was made. */
  readonly secretCreatedAt: number;
  /** How many scopes it has by inheritance; 0: it names its scopes. */
  readonly inheritedScopes: number;
}

/** How the requests of the last 24 hours, the present one among them, were answered. */
export interface DayCounts {
  readonly total: number;
  readonly clientError: number;
  readonly rateLimited: number;
  readonly serverError: number;
}

export interface KeyHistory {
  readonly counts: HourlyCounts;
  readonly lastDay: DayCounts;
}

export interface FlagRules extends FlagSettings {
  readonly rotationReminderDays: number;
}

const hourMs = 3_600_000;
const dayMs = 86_400_000;

export function errorsOf({ clientError, rateLimited, serverError }: DayCounts): number {
  return clientError + rateLimited + serverError;
}

/** 0 without a request. */
export function errorRateOf(counts: DayCounts): number {
  return counts.total === 0 ? 0 : errorsOf(counts) / counts.total;
}

/**
 * What an administrator should look at on a key at `now` (epoch ms), the most pressing first. `history` ends with the
 * hour of `now`; null where requests are not recorded. A key that is not active can only have errors.
 */
export function flagsOf(
  key: FlagFacts,
  history: KeyHistory | null,
  rules: FlagRules,
  now: number,
): readonly Flag[] {
  const flags = history ? [errorFlag(key, history.lastDay, rules)] : [];
  if (key.isActive) {
    const idle = idleFlag(key, rules, now);
    const pattern = history && idle === null ? patternFlags(key, history.counts, rules, now) : [];
    flags.push(idle, ...pattern, ...policyFlags(key, rules, now));
  }
  return flags
    .filter((flag) => flag !== null)
    .sort((a, b) => flagCodes.indexOf(a.code) - flagCodes.indexOf(b.code));
}

function errorFlag(key: FlagFacts, counts: DayCounts, { errorRate }: FlagRules): Flag | null {
  const { enabled, share, minRequests } = errorRate;
  if (!enabled || counts.total < minRequests || errorRateOf(counts) < share) return null;
  return { code: 'error_rate', ...say.errorRate(key.isActive, counts, errorRateOf(counts)) };
}

function idleFlag(key: FlagFacts, { unused, neverUsed }: FlagRules, now: number): Flag | null {
  if (key.lastUsedAt === null) {
    const isOld = neverUsed.enabled && now - key.createdAt > neverUsed.days * dayMs;
    return isOld ? { code: 'never_used', ...say.neverUsed(key.createdAt, now, neverUsed.days) } : null;
  }
  const isUnused = unused.enabled && now - key.lastUsedAt > unused.days * dayMs;
  return isUnused ? { code: 'unused_30_days', ...say.unused(key.lastUsedAt, now, unused.days) } : null;
}

/** What is silent is not said to have a dip, too. */
function patternFlags(
  key: FlagFacts,
  counts: HourlyCounts,
  { silent, spike, dip }: FlagRules,
  now: number,
): (Flag | null)[] {
  const timeOf = (hour: number) => (Math.floor(now / hourMs) - (HISTORY_HOURS - 1) + hour) * hourMs;
  const isJudged = silent.enabled && (key.isProduction || !silent.productionOnly);
  const silence = isJudged ? findSilence(counts, silent) : null;
  if (silence) return [{ code: 'silent', ...say.silent(silence, timeOf(silence.lastUse)) }];
  const high = spike.enabled ? findSpike(counts, spike) : null;
  const low = dip.enabled ? findDip(counts, dip) : null;
  return [
    high && { code: 'spike', ...say.spike(high, timeOf(high.at)) },
    low && { code: 'dip', ...say.dip(low, timeOf(low.at + low.hours)) },
  ];
}

function policyFlags(key: FlagFacts, rules: FlagRules, now: number): (Flag | null)[] {
  const { rotationDue, rotationReminderDays, expiresSoon, inheritsAllScopes } = rules;
  const isDue = rotationDue.enabled && key.secretCreatedAt + rotationReminderDays * dayMs <= now;
  const { expiresAt, inheritedScopes } = key;
  const isSoon =
    expiresSoon.enabled &&
    expiresAt !== null &&
    expiresAt > now &&
    expiresAt - now <= expiresSoon.days * dayMs;
  return [
    isDue
      ? { code: 'rotation_due', ...say.rotationDue(key.secretCreatedAt, now, rotationReminderDays) }
      : null,
    isSoon ? { code: 'expires_soon', ...say.expiresSoon(expiresAt, now) } : null,
    inheritsAllScopes.enabled && inheritedScopes > 0
      ? { code: 'inherits_all_scopes', ...say.inheritsAllScopes(inheritedScopes) }
      : null,
  ];
}

/** A number that is greater the more pressing its first flag is, then its second, and so on; 0 without flags. */
export function urgencyOf(flags: readonly Pick<Flag, 'code'>[]): number {
  return flags.reduce((sum, { code }) => sum + urgencyOfCode(code), 0);
}

export function urgencyOfCode(code: FlagCode): number {
  return 2 ** (flagCodes.length - 1 - flagCodes.indexOf(code));
}

/** Whether the flag is among those that made up the urgency. */
export function hasFlag(urgency: number, code: FlagCode): boolean {
  return (urgency & urgencyOfCode(code)) !== 0;
}
