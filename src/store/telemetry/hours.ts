import { HOUR_MS, Usage } from '../../telemetry/usage.ts';
import { insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import { readFact, writeFact } from './facts.ts';
import type { TelemetryDb } from './log-writer.ts';
import { HOUR_GRACE_MS, usageInsert, usageRow } from './minute-usage.ts';

const hourInsert = usageInsert('usage_hours', 'hour');
const keysAtOnce = 200;
const untilFact = 'hours_until';

/** Hours before this moment are summed up; later ones have to be read from their minutes. */
export function hoursUntil(db: TelemetryDb): Promise<number | null> {
  return readFact(db, untilFact);
}

/** Sums up one hour that is over and has not been, oldest first. Answers whether there may be another one. */
export async function sumUpNextHour(db: TelemetryDb, dialect: Dialect, now: number): Promise<boolean> {
  const until = (await hoursUntil(db)) ?? 0;
  const over = Math.floor((now - HOUR_GRACE_MS) / HOUR_MS) * HOUR_MS;
  if (until >= over) return false;
  // Hours in which nothing happened are passed over.
  const hour = await nextHour(db, until);
  const isOver = hour !== null && hour < over;
  if (isOver) await sumUpHour(db, dialect, hour);
  await writeFact(db, untilFact, isOver ? hour + HOUR_MS : over);
  return isOver;
}

/**
 * Writes the hour anew from its minutes, a few keys at a time; keys without minutes keep what stands there. `places`:
 * of these alone.
 */
export async function sumUpHour(
  db: TelemetryDb,
  dialect: Dialect,
  hour: number,
  places?: readonly number[],
): Promise<void> {
  let after = '';
  for (;;) {
    const keys = await db
      .selectFrom('usage_minutes')
      .select('key_id')
      .distinct()
      .where('minute', '>=', hour)
      .where('minute', '<', hour + HOUR_MS)
      .where('key_id', '>', after)
      .$if(places !== undefined, (query) => query.where('place', 'in', places!))
      .orderBy('key_id')
      .limit(keysAtOnce)
      .execute();
    const last = keys.at(-1);
    if (last === undefined) return;
    await sumUpKeys(
      db,
      dialect,
      hour,
      keys.map((row) => row.key_id),
    );
    after = last.key_id;
  }
}

async function sumUpKeys(
  db: TelemetryDb,
  dialect: Dialect,
  hour: number,
  keyIds: readonly string[],
): Promise<void> {
  const minutes = await db
    .selectFrom('usage_minutes')
    .select(['key_id', 'place', 'routes', 'latency'])
    .where('key_id', 'in', keyIds)
    .where('minute', '>=', hour)
    .where('minute', '<', hour + HOUR_MS)
    .execute();
  const rows = [...Map.groupBy(minutes, (row) => row.key_id)].map(([keyId, ofKey]) => {
    const usage = new Usage();
    for (const { routes, latency } of ofKey) usage.merge(Usage.decode(routes, latency));
    return usageRow(keyId, hour, ofKey[0]!.place, usage);
  });
  await db.transaction().execute((tx) => insertRows(tx, dialect, hourInsert, rows));
}

async function nextHour(db: TelemetryDb, from: number): Promise<number | null> {
  const { minute } = await db
    .selectFrom('usage_minutes')
    .select((eb) => eb.fn.min('minute').as('minute'))
    .where('minute', '>=', from)
    .executeTakeFirstOrThrow();
  return minute === null ? null : Math.floor(minute / HOUR_MS) * HOUR_MS;
}
