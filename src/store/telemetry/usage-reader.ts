import { sql } from 'kysely';
import { HOUR_MS, MINUTE_MS, Usage, type UsageCounts } from '../../telemetry/usage.ts';
import { DAY_MS, MAX_CALLERS } from './caller-counts.ts';
import { hoursUntil } from './hours.ts';
import type { TelemetryDb } from './log-writer.ts';

export const intervals = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;
export type Interval = keyof typeof intervals;

/** Epoch ms: `from` inclusive, `to` exclusive, both on whole intervals. */
export interface UsageRange {
  readonly from: number;
  readonly to: number;
  readonly interval: Interval;
  /** Epoch ms: what is older counts as not there. */
  readonly keptSince?: number;
}

export interface KeyUsage {
  /** One for each interval of the range, also where nothing happened. */
  readonly series: readonly (UsageCounts & { readonly at: number })[];
  readonly byEndpoint: readonly {
    readonly method: string;
    readonly route: string;
    readonly total: number;
    readonly errors: number;
  }[];
  readonly byStatus: Readonly<Record<string, number>>;
  readonly latency: {
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
    readonly p99Ms: number | null;
  };
}

interface Span {
  readonly at: number;
  readonly routes: string;
  readonly latency: string;
}

/** Usage of a key from roll-ups alone: hours where they are summed up, minutes after that. */
export async function readUsage(db: TelemetryDb, keyId: string, range: UsageRange): Promise<KeyUsage> {
  const spans = await readSpans(db, keyId, range);
  const length = intervals[range.interval];
  const whole = new Usage();
  const buckets = new Map<number, Usage>();
  for (const { at, routes, latency } of spans) {
    const bucket = Math.floor(at / length) * length;
    let usage = buckets.get(bucket);
    if (usage === undefined) {
      usage = new Usage();
      buckets.set(bucket, usage);
    }
    const part = Usage.decode(routes, latency);
    usage.merge(part);
    whole.merge(part);
  }
  const series = [];
  for (let at = range.from; at < range.to; at += length) {
    series.push({ at, ...countsOf(buckets.get(at) ?? nothing) });
  }
  return { series, ...(await breakDown(db, whole)) };
}

export interface CallerRow {
  readonly ip: string;
  readonly userAgent: string;
  readonly secretId: string;
  readonly lastSeenAt: number;
  readonly total: number;
}

/** Who used the key on the days of the range, those seen last first. */
export async function readCallers(
  db: TelemetryDb,
  keyId: string,
  { from, to }: Pick<UsageRange, 'from' | 'to'>,
): Promise<CallerRow[]> {
  return db
    .selectFrom('usage_callers')
    .select(['ip', 'user_agent as userAgent', 'secret_id as secretId'])
    .select((eb) => [
      eb.fn.max('last_seen_at').as('lastSeenAt'),
      sql<number>`cast(sum(total) as bigint)`.as('total'),
    ])
    .where('key_id', '=', keyId)
    .where('day', '>=', Math.floor(from / DAY_MS) * DAY_MS)
    .where('day', '<', to)
    .groupBy(['ip', 'user_agent', 'secret_id'])
    .orderBy('lastSeenAt', 'desc')
    .orderBy('total', 'desc')
    .limit(MAX_CALLERS + 1)
    .execute();
}

const nothing = new Usage();

function countsOf({ total, ok, clientError, rateLimited, serverError }: UsageCounts): UsageCounts {
  return { total, ok, clientError, rateLimited, serverError };
}

/** Roll-ups of the range: hours where they are summed up, minutes after that, or throughout. */
export async function readSpans(
  db: TelemetryDb,
  keyId: string,
  { from: start, to, interval, keptSince = start }: UsageRange,
): Promise<Span[]> {
  const from = Math.max(start, Math.min(to, keptSince));
  const summedUp = interval === 'minute' ? null : await hoursUntil(db);
  const border = Math.min(to, Math.max(from, summedUp ?? from));
  const hours =
    border === from
      ? []
      : await db
          .selectFrom('usage_hours')
          .select(['hour as at', 'routes', 'latency'])
          .where('key_id', '=', keyId)
          .where('hour', '>=', from)
          .where('hour', '<', border)
          .execute();
  const minutes = await db
    .selectFrom('usage_minutes')
    .select(['minute as at', 'routes', 'latency'])
    .where('key_id', '=', keyId)
    .where('minute', '>=', border)
    .where('minute', '<', to)
    .execute();
  return [...hours, ...minutes];
}

async function breakDown(db: TelemetryDb, usage: Usage): Promise<Omit<KeyUsage, 'series'>> {
  const refs = [...usage.byRoute.keys()];
  const rows =
    refs.length === 0
      ? []
      : await db
          .selectFrom('log_routes')
          .select(['ref', 'method', 'template'])
          .where('ref', 'in', refs)
          .execute();
  const names = new Map(rows.map((row) => [row.ref, row]));
  const byStatus: Record<string, number> = {};
  const byEndpoint = [...usage.byRoute].map(([ref, statuses]) => {
    let total = 0;
    let errors = 0;
    for (const [status, count] of statuses) {
      byStatus[status] = (byStatus[status] ?? 0) + count;
      total += count;
      if (status >= 400) errors += count;
    }
    const name = names.get(ref);
    return { method: name?.method ?? '', route: name?.template ?? '', total, errors };
  });
  byEndpoint.sort((a, b) => b.total - a.total || (a.route < b.route ? -1 : 1));
  const ms = (q: number) => {
    const us = usage.latency.quantileUs(q);
    return us === null ? null : us / 1_000;
  };
  return { byEndpoint, byStatus, latency: { p50Ms: ms(0.5), p95Ms: ms(0.95), p99Ms: ms(0.99) } };
}
