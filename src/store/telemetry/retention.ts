import { sql } from 'kysely';
import { HOUR_MS } from '../../telemetry/usage.ts';
import type { Dialect } from '../dialect.ts';
import { DAY_MS } from './caller-counts.ts';
import { readFact, writeFact } from './facts.ts';
import { hoursUntil } from './hours.ts';
import type { TelemetryDb } from './log-writer.ts';
import { nextOldBlocks, type RowSpan, spansAcross } from './old-blocks.ts';
import { type Cutoffs, passedFact, sweep } from './retention-sweep.ts';

export interface ForgetAsk {
  readonly tenantId: string;
  readonly own: Cutoffs;
  /** Of the tenant that keeps the longest: blocks and days of the log belong to all. */
  readonly longest: Cutoffs;
}

export interface Forgotten {
  /** Rows of this tenant. */
  readonly removed: Readonly<Record<RetentionKind, number>>;
  readonly isMore: boolean;
}

export const retentionKinds = ['logs', 'minutes', 'hours', 'callers'] as const;
export type RetentionKind = (typeof retentionKinds)[number];

/** Rows of the tenant older than this may be gone. */
export const goneFact = (tenantId: string) => `logs_gone ${tenantId}`;
/** Blocks that ended until then hold nothing of the tenant that is to go. */
const blockFact = (tenantId: string) => `logs_block ${tenantId}`;
/** What the longest retention was, as a moment. */
const longestFact = (tenantId: string) => `logs_longest ${tenantId}`;
const minuteFact = (tenantId: string) => `minutes_passed ${tenantId}`;
const dayFact = (tenantId: string) => `callers_passed ${tenantId}`;

interface Visit extends ForgetAsk {
  readonly db: TelemetryDb;
  readonly dialect: Dialect;
  readonly places: readonly number[];
}

/** How many of the tenant's rows went; null: there is nothing more. */
type Step = (visit: Visit) => Promise<number | null>;

export async function placesOf(db: TelemetryDb, tenantId: string): Promise<number[]> {
  const rows = await db.selectFrom('log_places').select('ref').where('tenant_id', '=', tenantId).execute();
  return rows.map(({ ref }) => ref);
}

async function raise(db: TelemetryDb, name: string, value: number): Promise<void> {
  if (value > ((await readFact(db, name)) ?? 0)) await writeFact(db, name, value);
}

/**
 * The rows of the tenant in the next block, the oldest first. Where the block is about to go for all tenants its rows are
 * only counted.
 */
const forgetLogs: Step = async ({ db, tenantId, places, own, longest }) => {
  await raise(db, goneFact(tenantId), own.logs);
  const after = (await readFact(db, blockFact(tenantId))) ?? 0;
  const next = await nextOldBlocks(db, places, { after, before: own.logs });
  let gone = 0;
  if (next !== null) {
    const work = next.toAt < longest.logs ? countRows : deleteRows;
    await db.transaction().execute(async (tx) => {
      for (const span of next.spans) gone += await work(tx, places, span);
      await writeFact(tx, blockFact(tenantId), next.toAt);
    });
    return gone;
  }
  for (const span of await spansAcross(db, places, own.logs)) gone += await deleteRows(db, places, span);
  await raise(db, passedFact(tenantId), own.logs);
  return gone > 0 ? gone : null;
};

async function countRows(tx: TelemetryDb, places: readonly number[], span: RowSpan): Promise<number> {
  const { n } = await tx
    .selectFrom('request_log')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('seq', '>=', span.first)
    .where('seq', '<=', span.last)
    .where('at', '<', span.until)
    .where('place', 'in', places)
    .executeTakeFirstOrThrow();
  return n;
}

async function deleteRows(tx: TelemetryDb, places: readonly number[], span: RowSpan): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('request_log')
    .where('seq', '>=', span.first)
    .where('seq', '<=', span.last)
    .where('at', '<', span.until)
    .where('place', 'in', places)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** The next hour from `from` on in which the tenant did something. */
export async function nextHourOf(
  db: TelemetryDb,
  places: readonly number[],
  from: number,
): Promise<number | null> {
  const { hour } = await db
    .selectFrom('usage_hours')
    .select((eb) => eb.fn.min<number | null>('hour').as('hour'))
    .where('place', 'in', places)
    .where('hour', '>=', from)
    .executeTakeFirstOrThrow();
  return hour;
}

/** An hour of minutes, which must be part of an hour's sum by then. */
const forgetMinutes: Step = async ({ db, tenantId, places, own }) => {
  const before = Math.min(Math.floor(own.minutes / HOUR_MS) * HOUR_MS, (await hoursUntil(db)) ?? 0);
  const hour = await nextHourOf(db, places, (await readFact(db, minuteFact(tenantId))) ?? 0);
  if (hour === null || hour >= before) {
    await raise(db, minuteFact(tenantId), before);
    return null;
  }
  return db.transaction().execute(async (tx) => {
    const gone = await deleteMinutes(tx, places, hour);
    await writeFact(tx, minuteFact(tenantId), hour + HOUR_MS);
    return gone;
  });
};

/** Of the hour, of keys that have a sum for it. */
export async function deleteMinutes(
  tx: TelemetryDb,
  places: readonly number[],
  hour: number,
): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('usage_minutes')
    .where('minute', '>=', hour)
    .where('minute', '<', hour + HOUR_MS)
    .where('key_id', 'in', (eb) =>
      eb.selectFrom('usage_hours').select('key_id').where('place', 'in', places).where('hour', '=', hour),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** A day of hours. */
const forgetHours: Step = async ({ db, places, own }) => {
  const before = Math.floor(own.hours / DAY_MS) * DAY_MS;
  const oldest = await nextHourOf(db, places, 0);
  if (oldest === null || oldest >= before) return null;
  const { numDeletedRows } = await db
    .deleteFrom('usage_hours')
    .where('place', 'in', places)
    .where('hour', '<', Math.min(before, oldest + DAY_MS))
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
};

/** Of the dictionary: who was called what at one of these places. */
export function keysAt(places: readonly number[]) {
  return sql<string>`(select key_id from log_keys where place in (${sql.join([...places])}))`;
}

/** Callers of a day; they go with the hours. */
const forgetCallers: Step = async ({ db, tenantId, places, own }) => {
  const before = Math.floor(own.hours / DAY_MS) * DAY_MS;
  const { day } = await db
    .selectFrom('usage_callers')
    .select((eb) => eb.fn.min<number | null>('day').as('day'))
    .where('day', '>=', (await readFact(db, dayFact(tenantId))) ?? 0)
    .executeTakeFirstOrThrow();
  if (day === null || day >= before) return null;
  const { numDeletedRows } = await db
    .deleteFrom('usage_callers')
    .where('day', '=', day)
    .where('key_id', 'in', keysAt(places))
    .executeTakeFirstOrThrow();
  await writeFact(db, dayFact(tenantId), day + DAY_MS);
  return Number(numDeletedRows);
};

// Minutes before hours: the hours say who has minutes.
const steps: Readonly<Record<RetentionKind, Step>> = {
  logs: forgetLogs,
  minutes: forgetMinutes,
  callers: forgetCallers,
  hours: forgetHours,
};

/** Who keeps rows longer than anybody did keeps blocks on the disk that were to go: what is not theirs must go by rows. */
async function beginAgain(db: TelemetryDb, { tenantId, longest }: ForgetAsk): Promise<void> {
  const before = await readFact(db, longestFact(tenantId));
  if (before === longest.logs) return;
  if (before !== null && longest.logs < before) await writeFact(db, blockFact(tenantId), 0);
  await writeFact(db, longestFact(tenantId), longest.logs);
}

/** Records wait so long at most. */
const budgetMs = 40;

/** Deletes some of what is past its retention. Each of the steps is a short transaction, so that records never wait long. */
export async function forgetSome(db: TelemetryDb, dialect: Dialect, ask: ForgetAsk): Promise<Forgotten> {
  const deadline = performance.now() + budgetMs;
  const places = await placesOf(db, ask.tenantId);
  await beginAgain(db, ask);
  const visit = { ...ask, db, dialect, places };
  const removed = { logs: 0, minutes: 0, hours: 0, callers: 0 };
  for (const kind of ['logs', 'minutes', 'callers', 'hours'] as const) {
    for (let isMore = places.length > 0; isMore; ) {
      const gone = await steps[kind](visit);
      removed[kind] += gone ?? 0;
      isMore = gone !== null;
      if (isMore && performance.now() > deadline) return { removed, isMore: true };
    }
  }
  while (await sweep(db, dialect, ask.longest)) {
    if (performance.now() > deadline) return { removed, isMore: true };
  }
  return { removed, isMore: false };
}
