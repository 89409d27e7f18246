import { sql } from 'kysely';
import { HISTORY_HOURS } from '../../core/flag-history.ts';
import {
  type DayCounts,
  errorsOf,
  type Flag,
  type FlagFacts,
  type FlagRules,
  flagsOf,
  type KeyHistory,
  urgencyOf,
} from '../../core/flags.ts';
import { HOUR_MS } from '../../telemetry/usage.ts';
import { hoursUntil } from './hours.ts';
import type { TelemetryDb } from './log-writer.ts';

const sparklineHours = 24;

export interface KeyFigures {
  readonly requests: number;
  readonly errors: number;
  /** By hour, oldest first; the last is the present one. */
  readonly sparkline: readonly number[];
  readonly flags: readonly Flag[];
}

/** What of the keys' usage and flags is shown at `now`. Without `isRecorded`, silence says nothing. */
export async function readOverview(
  db: TelemetryDb,
  keys: readonly FlagFacts[],
  rules: FlagRules,
  now: number,
  isRecorded: boolean,
): Promise<KeyFigures[]> {
  const histories = await readHistories(
    db,
    keys.map(({ id }) => id),
    now,
  );
  return keys.map((key) => {
    const history = histories.get(key.id) ?? nothing;
    return {
      requests: history.lastDay.total,
      errors: errorsOf(history.lastDay),
      sparkline: Array.from(
        { length: sparklineHours },
        (_, i) => history.counts[HISTORY_HOURS - sparklineHours + i]!,
      ),
      flags: flagsOf(key, isRecorded ? history : null, rules, now),
    };
  });
}

/** The same of many keys, as little of it as their totals need. */
export async function surveyKeys(
  ...args: Parameters<typeof readOverview>
): Promise<{ requests: number; errors: number; urgencies: number[] }> {
  const figures = await readOverview(...args);
  return {
    requests: figures.reduce((sum, { requests }) => sum + requests, 0),
    errors: figures.reduce((sum, { errors }) => sum + errors, 0),
    urgencies: figures.map(({ flags }) => urgencyOf(flags)),
  };
}

interface Building {
  readonly counts: Float64Array;
  lastDay: DayCounts;
}

const emptyDay: DayCounts = { total: 0, clientError: 0, rateLimited: 0, serverError: 0 };
const nothing: KeyHistory = { counts: new Float64Array(HISTORY_HOURS), lastDay: emptyDay };

/** From roll-ups alone: hours where they are summed up, minutes after that. Keys that did nothing are left out. */
export async function readHistories(
  db: TelemetryDb,
  keyIds: readonly string[],
  now: number,
): Promise<Map<string, KeyHistory>> {
  if (keyIds.length === 0) return new Map();
  const to = (Math.floor(now / HOUR_MS) + 1) * HOUR_MS;
  const from = to - HISTORY_HOURS * HOUR_MS;
  const border = Math.min(to, Math.max(from, (await hoursUntil(db)) ?? from));
  const histories = new Map<string, Building>();
  const historyOf = (keyId: string) => {
    const known = histories.get(keyId);
    if (known !== undefined) return known;
    const history = { counts: new Float64Array(HISTORY_HOURS), lastDay: emptyDay };
    histories.set(keyId, history);
    return history;
  };
  for (const { keyId, hours } of await readHours(db, keyIds, from, border)) {
    addHours(historyOf(keyId).counts, hours);
  }
  const day = { from: to - sparklineHours * HOUR_MS, to };
  for (const row of await readMinutes(db, keyIds, border, to)) {
    const history = historyOf(row.keyId);
    history.counts[(row.hour - from) / HOUR_MS]! += row.total;
    if (row.hour >= day.from) history.lastDay = sumOf(history.lastDay, row);
  }
  for (const row of await readDay(db, keyIds, day.from, border)) {
    const history = historyOf(row.keyId);
    history.lastDay = sumOf(history.lastDay, row);
  }
  return histories;
}

function sumOf(a: DayCounts, b: DayCounts): DayCounts {
  return {
    total: a.total + b.total,
    clientError: a.clientError + b.clientError,
    rateLimited: a.rateLimited + b.rateLimited,
    serverError: a.serverError + b.serverError,
  };
}

/**
 * One text for each key, `hour:total` after `hour:total`: the database makes it five times as quickly as rows could be
 * handed over, and from its index alone.
 */
function readHours(db: TelemetryDb, keyIds: readonly string[], from: number, to: number) {
  return db
    .selectFrom('usage_hours')
    .select('key_id as keyId')
    .select(
      sql<string>`string_agg(((hour - ${sql.lit(from)}) / ${sql.lit(HOUR_MS)}) || ':' || total, ' ')`.as(
        'hours',
      ),
    )
    .where('key_id', 'in', keyIds)
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .groupBy('key_id')
    .execute();
}

const colon = 58;
const space = 32;
const zero = 48;

/** Reads what `readHours` gives, without making a text of each number first. */
function addHours(counts: Float64Array, hours: string): void {
  let hour = 0;
  let value = 0;
  for (let i = 0; i <= hours.length; i++) {
    const character = i === hours.length ? space : hours.charCodeAt(i);
    if (character === colon) {
      hour = value;
      value = 0;
    } else if (character === space) {
      counts[hour]! += value;
      value = 0;
    } else value = value * 10 + character - zero;
  }
}

const sums = {
  total: sql<number>`cast(sum(total) as bigint)`.as('total'),
  clientError: sql<number>`cast(sum(client_error) as bigint)`.as('clientError'),
  rateLimited: sql<number>`cast(sum(rate_limited) as bigint)`.as('rateLimited'),
  serverError: sql<number>`cast(sum(server_error) as bigint)`.as('serverError'),
};

function readMinutes(db: TelemetryDb, keyIds: readonly string[], from: number, to: number) {
  const hour = sql<number>`minute - minute % ${sql.lit(HOUR_MS)}`;
  return db
    .selectFrom('usage_minutes')
    .select(['key_id as keyId', hour.as('hour'), ...Object.values(sums)])
    .where('key_id', 'in', keyIds)
    .where('minute', '>=', from)
    .where('minute', '<', to)
    .groupBy(['key_id', hour])
    .execute();
}

function readDay(db: TelemetryDb, keyIds: readonly string[], from: number, to: number) {
  return db
    .selectFrom('usage_hours')
    .select(['key_id as keyId', ...Object.values(sums)])
    .where('key_id', 'in', keyIds)
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .groupBy('key_id')
    .execute();
}
