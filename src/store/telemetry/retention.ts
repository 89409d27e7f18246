import { sql } from 'kysely';
import { HOUR_MS } from '../../telemetry/usage.ts';
import type { Dialect } from '../dialect.ts';
import { DAY_MS } from './caller-counts.ts';
import type { TelemetryDb } from './log-writer.ts';

/** How long what is kept, in days. */
export const retentionDays = { logs: 90, minutes: 14, hours: 395 } as const;

type Step = (db: TelemetryDb, dialect: Dialect, now: number) => Promise<boolean>;

/** A block of the log, oldest first; with PostgreSQL whole days, of which nothing is read. */
const forgetLog: Step = async (db, dialect, now) => {
  const before = now - retentionDays.logs * DAY_MS;
  await dialect.dropLogDays(db, before);
  const block = await db
    .selectFrom('log_blocks')
    .select(['first_seq', 'last_seq', 'to_at'])
    .orderBy('first_seq')
    .limit(1)
    .executeTakeFirst();
  if (block === undefined) {
    // Rows that make no block yet are fewer than one has.
    await db.deleteFrom('request_log').where('at', '<', before).execute();
    return false;
  }
  if (block.to_at >= before) return false;
  await db.transaction().execute(async (tx) => {
    await tx
      .deleteFrom('request_log')
      .where('seq', '>=', block.first_seq)
      .where('seq', '<=', block.last_seq)
      .where('at', '<=', block.to_at)
      .execute();
    await tx.deleteFrom('log_blocks').where('first_seq', '=', block.first_seq).execute();
  });
  return true;
};

/** An hour of minutes. */
const forgetMinutes: Step = async (db, _dialect, now) => {
  const before = Math.floor((now - retentionDays.minutes * DAY_MS) / HOUR_MS) * HOUR_MS;
  const { oldest } = await db
    .selectFrom('usage_minutes')
    .select((eb) => eb.fn.min('minute').as('oldest'))
    .executeTakeFirstOrThrow();
  if (oldest === null || oldest >= before) return false;
  await db
    .deleteFrom('usage_minutes')
    .where('minute', '<', Math.min(before, oldest + HOUR_MS))
    .execute();
  return true;
};

/** A day of hours, and of callers. */
const forgetHours: Step = async (db, _dialect, now) => {
  const before = Math.floor((now - retentionDays.hours * DAY_MS) / DAY_MS) * DAY_MS;
  const { rows } = await sql<{ oldest: number | null }>`select min(oldest) as oldest from (
    select min(day) as oldest from usage_callers union all select min(hour) from usage_hours) as spans`.execute(
    db,
  );
  const oldest = rows[0]?.oldest ?? null;
  if (oldest === null || oldest >= before) return false;
  const until = Math.min(before, oldest + DAY_MS);
  await db.deleteFrom('usage_callers').where('day', '<', until).execute();
  await db.deleteFrom('usage_hours').where('hour', '<', until).execute();
  return true;
};

/** Deletes a little of what is too old; answers whether there is more. Short, so that records never wait long. */
export async function forgetSome(db: TelemetryDb, dialect: Dialect, now: number): Promise<boolean> {
  const left = [];
  for (const step of [forgetLog, forgetMinutes, forgetHours]) left.push(await step(db, dialect, now));
  return left.includes(true);
}
