import type { AlertCode } from './alerts.ts';

export const noticeKinds = ['raised', 'resolved', 'test'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** One thing that a notice tells. Times are ISO 8601. */
export interface NoticeItem {
  readonly keyId: string;
  readonly name: string;
  readonly code: AlertCode;
  readonly cause: string;
  readonly action: string;
  readonly since: string;
  /** Why it is over. */
  readonly reason?: string;
}

/** Of more, a notice says only how many. */
export const maxItems = 100;

/** What waits to be told together. */
export interface Gathered {
  readonly items: readonly NoticeItem[];
  /** With those beyond `maxItems`. */
  readonly total: number;
}

export const nothingGathered: Gathered = { items: [], total: 0 };

const isSame = (a: NoticeItem, b: NoticeItem) => a.keyId === b.keyId && a.code === b.code;

/**
 * Adds to what waits to be told. What came and went before anybody was told of it is taken back instead: `opposite`
 * is what waits to be told of the other kind.
 */
export function gather(
  waiting: Gathered,
  opposite: Gathered,
  items: readonly NoticeItem[],
): { readonly waiting: Gathered; readonly opposite: Gathered } {
  const left = [...opposite.items];
  const added: NoticeItem[] = [];
  for (const item of items) {
    const at = left.findIndex((other) => isSame(other, item));
    if (at === -1) added.push(item);
    else left.splice(at, 1);
  }
  return {
    waiting: {
      items: [...waiting.items, ...added].slice(0, maxItems),
      total: waiting.total + added.length,
    },
    opposite: { items: left, total: opposite.total - (opposite.items.length - left.length) },
  };
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const maxDelayMs = 60 * minuteMs;

/** Epoch ms of the next attempt after so many that failed; null: the first was a day ago, it is given up. */
export function nextAttemptAt(attempts: number, beganAt: number, now: number): number | null {
  if (now - beganAt >= dayMs) return null;
  return now + Math.min(minuteMs * 2 ** (attempts - 1), maxDelayMs);
}
