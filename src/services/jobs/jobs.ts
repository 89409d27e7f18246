import { promisify } from 'node:util';
import { gunzip, type ZlibOptions } from 'node:zlib';
import { containsSecret } from '../../core/secret.ts';
import { AppError, notFound } from '../../errors.ts';
import { clearLater, findPart, jobStreams } from '../../store/job-parts.ts';
import {
  deleteJobRow,
  findJob,
  findJobs,
  insertJob,
  type JobFilters,
  type JobPlace,
  type JobRow,
  lockJob,
  updateJob,
} from '../../store/jobs.ts';
import { type App, type Context, change, holdsScope, reader, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { cutPage, type Page, type PageAsk, readCursor } from '../page.ts';
import { keptSince } from '../retention/kept.ts';
import { publishJobEnd } from './events.ts';
import { claimInput } from './input.ts';
import type { JobOutput, LineError } from './kind.ts';
import { jobOf } from './view.ts';

/** Lines of the report that an answer has at most. */
export const maxReported = 10_000;

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
const ended: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);

export interface NewJob {
  readonly kind: string;
  /** JSON; never a secret. */
  readonly payload: object;
  readonly total?: number;
  /** Of the job whose input was written before. */
  readonly id?: string;
  /** What the audit log, which is kept for ever, says in the place of the payload. */
  readonly audited?: object;
}

/** A job, and whether something can be fetched of it. */
export interface Job extends JobRow {
  readonly hasOutput: boolean;
}

function auditOf({ kind, state, done, total }: JobRow) {
  return { kind, state, done, total };
}

function rowOf(app: App, ctx: Context, job: NewJob): JobRow {
  const payload = JSON.stringify(job.payload);
  if (containsSecret(payload)) throw new Error('The payload of a job contains the text of a key.');
  const now = app.clock.wallMs();
  return {
    id: job.id ?? app.newId('job'),
    tenant_id: ctx.tenantId,
    environment: ctx.environment,
    kind: job.kind,
    state: 'queued',
    payload,
    cursor: null,
    done: 0,
    total: job.total ?? null,
    steps: 0,
    attempts: 0,
    failures: 0,
    due_at: now,
    worker: null,
    error: null,
    error_count: 0,
    result: null,
    created_by_kind: ctx.caller.kind,
    created_by: ctx.caller.id,
    request_id: ctx.requestId,
    ip: ctx.ip,
    created_at: now,
    started_at: null,
    ended_at: null,
  };
}

/** Puts a job into the queue that nobody asked for, in the open transaction; the audit log has what it does. */
export async function enqueueOwnJob(app: App, ctx: Context, { tx, afterCommit }: Unit, job: NewJob) {
  await insertJob(tx, rowOf(app, ctx, job));
  afterCommit.push(() => app.jobs.wake());
}

/** Puts a job into the queue, if its kind allows one more, in the transaction of `ctx` where there is one: both happen or neither. */
export function enqueueJob(app: App, ctx: Context, job: NewJob): Promise<Job> {
  const row = rowOf(app, ctx, job);
  return change(app, ctx, async (unit) => {
    if (job.id !== undefined) await claimInput(unit, job.id);
    await app.jobs.kinds.get(job.kind)?.admit?.(app, ctx, unit);
    await insertJob(unit.tx, row);
    const after = { kind: job.kind, payload: job.audited ?? job.payload, total: row.total };
    await recordChange(app, ctx, unit, { action: 'job.created', targetId: row.id, after });
    unit.afterCommit.push(() => app.jobs.wake());
    return jobOf(app, row);
  });
}

async function placeOf(app: App, ctx: Context): Promise<JobPlace> {
  const { tenantId, environment } = ctx;
  const { jobs } = await keptSince(app, reader(app, ctx), tenantId);
  return { tenantId, environment, keptSince: jobs };
}

export async function listJobs(app: App, ctx: Context, query: PageAsk & JobFilters): Promise<Page<Job>> {
  const page = { limit: query.limit + 1, before: readCursor('job', query.cursor) };
  const rows = await findJobs(reader(app, ctx), await placeOf(app, ctx), query, page);
  const { kept, nextCursor } = cutPage(rows, query.limit, (row) => row.id);
  return { items: kept.map((row) => jobOf(app, row)), nextCursor };
}

/** With its report: what was wrong with which line, the first 10,000. */
export async function getJob(app: App, ctx: Context, id: string) {
  const db = reader(app, ctx);
  const row = await findJob(db, await placeOf(app, ctx), id);
  if (row === undefined) throw notFound('job');
  const errors: LineError[] = [];
  for (let n = 0; errors.length < maxReported; ) {
    const part = await findPart(db, id, 'errors', n);
    if (part === undefined) break;
    errors.push(...(JSON.parse(part.body.toString('utf8')) as LineError[]));
    n = part.n + 1;
  }
  return { job: jobOf(app, row), errors: errors.slice(0, maxReported) };
}

function changeJob(
  app: App,
  ctx: Context,
  id: string,
  action: string,
  work: (unit: Unit, row: JobRow) => Promise<Partial<JobRow>>,
): Promise<Job> {
  return change(app, ctx, async (unit) => {
    const place = await placeOf(app, { ...ctx, unit });
    const row = await lockJob(unit.tx, app.database.dialect, place, id);
    if (row === undefined) throw notFound('job');
    const changes = await work(unit, row);
    const changed = { ...row, ...changes };
    await recordChange(app, ctx, unit, {
      action,
      targetId: id,
      before: auditOf(row),
      ...(action === 'job.deleted' ? {} : { after: auditOf(changed) }),
    });
    unit.afterCommit.push(() => app.jobs.wake());
    return jobOf(app, changed);
  });
}

/** Holds for the very next step; what earlier steps have done stays done. */
export function cancelJob(app: App, ctx: Context, id: string): Promise<Job> {
  return changeJob(app, ctx, id, 'job.cancelled', async (unit, row) => {
    if (ended.has(row.state)) throw new AppError('conflict', `This job has ended already: it ${verb(row)}.`);
    const changes = { state: 'cancelled', due_at: null, worker: null, ended_at: app.clock.wallMs() };
    await updateJob(unit.tx, id, changes);
    await publishJobEnd(app, unit, { ...row, ...changes });
    return changes;
  });
}

function verb({ state }: JobRow): string {
  return state === 'cancelled' ? 'was cancelled' : state;
}

/** Goes on at the last committed step. */
export function retryJob(app: App, ctx: Context, id: string): Promise<Job> {
  return changeJob(app, ctx, id, 'job.retried', async (unit, row) => {
    if (row.state !== 'failed' && row.state !== 'cancelled') {
      const detail = `Only a job that failed or was cancelled can be tried again; this one is ${row.state}.`;
      throw new AppError('conflict', detail);
    }
    await app.jobs.kinds.get(row.kind)?.admit?.(app, ctx, unit);
    const due_at = app.clock.wallMs();
    const changes = { state: 'queued', due_at, failures: 0, error: null, ended_at: null };
    await updateJob(unit.tx, id, changes);
    return changes;
  });
}

export async function deleteJob(app: App, ctx: Context, id: string): Promise<void> {
  await changeJob(app, ctx, id, 'job.deleted', async ({ tx }, row) => {
    if (!ended.has(row.state)) {
      throw new AppError('conflict', `This job is ${row.state}. Cancel it first, then delete it.`);
    }
    await deleteJobRow(tx, id);
    await clearLater(tx, id, jobStreams, app.clock.wallMs());
    return {};
  });
}

export interface OpenedOutput extends JobOutput {
  readonly chunks: AsyncIterable<Buffer>;
}

/** What a job has made, piece by piece. The caller needs the scope that its kind names. */
export async function openOutput(app: App, ctx: Context, id: string): Promise<OpenedOutput> {
  const place = await placeOf(app, ctx);
  const row = await findJob(app.database.read, place, id);
  const output = row && app.jobs.kinds.get(row.kind)?.output?.(JSON.parse(row.payload), id);
  if (row === undefined || output === undefined)
    throw notFound(row === undefined ? 'job' : 'output of a job');
  if (!holdsScope(app, ctx, output.scope)) {
    const members = { requiredScopes: [output.scope], missingScopes: [output.scope] };
    const code = ctx.caller.kind === 'key' ? 'insufficient_scope' : 'role_not_allowed';
    throw new AppError(code, `The output of this job needs ${output.scope}.`, { members });
  }
  if (row.state !== 'succeeded') {
    throw new AppError('conflict', `This job is ${row.state}: its output is there once it has succeeded.`);
  }
  const parts = partsOf(app, place, id);
  return { ...output, chunks: output.isCompressed ? unpacked(parts) : parts };
}

async function* partsOf(app: App, place: JobPlace, id: string): AsyncIterable<Buffer> {
  for (let n = 0; ; n++) {
    const part = await findPart(app.database.read, id, 'output', n);
    if (part === undefined) {
      // Parts go after their job: without it, some may be gone that were not read, and this is no end.
      if ((await findJob(app.database.read, place, id)) === undefined) throw notFound('job');
      return;
    }
    yield part.body;
    n = part.n;
  }
}

const unzip = promisify<Buffer, ZlibOptions, Buffer>(gunzip);
/** Each chunk of what is unpacked is a turn of the loop. */
const chunkSize = 256 * 1_024;
/** Whoever reads slowly, and whoever waits for the loop, is served better by small ones. */
const pieceBytes = 65_536;

/** Each piece in a thread of its own: the loop only hands it on. */
async function* unpacked(parts: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  for await (const part of parts) {
    const whole = await unzip(part, { chunkSize });
    for (let at = 0; at < whole.length; at += pieceBytes) yield whole.subarray(at, at + pieceBytes);
  }
}
