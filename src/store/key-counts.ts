import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import type { Dialect } from './dialect.ts';

export interface KeyCounts {
  readonly active: number;
  readonly inactive: number;
  readonly expired: number;
  /** Active, and expiring before `soon`. */
  readonly expiringSoon: number;
  /** Active, and not used since `unusedSince`; never used counts from creation. */
  readonly unused: number;
}

export interface KeyCountTimes {
  readonly now: number;
  readonly soon: number;
  readonly unusedSince: number;
}

interface StepCounts extends KeyCounts {
  readonly last: string | null;
}

/** Keys looked at in one turn of the loop: a few milliseconds. */
const stepSize = 2_000;

async function countStep(db: Db, place: Place, times: KeyCountTimes, after: string): Promise<StepCounts> {
  const { now, soon, unusedSince } = times;
  const isEnded = sql`(is_active = 0 or (ends_at is not null and ends_at <= ${now}))`;
  const isExpired = sql`(expires_at is not null and expires_at <= ${now})`;
  const isActive = sql`not ${isEnded} and not ${isExpired}`;
  const { rows } = await sql<StepCounts>`select max(id) as last,
      sum(case when ${isActive} then 1 else 0 end) as active,
      sum(case when ${isEnded} then 1 else 0 end) as inactive,
      sum(case when not ${isEnded} and ${isExpired} then 1 else 0 end) as expired,
      sum(case when ${isActive} and expires_at <= ${soon} then 1 else 0 end) as "expiringSoon",
      sum(case when ${isActive} and coalesce(last_used_at, created_at) < ${unusedSince} then 1 else 0 end) as unused
    from (select id, is_active, ends_at, expires_at, last_used_at, created_at from keys
      where tenant_id = ${place.tenantId} and environment = ${place.environment} and id > ${after}
      order by id limit ${sql.lit(stepSize)}) as step`.execute(db);
  return rows[0]!;
}

/** How many keys a place has of each kind. It looks at each of them, and lets other work go on meanwhile. */
export async function countKeys(db: Db, place: Place, times: KeyCountTimes): Promise<KeyCounts> {
  const total = { active: 0, inactive: 0, expired: 0, expiringSoon: 0, unused: 0 };
  for (let after = ''; ; await nextTurn()) {
    const step = await countStep(db, place, times, after);
    if (step.last === null) return total;
    for (const name of Object.keys(total) as (keyof KeyCounts)[]) total[name] += step[name];
    after = step.last;
  }
}

export interface KeyLimits {
  readonly id: string;
  readonly limit_group: string;
  readonly per_minute: number;
  readonly burst: number;
  readonly per_day: number;
}

/** The limits of those of the keys that still are there. */
export function limitsOfKeys(
  db: Db,
  dialect: Dialect,
  place: Place,
  ids: readonly string[],
): Promise<KeyLimits[]> {
  return db
    .selectFrom('keys')
    .select(['id', 'limit_group', 'per_minute', 'burst', 'per_day'])
    .where('tenant_id', '=', place.tenantId)
    .where('environment', '=', place.environment)
    .where(sql<boolean>`id in ${dialect.listOf(ids)}`)
    .orderBy('id')
    .execute();
}
