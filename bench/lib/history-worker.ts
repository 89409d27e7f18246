import { readFileSync } from 'node:fs';
import { sumUpHour } from '../../src/store/telemetry/hours.ts';
import { LogWriter } from '../../src/store/telemetry/log-writer.ts';
import { openTelemetryAt, type TelemetryPlace } from '../../src/store/telemetry/open.ts';
import type { LoggedKey, UnrecordedUsage } from '../../src/telemetry/record.ts';
import { RecordBuffer } from '../../src/telemetry/record-buffer.ts';
import { countedUsage, type KeyNames, loggedKey, loggedRoutes, requestMaker } from './records.ts';

/**
 * Fills the log of a server that does not run with the requests of many days, as its writer would have: so many rows,
 * and so many more requests that were only counted.
 */

export interface HistoryJob {
  readonly place: TelemetryPlace;
  /** A JSON list of `KeyNames`. */
  readonly keysFile: string;
  readonly days: number;
  readonly rows: number;
  readonly requests: number;
}

const job = JSON.parse(process.argv[2]!) as HistoryJob;
const keys = (JSON.parse(readFileSync(job.keysFile, 'utf8')) as KeyNames[]).map(loggedKey);
const minuteMs = 60_000;
const minutes = job.days * 1_440;
/** At the beginning of an hour, so that hours are over where a span of minutes is. */
const firstMinute = (Math.floor(Date.now() / (60 * minuteMs)) - job.days * 24) * 60;
const minutesAWrite = 10;
const bufferBytes = 8 << 20;

/** What keys do repeats itself after so many minutes. */
const period = 240;

/** A few keys work in every minute, a tenth in each tenth, most once in four hours. */
function isActive(n: number, minute: number): boolean {
  if (n % 300 === 0) return true;
  return (n * 7 + minute) % (n % 10 === 0 ? 10 : period) === 0;
}

const activeAt = Array.from({ length: period }, (_, minute) =>
  keys.flatMap((key, n) => (isActive(n, minute) ? [{ key, n }] : [])),
);
const activeInAll = (minutes / period) * activeAt.reduce((sum, active) => sum + active.length, 0);
const rowsEach = job.rows / activeInAll;
const countedEach = Math.round((job.requests - job.rows) / activeInAll);

const { db, dialect, close } = openTelemetryAt(job.place);
const writer = new LogWriter(db, dialect, loggedRoutes);
const make = requestMaker();
let rows = 0;
let due = 0;
let counted = 0;

function unrecordedOf(key: LoggedKey, n: number, minute: number): UnrecordedUsage {
  const usage = countedUsage(n + minute, countedEach);
  counted += countedEach;
  const { tenantId, environment, keyId } = key;
  const at = minute * minuteMs;
  return {
    tenantId,
    environment,
    keyId,
    minute: at,
    routes: usage.encodeRoutes(),
    latency: usage.latency.encode(),
  };
}

async function writeSpan(from: number, to: number, isLast: boolean): Promise<void> {
  const buffer = new RecordBuffer(new Uint8Array(bufferBytes));
  const indexes = new Map<number, number>();
  const unrecorded: UnrecordedUsage[] = [];
  for (let minute = from; minute < to; minute++) {
    const active = activeAt[minute % period]!;
    due += rowsEach * active.length;
    const count = Math.floor(due);
    due -= count;
    for (let i = 0; i < count; i++) {
      const { key, n } = active[i % active.length]!;
      const index = indexes.get(n) ?? buffer.addKey(key);
      indexes.set(n, index);
      const at = minute * minuteMs + Math.floor((i * minuteMs) / count);
      if (!buffer.add(make(rows++, at), index)) throw new Error('The buffer is too small.');
    }
    for (const { key, n } of active) unrecorded.push(unrecordedOf(key, n, minute));
  }
  await writer.write([buffer.take()], unrecorded, isLast || to % 60 === 0);
  // Hours that the server thinks over, since nothing came in them, are late.
  if (to % 60 !== 0) return;
  for (const hour of writer.takeLateHours()) await sumUpHour(db, dialect, hour);
}

for (let at = 0; at < minutes; at += minutesAWrite) {
  const to = Math.min(minutes, at + minutesAWrite);
  await writeSpan(firstMinute + at, firstMinute + to, to === minutes);
}
await close();
process.send!({ rows, requests: rows + counted });
