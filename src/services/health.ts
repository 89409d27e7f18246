import { statfs } from 'node:fs/promises';
import { mainSchemaVersion } from '../store/migrations/index.ts';
import { probeWriting } from '../store/probe.ts';
import type { App } from './app.ts';

const boundMs = 2_000;
/** However often somebody asks, the database is asked once in this time. */
const keptMs = 1_000;
const enoughDiskBytes = 256 * 2 ** 20;

/** `degraded`: requests are served, and somebody should look at it. `failed`: none should be sent here. */
export type CheckState = 'ok' | 'degraded' | 'failed';

export interface Check {
  readonly state: CheckState;
  /** For the operator alone. */
  readonly detail: string;
}

export const checkNames = [
  'database',
  'migrations',
  'lock',
  'writes',
  'limits',
  'requestLog',
  'disk',
] as const;
export type CheckName = (typeof checkNames)[number];

/** What anybody may know: whether requests can be served. That something is not written down would help an attacker. */
export const openChecks = ['database', 'migrations'] as const satisfies readonly CheckName[];

export interface Readiness {
  readonly state: CheckState;
  readonly checks: Readonly<Record<CheckName, Check>>;
  /** Room for data in bytes; null where the data is not here. */
  readonly diskFreeBytes: number | null;
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${boundMs} ms`)), boundMs);
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function checkDatabase(app: App): Promise<Pick<Readiness['checks'], 'database' | 'migrations'>> {
  const startedMs = performance.now();
  try {
    const { version, known } = await within(mainSchemaVersion(app.database.read));
    const took = `It answered within ${Math.ceil(performance.now() - startedMs)} ms.`;
    return {
      database: { state: 'ok', detail: took },
      migrations:
        version === known
          ? { state: 'ok', detail: `The schema is at version ${version}.` }
          : {
              state: 'failed',
              detail: `The schema is at version ${version}; this program is made for ${known}.`,
            },
    };
  } catch (error) {
    const detail = `The database does not answer: ${reasonOf(error)}.`;
    return {
      database: { state: 'failed', detail },
      migrations: { state: 'failed', detail: 'The version of the schema cannot be read.' },
    };
  }
}

async function checkWrites(app: App): Promise<Check> {
  try {
    await within(probeWriting(app.database));
    return { state: 'ok', detail: 'The database can be written.' };
  } catch (error) {
    return { state: 'degraded', detail: `The database cannot be written: ${reasonOf(error)}.` };
  }
}

function checkLock({ policies }: App): Check {
  if (policies.isTrusted) return { state: 'ok', detail: 'This server holds the lock of its data.' };
  return {
    state: 'degraded',
    detail: 'The connection that holds the lock was lost: keys are read from the database for each request.',
  };
}

function checkLimits({ keeper }: App): Check {
  const { batches, days, isFailing } = keeper.waiting;
  if (!isFailing) return { state: 'ok', detail: 'Limits and last uses are written.' };
  return {
    state: 'degraded',
    detail: `Limits cannot be written; ${batches} batches and ${days} counters wait. They hold until the process ends.`,
  };
}

function checkRequestLog({ requestLog }: App): Check {
  if (requestLog === null) return { state: 'ok', detail: 'The request log is switched off.' };
  const { failure, waiting } = requestLog.counts;
  if (failure === null)
    return { state: 'ok', detail: `The request log is written; ${waiting} records wait.` };
  return { state: 'degraded', detail: `The request log cannot be written: ${failure}.` };
}

async function readDisk({ settings }: App): Promise<{ check: Check; freeBytes: number | null }> {
  if (settings.dataDirectory === null) {
    return { check: { state: 'ok', detail: 'The data is in PostgreSQL.' }, freeBytes: null };
  }
  try {
    const { bavail, bsize } = await statfs(settings.dataDirectory);
    const freeBytes = bavail * bsize;
    const detail = `The data directory has room for ${Math.floor(freeBytes / 2 ** 20)} MiB.`;
    return { check: { state: freeBytes < enoughDiskBytes ? 'degraded' : 'ok', detail }, freeBytes };
  } catch (error) {
    const detail = `The data directory cannot be looked at: ${reasonOf(error)}.`;
    return { check: { state: 'degraded', detail }, freeBytes: null };
  }
}

async function look(app: App): Promise<Readiness> {
  const [database, writes, disk] = await Promise.all([checkDatabase(app), checkWrites(app), readDisk(app)]);
  const checks = {
    ...database,
    lock: checkLock(app),
    writes,
    limits: checkLimits(app),
    requestLog: checkRequestLog(app),
    disk: disk.check,
  };
  const states = Object.values(checks).map(({ state }) => state);
  const state = states.includes('failed') ? 'failed' : states.includes('degraded') ? 'degraded' : 'ok';
  return { state, checks, diskFreeBytes: disk.freeBytes };
}

interface Looked {
  readonly atMs: number;
  readonly readiness: Promise<Readiness>;
}

const looked = new WeakMap<App, Looked>();

/** Whether requests can be served, and what somebody should look at. Never rejects; at most a second old. */
export function readinessOf(app: App): Promise<Readiness> {
  const atMs = app.clock.monotonicMs();
  const last = looked.get(app);
  if (last && atMs - last.atMs < keptMs) return last.readiness;
  const readiness = look(app);
  looked.set(app, { atMs, readiness });
  void Promise.all([last?.readiness, readiness]).then(([before, now]) => logTurn(app, before, now));
  return readiness;
}

/** Only when something changed: probes ask every few seconds. */
function logTurn({ log }: App, before: Readiness | undefined, now: Readiness): void {
  for (const name of checkNames) {
    const { state, detail } = now.checks[name];
    if (state === (before?.checks[name].state ?? 'ok')) continue;
    const line = { event: 'check.changed', check: name, state, detail };
    if (state === 'ok') log.info(line, 'A check is well again');
    else log.warn(line, 'A check is not well');
  }
}
