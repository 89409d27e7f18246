import { sql } from 'kysely';
import { HOUR_MS } from '../../telemetry/usage.ts';
import { DAY_MS } from './caller-counts.ts';
import { hoursUntil } from './hours.ts';
import { type LogPlace, placeRef } from './log-reader.ts';
import type { TelemetryDb } from './log-writer.ts';

/** Times are epoch ms. */
export interface UsageDaysAsk {
  /** Days at 00:00 UTC: `from` inclusive, `to` exclusive; null: no bound. */
  readonly from: number;
  readonly to: number | null;
  /** Only what has requests of the hour of that moment, or of later ones; null: everything. */
  readonly since: number | null;
  /** null: all. */
  readonly keyIds: readonly string[] | null;
}

export interface UsageDayRow {
  readonly day: number;
  readonly keyId: string;
  readonly total: number;
  readonly ok: number;
  readonly clientError: number;
  readonly rateLimited: number;
  readonly serverError: number;
  /** The hour of the last request. */
  readonly updatedAt: number;
}

export type UsageDayPosition = Pick<UsageDayRow, 'day' | 'keyId'>;

/** Others wait for the thread: a page ends after so long, also where it is not full. */
const budgetMs = 250;
/** Refusals without a known key are under the names of environments, and the operator's to see. */
const keys = { from: 'key_', to: 'key`' };

const counts = ['total', 'ok', 'client_error', 'rate_limited', 'server_error'] as const;
const sum = (column: string) => sql<number>`cast(sum(${sql.ref(column)}) as bigint)`;

interface Reading {
  readonly db: TelemetryDb;
  readonly place: number;
  readonly keyIds: readonly string[] | null;
  /** Hours are summed up until then; later ones are read from their minutes. */
  readonly border: number;
}

function hoursOf({ db, place, keyIds, border }: Reading, from: number, to: number) {
  return db
    .selectFrom('usage_hours')
    .where('place', '=', place)
    .where('hour', '>=', from)
    .where('hour', '<', Math.min(to, border))
    .where('key_id', '>', keys.from)
    .where('key_id', '<', keys.to)
    .$if(keyIds !== null, (query) => query.where('key_id', 'in', [...keyIds!]));
}

function minutesOf({ db, place, keyIds, border }: Reading, from: number, to: number) {
  return db
    .selectFrom('usage_minutes')
    .where('place', '=', place)
    .where('minute', '>=', Math.max(from, border))
    .where('minute', '<', to)
    .where('key_id', '>', keys.from)
    .where('key_id', '<', keys.to)
    .$if(keyIds !== null, (query) => query.where('key_id', 'in', [...keyIds!]));
}

/** The first day from then on on which there were requests. */
async function nextDay(reading: Reading, from: number, to: number): Promise<number | null> {
  const hour = await hoursOf(reading, from, to)
    .select((e) => e.fn.min<number | null>('hour').as('at'))
    .executeTakeFirstOrThrow();
  const minute = await minutesOf(reading, from, to)
    .select((e) => e.fn.min<number | null>('minute').as('at'))
    .executeTakeFirstOrThrow();
  const at = hour.at ?? minute.at;
  return at === null ? null : Math.floor(at / DAY_MS) * DAY_MS;
}

async function readDay(
  reading: Reading,
  day: number,
  { after, since, limit }: { after: string; since: number | null; limit: number },
): Promise<UsageDayRow[]> {
  const spans = hoursOf(reading, day, day + DAY_MS)
    .select(['key_id', 'hour as at', ...counts])
    .where('key_id', '>', after)
    .unionAll(
      minutesOf(reading, day, day + DAY_MS)
        .select(['key_id', sql<number>`minute - minute % ${sql.lit(HOUR_MS)}`.as('at'), ...counts])
        .where('key_id', '>', after),
    );
  return reading.db
    .selectFrom(spans.as('spans'))
    .select((e) => [
      sql<number>`${sql.lit(day)}`.as('day'),
      'key_id as keyId',
      sum('total').as('total'),
      sum('ok').as('ok'),
      sum('client_error').as('clientError'),
      sum('rate_limited').as('rateLimited'),
      sum('server_error').as('serverError'),
      e.fn.max('at').as('updatedAt'),
    ])
    .groupBy('key_id')
    .$if(since !== null, (query) => query.having((e) => e(e.fn.max('at'), '>', since! - HOUR_MS)))
    .orderBy('key_id')
    .limit(limit)
    .execute();
}

/** What keys did on each day, from roll-ups: by day and key, in this order. */
export async function readUsageDays(
  db: TelemetryDb,
  { tenantId, environment }: LogPlace,
  { from, to, since, keyIds }: UsageDaysAsk,
  { after, limit }: { readonly after: UsageDayPosition | null; readonly limit: number },
): Promise<{ rows: UsageDayRow[]; next: UsageDayPosition | null }> {
  const place = await placeRef(db, tenantId, environment);
  if (place === null || keyIds?.length === 0) return { rows: [], next: null };
  const reading = { db, place, keyIds, border: (await hoursUntil(db)) ?? 0 };
  const end = to ?? Number.MAX_SAFE_INTEGER;
  const rows: UsageDayRow[] = [];
  let position = after;
  const until = performance.now() + budgetMs;
  for (let start = from; rows.length <= limit; ) {
    const day = await nextDay(reading, Math.max(start, position?.day ?? 0), end);
    if (day === null) return { rows, next: null };
    if (performance.now() > until) return { rows, next: { day: day - 1, keyId: keys.to } };
    const key = position?.day === day ? position.keyId : '';
    rows.push(...(await readDay(reading, day, { after: key, since, limit: limit + 1 - rows.length })));
    position = null;
    start = day + DAY_MS;
  }
  const kept = rows.slice(0, limit);
  const { day, keyId } = kept.at(-1)!;
  return { rows: kept, next: { day, keyId } };
}
