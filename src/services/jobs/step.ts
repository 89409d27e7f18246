import type { Environment } from '../../core/environments.ts';
import { maskSecrets } from '../../core/secret.ts';
import { AppError } from '../../errors.ts';
import { clearLater, insertParts } from '../../store/job-parts.ts';
import { type JobRow, lockOwnJob, updateJob } from '../../store/jobs.ts';
import { type App, atomically, type Unit } from '../app.ts';
import { requireCreatorsRights } from './creator.ts';
import type { JobKind, LineError, Step } from './kind.ts';

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

function contextOf(row: JobRow, unit: Unit) {
  return {
    tenantId: row.tenant_id,
    environment: row.environment as Environment,
    requestId: row.request_id,
    ip: row.ip,
    caller: { kind: 'system', id: row.id },
    unit,
  } as const;
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
    await insertParts(unit.tx, id, 'output', [{ n: steps, body: Buffer.from(step.output) }]);
  const now = app.clock.wallMs();
  const isLast = step.next === null;
  if (isLast) await clearLater(unit.tx, id, ['input'], now);
  await updateJob(unit.tx, id, {
    cursor: isLast ? null : JSON.stringify(step.next),
    done: step.done,
    ...(step.total === undefined ? {} : { total: step.total }),
    ...(step.result === undefined ? {} : { result: JSON.stringify(step.result) }),
    error_count: row.error_count + errors.length,
    steps: steps + 1,
    failures: 0,
    error: null,
    ...(isLast ? endOf(now, 'succeeded') : { due_at: now + leaseMs }),
  });
}

/**
 * One step of a job that this worker has: what it changes and where the job then stands are one transaction, so that
 * no step is ever done twice. Returns whether there is more to do for this worker.
 */
export function commitStep(app: App, kind: JobKind, worker: string, id: string): Promise<boolean> {
  const { dialect } = app.database;
  return atomically(app, async (unit) => {
    const row = await lockOwnJob(unit.tx, dialect, worker, id);
    if (row === undefined) return false;
    const ctx = contextOf(row, unit);
    await requireCreatorsRights(app, unit.tx, ctx, row, kind.scopes);
    const until = performance.now() + stepMs[dialect.name];
    const step = await kind.step(app, ctx, {
      id,
      payload: JSON.parse(row.payload),
      cursor: row.cursor === null ? null : JSON.parse(row.cursor),
      done: row.done,
      total: row.total,
      result: row.result === null ? {} : JSON.parse(row.result),
      hasTime: () => performance.now() < until,
    });
    await writeStep(app, unit, row, step);
    return step.next !== null;
  });
}

const ourFault = 'Something went wrong on our side. The server log has the cause under the id of this job.';

/** What the caller is told; the inside stays in the log. */
function textOf(error: unknown): string {
  return error instanceof AppError && error.status < 500 ? maskSecrets(error.message) : ourFault;
}

/** Ends the job, or puts it back to be tried again later. */
export function noteFailure(app: App, worker: string, id: string, error: unknown): Promise<void> {
  return atomically(app, async ({ tx }) => {
    const row = await lockOwnJob(tx, app.database.dialect, worker, id);
    if (row === undefined) return;
    const now = app.clock.wallMs();
    const failures = row.failures + 1;
    const isHopeless = error instanceof AppError && error.status < 500;
    const then =
      isHopeless || failures >= maxFailures
        ? endOf(now, 'failed')
        : { state: 'queued', due_at: now + delayAfter(failures), worker: null };
    await updateJob(tx, id, { ...then, failures, error: textOf(error) });
  });
}

/** Ends a job whose workers died too often at the same step. */
export function giveUp(app: App, worker: string, id: string): Promise<void> {
  return atomically(app, async ({ tx }) => {
    const row = await lockOwnJob(tx, app.database.dialect, worker, id);
    if (row === undefined) return;
    const error = `The server ended ${row.failures} times while it worked on the same step.`;
    await updateJob(tx, id, { ...endOf(app.clock.wallMs(), 'failed'), error });
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
