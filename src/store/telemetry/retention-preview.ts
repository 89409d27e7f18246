import { sql } from 'kysely';
import { HOUR_MS } from '../../telemetry/usage.ts';
import { DAY_MS } from './caller-counts.ts';
import type { TelemetryDb } from './log-writer.ts';
import { nextOldBlocks, spansAcross } from './old-blocks.ts';
import { keysAt, nextHourOf, placesOf, type RetentionKind } from './retention.ts';

/** What would go. Times are epoch ms, null where nothing would. */
export interface RetentionTally {
  readonly count: number;
  readonly from: number | null;
  readonly to: number | null;
  /** Of the texts in it. */
  readonly bytes: number;
}

export interface PreviewAsk {
  readonly tenantId: string;
  readonly kind: RetentionKind;
  readonly before: number;
  /** Where to go on: `next` of the answer before; 0 at first. */
  readonly position: number;
}

export interface PreviewPiece extends RetentionTally {
  /** null: this was all. */
  readonly next: number | null;
}

interface Found extends RetentionTally {
  readonly next: number | null;
}

const noTally: RetentionTally = { count: 0, from: null, to: null, bytes: 0 };

export function addTally(a: RetentionTally, b: RetentionTally): RetentionTally {
  const times = [a.from, b.from, a.to, b.to].filter((at) => at !== null);
  return {
    count: a.count + b.count,
    from: times.length === 0 ? null : Math.min(...times),
    to: times.length === 0 ? null : Math.max(...times),
    bytes: a.bytes + b.bytes,
  };
}

type Look = (
  db: TelemetryDb,
  places: readonly number[],
  before: number,
  position: number,
) => Promise<Found | null>;

const counted = sql<number>`count(*)`.as('count');
const summed = (length: ReturnType<typeof sql>) =>
  sql<number>`cast(coalesce(sum(${length}), 0) as bigint)`.as('bytes');

/** Rows of the next block, and at the end those beside blocks that are past their time. */
const lookAtLogs: Look = async (db, places, before, position) => {
  const next = await nextOldBlocks(db, places, { after: position, before });
  const spans = next?.spans ?? (await spansAcross(db, places, before));
  let tally = noTally;
  for (const { first, last, until } of spans) {
    const found = await db
      .selectFrom('request_log')
      .select((eb) => [
        counted,
        eb.fn.min<number | null>('at').as('from'),
        eb.fn.max<number | null>('at').as('to'),
        summed(
          sql`length(path) + length(user_agent) + length(ip) + length(request_id) + coalesce(length(details), 0)`,
        ),
      ])
      .where('seq', '>=', first)
      .where('seq', '<=', last)
      .where('at', '<', until)
      .where('place', 'in', places)
      .executeTakeFirstOrThrow();
    tally = addTally(tally, found);
  }
  return { ...tally, next: next?.toAt ?? null };
};

/** Minutes of the next hour of which there is a sum. */
const lookAtMinutes: Look = async (db, places, before, position) => {
  const hour = await nextHourOf(db, places, position);
  if (hour === null || hour + HOUR_MS > before) return null;
  const tally = await db
    .selectFrom('usage_minutes')
    .select((eb) => [
      counted,
      eb.fn.min<number | null>('minute').as('from'),
      eb.fn.max<number | null>('minute').as('to'),
      summed(sql`length(routes) + length(latency)`),
    ])
    .where('minute', '>=', hour)
    .where('minute', '<', hour + HOUR_MS)
    .where('key_id', 'in', (eb) =>
      eb.selectFrom('usage_hours').select('key_id').where('place', 'in', places).where('hour', '=', hour),
    )
    .executeTakeFirstOrThrow();
  return { ...tally, next: hour + HOUR_MS };
};

const lookAtHours: Look = async (db, places, before, position) => {
  const day = Math.floor(before / DAY_MS) * DAY_MS;
  const hour = await nextHourOf(db, places, position);
  if (hour === null || hour >= day) return null;
  const until = Math.min(day, hour + DAY_MS);
  const tally = await db
    .selectFrom('usage_hours')
    .select((eb) => [
      counted,
      eb.fn.min<number | null>('hour').as('from'),
      eb.fn.max<number | null>('hour').as('to'),
      summed(sql`length(routes) + length(latency)`),
    ])
    .where('place', 'in', places)
    .where('hour', '>=', hour)
    .where('hour', '<', until)
    .executeTakeFirstOrThrow();
  return { ...tally, next: until };
};

const lookAtCallers: Look = async (db, places, before, position) => {
  const { day } = await db
    .selectFrom('usage_callers')
    .select((eb) => eb.fn.min<number | null>('day').as('day'))
    .where('day', '>=', position)
    .executeTakeFirstOrThrow();
  if (day === null || day >= Math.floor(before / DAY_MS) * DAY_MS) return null;
  const tally = await db
    .selectFrom('usage_callers')
    .select((eb) => [
      counted,
      eb.fn.min<number | null>('day').as('from'),
      eb.fn.max<number | null>('day').as('to'),
      summed(sql`length(ip) + length(user_agent)`),
    ])
    .where('day', '=', day)
    .where('key_id', 'in', keysAt(places))
    .executeTakeFirstOrThrow();
  return { ...tally, next: day + DAY_MS };
};

const looks: Readonly<Record<RetentionKind, Look>> = {
  logs: lookAtLogs,
  minutes: lookAtMinutes,
  hours: lookAtHours,
  callers: lookAtCallers,
};

/** Other queries wait so long. */
const budgetMs = 40;

/** Counts some of what is older than `before`. */
export async function previewRetention(
  db: TelemetryDb,
  { tenantId, kind, before, position }: PreviewAsk,
): Promise<PreviewPiece> {
  const deadline = performance.now() + budgetMs;
  const places = await placesOf(db, tenantId);
  let tally = noTally;
  for (let at: number | null = places.length === 0 ? null : position; at !== null; ) {
    const found: Found | null = await looks[kind](db, places, before, at);
    if (found === null) break;
    tally = addTally(tally, found);
    at = found.next;
    if (at !== null && performance.now() > deadline) return { ...tally, next: at };
  }
  return { ...tally, next: null };
}
