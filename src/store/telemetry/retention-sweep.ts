import { sql } from 'kysely';
import { HOUR_MS } from '../../telemetry/usage.ts';
import type { Dialect } from '../dialect.ts';
import { DAY_MS } from './caller-counts.ts';
import { readFact, writeFact } from './facts.ts';
import { hoursUntil } from './hours.ts';
import { lastClosedSeq } from './log-reader.ts';
import type { TelemetryDb } from './log-writer.ts';

/** Epoch ms: what is older is past its retention. */
export interface Cutoffs {
  readonly logs: number;
  readonly minutes: number;
  readonly hours: number;
}

/** All rows of the tenant older than this are gone, or go with their block. */
export const passedFact = (tenantId: string) => `logs_passed ${tenantId}`;

/** Rows of anybody older than this may be gone: also of who did not come to delete their own, and keeps them longer now. */
export const sweptFact = 'logs_swept';

/** What belongs to nobody, and what a tenant's own run did not come to delete, goes so much later. */
const patienceMs = 2 * DAY_MS;

type Step = (db: TelemetryDb, dialect: Dialect, longest: Cutoffs) => Promise<boolean>;

/** Until when every tenant has counted what goes with a block, or has had long enough to. */
async function logBorder(db: TelemetryDb, longest: number): Promise<number> {
  const rows = await db
    .selectFrom('log_places')
    .select('tenant_id')
    .distinct()
    .where('tenant_id', '<>', '')
    .execute();
  let border = longest;
  for (const { tenant_id: tenantId } of rows)
    border = Math.min(border, (await readFact(db, passedFact(tenantId))) ?? 0);
  return Math.max(border, longest - patienceMs);
}

/** A block of the log, the oldest first; with PostgreSQL whole days, of which nothing is read. */
const sweepLog: Step = async (db, dialect, longest) => {
  const before = await logBorder(db, longest.logs);
  if (before > ((await readFact(db, sweptFact)) ?? 0)) await writeFact(db, sweptFact, before);
  await dialect.dropLogDays(db, before);
  const block = await db
    .selectFrom('log_blocks')
    .select(['first_seq', 'last_seq', 'to_at'])
    .where('to_at', '<', before)
    .orderBy('to_at')
    .limit(1)
    .executeTakeFirst();
  if (block === undefined) {
    // Rows that make no block yet are fewer than one has.
    const closed = await lastClosedSeq(db);
    await db.deleteFrom('request_log').where('seq', '>', closed).where('at', '<', before).execute();
    return false;
  }
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
async function sweepMinutes(
  db: TelemetryDb,
  table: 'usage_minutes' | 'usage_unrecorded',
  before: number,
): Promise<boolean> {
  const { oldest } = await db
    .selectFrom(table)
    .select((eb) => eb.fn.min<number | null>('minute').as('oldest'))
    .executeTakeFirstOrThrow();
  if (oldest === null || oldest >= before) return false;
  await db
    .deleteFrom(table)
    .where('minute', '<', Math.min(before, oldest + HOUR_MS))
    .execute();
  return true;
}

/** A day of hours, and of callers. */
const sweepHours: Step = async (db, _dialect, longest) => {
  const before = Math.floor((longest.hours - patienceMs) / DAY_MS) * DAY_MS;
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

const wholeHour = (at: number) => Math.floor(at / HOUR_MS) * HOUR_MS;

const steps: readonly Step[] = [
  sweepLog,
  async (db, _dialect, { minutes }) =>
    sweepMinutes(db, 'usage_minutes', Math.min(wholeHour(minutes - patienceMs), (await hoursUntil(db)) ?? 0)),
  (db, _dialect, { logs }) => sweepMinutes(db, 'usage_unrecorded', wholeHour(logs - patienceMs)),
  sweepHours,
];

/** Deletes a little of what is past the longest retention of all; answers whether there is more. */
export async function sweep(db: TelemetryDb, dialect: Dialect, longest: Cutoffs): Promise<boolean> {
  for (const step of steps) if (await step(db, dialect, longest)) return true;
  return false;
}
