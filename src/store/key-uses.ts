import { sql } from 'kysely';
import type { KeyRow } from './keys.ts';

/** See migration 0025. */
const minuteMs = 60_000;
const beforeAllUses = 1e15;

/** What the index has about the last use of a key: its minute, or where there is none the creation, below zero. */
export const lastUse = sql<number>`coalesce(keys.last_used_minute, keys.created_at - ${sql.lit(beforeAllUses)})`;

export function lastUseOf(key: Pick<KeyRow, 'last_used_minute' | 'created_at'>): number {
  return key.last_used_minute ?? neverUsed(key.created_at);
}

/** Of a use at this time, epoch ms. */
export function usedAt(at: number): number {
  return Math.floor(at / minuteMs);
}

/** Of a key without a use, created at this time. */
export function neverUsed(createdAt: number): number {
  return createdAt - beforeAllUses;
}
