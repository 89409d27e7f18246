import type { RotationProgress } from '../types.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** The API takes no longer grace. */
export const maxGraceSeconds = 30 * 86_400;

export type GraceChoice = '3600' | '86400' | '604800' | '2592000' | '0' | 'custom';

export const graceChoices: readonly { readonly value: GraceChoice; readonly label: string }[] = [
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '24 hours' },
  { value: '604800', label: '7 days' },
  { value: '2592000', label: '30 days' },
  { value: 'custom', label: 'Another time' },
  { value: '0', label: 'None: it stops at once' },
];

export const graceUnits = { minutes: 60, hours: 3_600, days: 86_400 } as const;
export type GraceUnit = keyof typeof graceUnits;

/** What a person picked, before it is known to be a time that the API takes. */
export interface Grace {
  readonly choice: GraceChoice;
  readonly amount: string;
  readonly unit: GraceUnit;
}

export const defaultGrace: Grace = { choice: '86400', amount: '48', unit: 'hours' };

/** Whole seconds; null: not a time between nothing and 30 days. */
export function graceSeconds({ choice, amount, unit }: Grace): number | null {
  if (choice !== 'custom') return Number(choice);
  const seconds = amount.trim() === '' ? Number.NaN : Math.round(Number(amount) * graceUnits[unit]);
  return seconds >= 0 && seconds <= maxGraceSeconds ? seconds : null;
}

/** When what is given up ends (epoch ms): after the grace, and never later than the key itself. */
export function endOfGrace(
  seconds: number,
  key: { readonly expiresAt: string | null; readonly endsAt: string | null },
  now: number,
): number {
  const ends = [key.expiresAt, key.endsAt].flatMap((at) => (at === null ? [] : [Date.parse(at)]));
  return Math.min(now + seconds * 1_000, ...ends);
}

/** Whether a thing was used so lately that ending it is likely to break something. */
export function isInUse(lastUsedAt: string | null, now: number): boolean {
  return lastUsedAt !== null && now - Date.parse(lastUsedAt) < dayMs;
}

export type RotationState =
  | { readonly kind: 'none' }
  /** Nobody sent the old secret for a day. */
  | { readonly kind: 'quiet'; readonly since: number }
  /** Nobody sent it lately, but not for long enough to be sure. */
  | { readonly kind: 'calming'; readonly since: number; readonly sureAt: number }
  | { readonly kind: 'busy'; readonly lastUsedAt: number };

const justNowMs = 15 * 60_000;

/** How far a rotation has come. `rotatedAt`: when the new secret was made. */
export function rotationState(
  { retiring, mayRetireNow }: Pick<RotationProgress, 'retiring' | 'mayRetireNow'>,
  rotatedAt: number,
  now: number,
): RotationState {
  if (retiring === null) return { kind: 'none' };
  const usedAt = retiring.lastUsedAt === null ? 0 : Date.parse(retiring.lastUsedAt);
  const since = Math.max(rotatedAt, usedAt);
  if (mayRetireNow) return { kind: 'quiet', since };
  if (usedAt > rotatedAt && now - usedAt < justNowMs) return { kind: 'busy', lastUsedAt: usedAt };
  return { kind: 'calming', since, sureAt: since + dayMs };
}

/** From 0 to 1: how much of the time between rotation and end is over. */
export function shareOfGrace(rotatedAt: number, endsAt: number, now: number): number {
  if (endsAt <= rotatedAt) return 1;
  return Math.min(1, Math.max(0, (now - rotatedAt) / (endsAt - rotatedAt)));
}
