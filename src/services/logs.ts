import { setTimeout as sleep } from 'node:timers/promises';
import { decodeCursor, encodeCursor } from '../core/cursor.ts';
import { isId } from '../core/id.ts';
import { AppError, invalid } from '../errors.ts';
import type { LogBodies } from '../store/telemetry/log-bodies.ts';
import type { LogFilter, LogRow } from '../store/telemetry/log-reader.ts';
import type { QueryAnswer, QueryArgs, QueryName } from '../store/telemetry/queries.ts';
import { TelemetryUnavailable } from '../store/telemetry/query-thread.ts';
import { type App, type Context, reader } from './app.ts';
import { keptSince } from './retention/kept.ts';

export type { LogBodies, LogRow };

const hourMs = 3_600_000;

/** The request log's filters as a caller gives them; times are epoch ms. */
export interface LogQuery extends Omit<LogFilter, 'requestId' | 'pathPrefix' | 'pathPart'> {
  readonly q?: string;
}

/** Asks the reading thread; where that cannot answer, the caller may try again. */
export async function askTelemetry<N extends QueryName>(
  app: App,
  name: N,
  ...args: QueryArgs<N>
): Promise<QueryAnswer<N>> {
  try {
    return await app.telemetry.run(name, ...args);
  } catch (error) {
    if (!(error instanceof TelemetryUnavailable)) throw error;
    app.log.error({ err: error, query: name }, 'What was recorded cannot be read');
    throw new AppError('store_unavailable', 'What was recorded cannot be read now; requests are served.', {
      headers: { 'Retry-After': '1' },
    });
  }
}

/** What `q` means depends on the range: to look for a part of every path takes time. */
export function filterOf({ q, ...filter }: LogQuery): LogFilter {
  if (filter.from !== undefined && filter.to !== undefined && filter.from >= filter.to) {
    throw invalid({ path: 'to', message: 'must be later than `from`' });
  }
  if (q === undefined) return filter;
  if (isId('req', q)) return { ...filter, requestId: q };
  const { from, to } = filter;
  const isShort = from !== undefined && to !== undefined && to - from <= hourMs;
  return isShort ? { ...filter, pathPart: q } : { ...filter, pathPrefix: q };
}

/** Without what is past its retention, whether or not it is deleted yet. */
async function keptOnly(app: App, ctx: Context, filter: LogFilter): Promise<LogFilter> {
  const { logs } = await keptSince(app, reader(app, ctx), ctx.tenantId);
  return { ...filter, from: Math.max(filter.from ?? 0, logs) };
}

const streamedAtOnce = 100;
/** Between two looks at the log by one reader at least, and at most, if nothing was written meanwhile. */
const calmMs = 250;
const patienceMs = 1_000;
const heartbeatMs = 15_000;

/** A row that came, or null: nothing did for a while, and the reader should hear that all is well. */
export type LogEvent = LogRow | null;

/**
 * Requests as they are recorded, after the position `after` (the newest where it is null), until the signal aborts.
 * Begins with null, so that the reader knows that it is heard.
 */
export async function* followLogs(
  app: App,
  ctx: Context,
  query: LogQuery,
  after: number | null,
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  const place = { tenantId: ctx.tenantId, environment: ctx.environment };
  const filter = await keptOnly(app, ctx, filterOf(query));
  let position = after ?? (await askTelemetry(app, 'newestSeq'));
  yield null;
  let heardAt = performance.now();
  while (!signal.aborted) {
    const { rows, seq } = await askTelemetry(app, 'logAfter', place, filter, {
      after: position,
      limit: streamedAtOnce,
    });
    const isBehind = seq > position;
    position = seq;
    for (const row of rows) yield row;
    if (rows.length > 0) heardAt = performance.now();
    else if (performance.now() - heardAt > heartbeatMs) {
      heardAt = performance.now();
      yield null;
    }
    if (!isBehind) await nextRecords(app, signal);
  }
}

async function nextRecords({ requestLog }: App, signal: AbortSignal): Promise<void> {
  const patience = sleep(patienceMs, undefined, { signal }).catch(() => {});
  const written = requestLog?.nextWrite ?? patience;
  await sleep(calmMs, undefined, { signal }).catch(() => {});
  await Promise.race([written, patience]);
}

/** The position that a stream's last event named, for those who come back. */
export function positionOfEvent(lastEventId: string | undefined): number | null {
  if (lastEventId === undefined) return null;
  const seq = Number(lastEventId);
  if (Number.isSafeInteger(seq) && seq >= 0) return seq;
  throw invalid({ path: 'Last-Event-ID', message: 'must be the id of an event of this stream' });
}

function positionOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const seq = Number(decodeCursor(cursor) ?? Number.NaN);
  if (Number.isSafeInteger(seq) && seq > 0) return seq;
  throw invalid({ path: 'cursor', message: 'must be the `nextCursor` of a page' });
}

/** Newest first. A page may be short and still have a next one: then the rest of the log takes longer to look through. */
export async function listLogs(
  app: App,
  ctx: Context,
  { cursor, limit, ...query }: LogQuery & { readonly cursor?: string; readonly limit: number },
): Promise<{ items: readonly LogRow[]; nextCursor: string | null }> {
  const before = positionOf(cursor);
  const place = { tenantId: ctx.tenantId, environment: ctx.environment };
  const filter = await keptOnly(app, ctx, filterOf(query));
  const { rows, next } = await askTelemetry(app, 'logPage', place, filter, { before, limit });
  return { items: rows, nextCursor: next === null ? null : encodeCursor(String(next)) };
}

export async function readLog(app: App, ctx: Context, requestId: string): Promise<LogRow> {
  const place = { tenantId: ctx.tenantId, environment: ctx.environment };
  const filter = await keptOnly(app, ctx, { requestId });
  const row = isId('req', requestId) ? await findRow(app, place, filter) : null;
  if (row) return row;
  throw new AppError('not_found', 'There is no such request in the log of this environment.');
}

/** A row with what is kept of its bodies. */
export interface LogRowWithBodies {
  readonly row: LogRow;
  readonly bodies: LogBodies | null;
}

export async function readLogWithBodies(
  app: App,
  ctx: Context,
  requestId: string,
): Promise<LogRowWithBodies> {
  const row = await readLog(app, ctx, requestId);
  return { row, bodies: await askTelemetry(app, 'logBodies', row.seq, row.at) };
}

async function findRow(app: App, place: QueryArgs<'logPage'>[0], filter: LogFilter): Promise<LogRow | null> {
  for (let before: number | null = null; ; ) {
    const page: QueryAnswer<'logPage'> = await askTelemetry(app, 'logPage', place, filter, {
      before,
      limit: 1,
    });
    const [row] = page.rows;
    if (row) return row;
    if (page.next === null) return null;
    before = page.next;
  }
}
