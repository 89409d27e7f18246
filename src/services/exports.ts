import { setTimeout as delay } from 'node:timers/promises';
import { type LogExportFormat, logExportForms } from '../core/log-entry.ts';
import { urlContainsSecret } from '../core/secret.ts';
import { AppError, invalid } from '../errors.ts';
import { countOpenJobs, findResults } from '../store/jobs.ts';
import type { ExportPiece } from '../store/telemetry/log-export.ts';
import type { LogFilter } from '../store/telemetry/log-reader.ts';
import type { App, Context, Unit } from './app.ts';
import { enqueueJob, type Job } from './jobs/jobs.ts';
import { type JobKind, jobKind, type Step, type StepAsk, type StepContext } from './jobs/kind.ts';
import { askTelemetry, filterOf, type LogQuery } from './logs.ts';
import { keptSince } from './retention/kept.ts';

const exportKind = 'logs.export';
/** Of text: some six million requests. A tenth of it is stored. */
const maxExportBytes = 2 * 1_024 ** 3;
/** Unfinished ones at one place. */
const maxOpen = 3;
/** At one place: who may read the log must not be able to fill the disk. */
const maxKept = { exports: 1_000, bytes: 10 * maxExportBytes };
/** How long the log may take to write what was answered before. */
const patienceMs = 1_000;

interface Payload {
  readonly format: LogExportFormat;
  readonly filter: LogFilter;
}

interface Cursor {
  /** Positions of the log: where it began, how far it looked, and where it ends. */
  readonly first: number;
  readonly after: number;
  readonly last: number;
}

interface Prepared {
  readonly from: Cursor;
  /** null: it has become too long. */
  readonly piece: ExportPiece | null;
}

/** A step has about so much text, and takes so long: each ends with a write to the disk. */
const stepBytes = 2 * 1_024 ** 2;
const stepMs = 300;

const nothing = (seq: number): ExportPiece => ({ body: null, bytes: 0, rows: 0, seq });

/** What was answered before the job began is in the log, unless that cannot be written. */
async function begin(app: App, filter: LogFilter): Promise<Cursor> {
  await Promise.race([app.requestLog?.flush(), delay(patienceMs, undefined, { ref: false })]);
  const { first, last } = await askTelemetry(app, 'exportBounds', filter.from ?? 0);
  return { first, after: first - 1, last: Math.max(last, first - 1) };
}

async function prepare(
  app: App,
  { tenantId, environment }: Context,
  { payload: { format, filter: asked }, cursor, result }: StepAsk<Payload, Cursor>,
  maxBytes: number,
): Promise<Prepared> {
  const { logs } = await keptSince(app, app.database.read, tenantId);
  const filter = { ...asked, from: Math.max(asked.from ?? 0, logs) };
  const from = cursor ?? (await begin(app, filter));
  if ((result.bytes ?? 0) > maxBytes) return { from, piece: null };
  const { after, last } = from;
  const until = performance.now() + stepMs;
  let piece = nothing(after);
  for (let isFirst = cursor === null; isFirst || piece.seq < last; isFirst = false) {
    const ask = { format, after: piece.seq, last, isFirst };
    const next = await askTelemetry(app, 'exportPiece', { tenantId, environment }, filter, ask);
    piece = joined(piece, next);
    if (piece.bytes >= stepBytes || performance.now() > until) break;
  }
  return { from, piece };
}

/** Compressed texts one after the other are one compressed text. */
function joined(a: ExportPiece, b: ExportPiece): ExportPiece {
  const bodies = [a.body, b.body].filter((body) => body !== null);
  return {
    body: bodies.length === 2 ? Buffer.concat(bodies) : (bodies[0] ?? null),
    bytes: a.bytes + b.bytes,
    rows: a.rows + b.rows,
    seq: b.seq,
  };
}

function tooLong(maxBytes: number): string {
  const mebibytes = Math.round(maxBytes / 1_024 ** 2);
  return `The export would be longer than ${mebibytes} MiB. Ask for a shorter time with from and to, or for less with filters.`;
}

async function step(
  { done, result: before }: StepAsk<Payload, Cursor>,
  { from, piece }: Prepared,
  maxBytes: number,
): Promise<Step<Cursor>> {
  if (piece === null) return { next: from, done, failure: tooLong(maxBytes) };
  const { first, last } = from;
  const result = { rows: (before.rows ?? 0) + piece.rows, bytes: (before.bytes ?? 0) + piece.bytes };
  const told = {
    done: piece.seq - first + 1,
    total: last - first + 1,
    result,
    ...(piece.body === null ? {} : { output: piece.body }),
  };
  const next = { first, after: piece.seq, last };
  if (result.bytes > maxBytes) return { next, ...told, failure: tooLong(maxBytes) };
  return { next: piece.seq < last ? next : null, ...told };
}

/** Writes requests of the log that came before it began, in the order of their answers, as one text. */
export function logExport(maxBytes = maxExportBytes): JobKind {
  return jobKind<Payload, Cursor, Prepared>({
    name: exportKind,
    scopes: ['logs:read'],
    output: ({ format }, id) => ({
      scope: 'logs:read',
      mediaType: logExportForms[format].mediaType,
      fileName: `requests-${id}.${format}`,
      isCompressed: true,
    }),
    admit: requireRoom,
    prepare: (app, ctx, ask) => prepare(app, ctx, ask, maxBytes),
    step: (_app: App, _ctx: StepContext, ask, prepared) => step(ask, prepared, maxBytes),
  });
}

async function requireRoom(app: App, ctx: Context, { tx }: Unit): Promise<void> {
  const { tenantId, environment } = ctx;
  // Two that come at once must not both be the last.
  await app.database.dialect.serialize(tx, `exports of ${tenantId}/${environment}`);
  if ((await countOpenJobs(tx, ctx, exportKind)) >= maxOpen) {
    const detail = `${maxOpen} exports of this environment are under way. Wait for one of them, or cancel it.`;
    throw new AppError('conflict', detail);
  }
  const { jobs: keptJobsSince } = await keptSince(app, tx, tenantId);
  const place = { tenantId, environment, keptSince: keptJobsSince, bounds: null };
  const kept = await findResults(tx, place, exportKind, maxKept.exports);
  const bytes = kept.reduce((sum, result) => sum + (result.bytes ?? 0), 0);
  if (kept.length < maxKept.exports && bytes < maxKept.bytes) return;
  const detail = `The ${kept.length} exports that this environment keeps are too many, or too long together. Delete some with DELETE /api/v1/jobs/{id}.`;
  throw new AppError('conflict', detail);
}

export type LogExportInput = LogQuery & { readonly format: LogExportFormat };

export function startLogExport(app: App, ctx: Context, { format, ...query }: LogExportInput): Promise<Job> {
  const filter = filterOf(query);
  for (const [path, value] of Object.entries(query)) {
    // A path is looked for as it was sent.
    if (typeof value === 'string' && urlContainsSecret(value))
      throw invalid({ path, message: 'must not contain the text of a key' });
  }
  return enqueueJob(app, ctx, { kind: exportKind, payload: { format, filter } });
}
