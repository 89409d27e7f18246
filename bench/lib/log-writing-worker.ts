import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LogMark, newLogMark } from '../../src/core/policy.ts';
import { openTelemetryAt, type TelemetryPlace, threadModule } from '../../src/store/telemetry/open.ts';
import type { LoggedKey } from '../../src/telemetry/record.ts';
import { RequestLog } from '../../src/telemetry/request-log.ts';
import { loggedKey, loggedRoutes, requestMaker } from './records.ts';

/** Hands records to the request log as fast as it writes them, and checks afterwards that each has its row and count. */

export interface LogWritingResult {
  readonly rows: number;
  readonly seconds: number;
  /** Of both threads; what a PostgreSQL server needs is not in it. */
  readonly cpuSeconds: number;
}

interface Marked {
  readonly logMark: LogMark;
  readonly key: LoggedKey;
}

const { place, ms } = JSON.parse(process.argv[2]!) as { place: TelemetryPlace; ms: number };
const chunk = 5_000;
/** A quarter of what the log holds: it is never so far behind that it would leave records out. */
const maxWaiting = 60_000;

const keys = Array.from({ length: 1_000 }, (_, n): Marked => {
  const id = String(n).padStart(26, '0');
  return {
    logMark: newLogMark(),
    key: loggedKey({ tenantId: 'tnt_1', keyId: `key_${id}`, secretId: `sec_${id}` }),
  };
});
const log = new RequestLog<Marked>({
  place,
  now: Date.now,
  worker: threadModule('worker'),
  describe: ({ key }, withPolicy) => ({
    ...key,
    policy: withPolicy ? '{"scopes":["knowledge:read"]}' : null,
  }),
  onState: (failure) => {
    if (failure !== null) throw new Error(`The log failed: ${failure}`);
  },
});
log.useRoutes(loggedRoutes);
const make = requestMaker();
let rows = 0;

async function feed(forMs: number): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < forMs) {
    for (let i = 0; i < chunk; i++) log.record(make(rows, Date.now()), keys[rows++ % keys.length]!);
    await nextTurn();
    while (log.counts.waiting > maxWaiting) await log.nextWrite;
  }
  await log.flush();
}

// The log's thread alone does not keep a process alive.
const alive = setInterval(() => {}, 60_000);
await feed(1_000);
const before = rows;
const cpuBefore = process.cpuUsage();
const began = performance.now();
await feed(ms);
const seconds = (performance.now() - began) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
await log.close();
clearInterval(alive);

const { db, close } = openTelemetryAt(place);
const countOf = async (table: 'request_log' | 'usage_minutes') => {
  const { fn } = db;
  const all = table === 'request_log' ? fn.countAll<number>() : fn.sum<number>('total');
  return Number((await db.selectFrom(table).select(all.as('n')).executeTakeFirstOrThrow()).n);
};
const [stored, counted] = [await countOf('request_log'), await countOf('usage_minutes')];
await close();
if (stored !== rows || counted !== rows) {
  throw new Error(`${rows} records were made, ${stored} have a row and ${counted} are counted.`);
}
process.send!({ rows: rows - before, seconds, cpuSeconds: (user + system) / 1e6 } satisfies LogWritingResult);
