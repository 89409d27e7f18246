import type { Environment } from '../../core/environments.ts';
import { maskSecrets } from '../../core/secret.ts';
import { AppError } from '../../errors.ts';
import { clearLater, insertParts } from '../../store/job-parts.ts';
import { findOwnJob, type JobRow, lockOwnJob, updateJob } from '../../store/jobs.ts';
import { type App, atomically, type Context, type Unit } from '../app.ts';
import { requireCreatorsRights } from './creator.ts';
import { publishJobEnd } from './events.ts';
import type { JobKind, LineError, Step, StepAsk } from './kind.ts';

/** How long a worker that says nothing keeps its job. */
export const leaseMs = 10_000;
/** Failures without a step between them, after which a job is given up. */
export const maxFailures = 6;
const firstDelayMs = 1_000;
const maxDelayMs = 5 * 60_000;
/** With SQLite a step runs within one turn of the event loop; with PostgreSQL most of it is waiting. */
const stepMs = { sqlite: 4, postgres: 40 };

/** Half of the delay, which doubles with each failure, is left to chance. */
export function delayAfter(failures: number, random = Math.random): number {
  const delay = Math.min(firstDelayMs * 2 ** (failures - 1), maxDelayMs);
  return Math.round((delay * (1 + random())) / 2);
}

function contextOf(row: JobRow): Context {
  return {
    tenantId: row.tenant_id,
    environment: row.environment as Environment,
    requestId: row.request_id,
    ip: row.ip,
    caller: { kind: 'system', id: row.id },
  };
}

function askOf(row: JobRow, hasTime: () => boolean): StepAsk<unknown, unknown> {
  return {
    id: row.id,
    payload: JSON.parse(row.payload),
    cursor: row.cursor === null ? null : JSON.parse(row.cursor),
    done: row.done,
    total: row.total,
    result: row.result === null ? {} : JSON.parse(row.result),
    hasTime,
  };
}

function endOf(now: number, state: 'succeeded' | 'failed') {
  return { state, due_at: null, worker: null, ended_at: now };
}

async function writeStep(app: App, unit: Unit, row: JobRow, step: Step<unknown>): Promise<void> {
  const { id, steps } = row;
  const errors: readonly LineError[] = step.errors ?? [];
  if (errors.length > 0)
    await insertParts(unit.tx, id, 'errors', [{ n: steps, body: Buffer.from(JSON.stringify(errors)) }]);
  if (step.output !== undefined && step.output.length > 0)
    await insertParts(unit.tx, id, 'output', [{ n: steps, body: Buffer.from(step.output as Uint8Array) }]);
  const now = app.clock.wallMs();
  const failure = step.failure ?? null;
  const isLast = step.next === null || failure !== null;
  if (isLast) await clearLater(unit.tx, id, failure === null ? ['input'] : ['input', 'output'], now);
  const columns = {
    cursor: step.next === null ? null : JSON.stringify(step.next),
    done: step.done,
    ...(step.total === undefined ? {} : { total: step.total }),
    ...(step.result === undefined ? {} : { result: JSON.stringify(step.result) }),
    error_count: row.error_count + errors.length,
    steps: steps + 1,
    failures: 0,
    error: failure,
    ...(isLast ? endOf(now, failure === null ? 'succeeded' : 'failed') : { due_at: now + leaseMs }),
  };
  await updateJob(unit.tx, id, columns);
  if (isLast) await publishJobEnd(app, unit, { ...row, ...columns });
}

interface Preparation {
  readonly steps: number;
  readonly prepared: unknown;
}

/** Null where the job is not this worker's any more. */
async function prepareStep(app: App, kind: JobKind, worker: string, id: string): Promise<Preparation | null> {
  const { read } = app.database;
  const row = await findOwnJob(read, worker, id);
  if (row === undefined) return null;
  const ctx = contextOf(row);
  await requireCreatorsRights(app, read, ctx, row, kind.scopes);
  const prepared = await kind.prepare!(
    app,
    ctx,
    askOf(row, () => true),
  );
  return { steps: row.steps, prepared };
}

/**
 * One step of a job that this worker has: what it changes and where the job then stands are one transaction, so that
 * no step is ever done twice. Returns whether there is more to do for this worker.
 */
export async function commitStep(app: App, kind: JobKind, worker: string, id: string): Promise<boolean> {
  const { dialect } = app.database;
  const preparation = kind.prepare ? await prepareStep(app, kind, worker, id) : undefined;
  if (preparation === null) return false;
  return atomically(app, async (unit) => {
    const row = await lockOwnJob(unit.tx, dialect, worker, id);
    if (row === undefined) return false;
    if (preparation !== undefined && preparation.steps !== row.steps) return true;
    const ctx = contextOf(row);
    await requireCreatorsRights(app, unit.tx, ctx, row, kind.scopes);
    const until = performance.now() + stepMs[dialect.name];
    const ask = askOf(row, () => performance.now() < until);
    const step = await kind.step(app, { ...ctx, unit }, ask, preparation?.prepared);
    await writeStep(app, unit, row, step);
    return step.next !== null && step.failure === undefined;
  });
}

const ourFault = 'Something went wrong on our side. The server log has the cause under the id of this job.';

/** What the caller is told; the inside stays in the log. */
function textOf(error: unknown): string {
  return error instanceof AppError && error.status < 500 ? maskSecrets(error.message) : ourFault;
}

/** Ends the job, or puts it back to be tried again later. */
export function noteFailure(app: App, worker: string, id: string, error: unknown): Promise<void> {
  return atomically(app, async (unit) => {
    const row = await lockOwnJob(unit.tx, app.database.dialect, worker, id);
    if (row === undefined) return;
    const now = app.clock.wallMs();
    const failures = row.failures + 1;
    const isHopeless = error instanceof AppError && error.status < 500;
    const then =
      isHopeless || failures >= maxFailures
        ? endOf(now, 'failed')
        : { state: 'queued', due_at: now + delayAfter(failures), worker: null };
    const columns = { ...then, failures, error: textOf(error) };
    await updateJob(unit.tx, id, columns);
    if (then.state === 'failed') await publishJobEnd(app, unit, { ...row, ...columns });
  });
}

/** Ends a job whose workers died too often at the same step. */
export function giveUp(app: App, worker: string, id: string): Promise<void> {
  return atomically(app, async (unit) => {
    const row = await lockOwnJob(unit.tx, app.database.dialect, worker, id);
    if (row === undefined) return;
    const error = `The server ended ${row.failures} times while it worked on the same step.`;
    const columns = { ...endOf(app.clock.wallMs(), 'failed'), error };
    await updateJob(unit.tx, id, columns);
    await publishJobEnd(app, unit, { ...row, ...columns });
  });
}

/** Puts the job back where it stands, for the next worker. */
export function releaseJob(app: App, worker: string, id: string): Promise<void> {
  return atomically(app, async ({ tx }) => {
    const row = await lockOwnJob(tx, app.database.dialect, worker, id);
    if (row !== undefined)
      await updateJob(tx, id, { state: 'queued', due_at: app.clock.wallMs(), worker: null });
  });
}
