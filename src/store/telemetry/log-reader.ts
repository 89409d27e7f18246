import { type ExpressionBuilder, sql } from 'kysely';
import type { LoggedRequest } from '../../core/log-entry.ts';
import { BlockFilter } from '../../telemetry/block-filter.ts';
import { entriesOf, statusClassOf } from './log-block.ts';
import type { TelemetryDb } from './log-writer.ts';
import type { TelemetryTables } from './tables.ts';

/** Whose requests: a tenant's in one environment, or (tenant '') those without a known key. */
export interface LogPlace {
  readonly tenantId: string;
  readonly environment: string;
}

export interface LogFilter {
  readonly keyId?: string;
  readonly secretId?: string;
  readonly status?: number;
  /** `2xx` to `5xx`. */
  readonly statusClass?: string;
  readonly code?: string;
  readonly method?: string;
  /** The template. */
  readonly route?: string;
  readonly ip?: string;
  readonly clientRequestId?: string;
  readonly requestId?: string;
  /** Epoch ms, inclusive. */
  readonly from?: number;
  /** Epoch ms, exclusive. */
  readonly to?: number;
  readonly pathPrefix?: string;
  readonly pathPart?: string;
}

/** As lists and exports show it, and what explains it. */
export interface LogRow extends LoggedRequest {
  readonly seq: number;
  readonly key_version: number | null;
  readonly policy: string | null;
  /** Of the host; `environment` is the key's where one is known. */
  readonly asked_environment: string;
}

export interface LogPage {
  readonly rows: readonly LogRow[];
  /** Go on below this `seq`; null at the end of the log. A page may have fewer rows than asked for and still go on. */
  readonly next: number | null;
}

/** Long enough to look through some ten thousand rows, short enough not to be waited for. */
const budgetMs = 60;
const blocksAtOnce = 256;

type Conditions = (eb: ExpressionBuilder<TelemetryTables, 'request_log'>) => ReturnType<typeof eb.and>;

interface Span {
  /** Inclusive, both. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** What is known of the rows' times: lets PostgreSQL leave out the other days. */
  readonly times?: { readonly from: number; readonly to: number };
}

/**
 * One page of the log, newest first: rows below `before`, at most `limit`. Blocks that cannot hold a match are left
 * out unread; when what is left takes too long, the page ends early and says where to go on.
 */
export async function readLogPage(
  db: TelemetryDb,
  { tenantId, environment }: LogPlace,
  filter: LogFilter,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<LogPage> {
  const place = await placeRef(db, tenantId, environment);
  if (place === null) return { rows: [], next: null };
  const conditions = conditionsFor(place, filter);
  const entries = entriesOf({ ...filter, place });
  const rows: LogRow[] = [];
  const deadline = performance.now() + budgetMs;
  const read = async (span: Span) => {
    rows.push(...(await readSpan(db, conditions, span, limit - rows.length)));
  };
  const next = () => (rows.length === limit ? rows.at(-1)!.seq : null);

  let below = before ?? Number.MAX_SAFE_INTEGER;
  const closed = await lastClosedSeq(db);
  if (below > closed + 1) await read({ fromSeq: closed + 1, toSeq: below - 1 });
  for (;;) {
    if (rows.length === limit) return { rows, next: next() };
    const blocks = await readBlocks(db, below, filter);
    if (blocks.length === 0) return { rows, next: null };
    for (const block of blocks) {
      if (mayHold(block, filter, entries)) {
        await read({
          fromSeq: block.first_seq,
          toSeq: Math.min(block.last_seq, below - 1),
          times: { from: block.from_at, to: block.to_at },
        });
        if (rows.length === limit) return { rows, next: next() };
      }
      below = block.first_seq;
      if (performance.now() > deadline) return { rows, next: below };
    }
  }
}

/** Rows looked at in one go by who follows the log. */
const rowsAhead = 20_000;

/** What came after `after`, oldest first; `seq` is how far it looked, which may not be the end. */
export async function readLogAfter(
  db: TelemetryDb,
  { tenantId, environment }: LogPlace,
  filter: LogFilter,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly rows: readonly LogRow[]; readonly seq: number }> {
  const seq = Math.min(await newestSeq(db), after + rowsAhead);
  const place = await placeRef(db, tenantId, environment);
  if (place === null || seq <= after) return { rows: [], seq };
  const conditions = conditionsFor(place, filter);
  const rows = await selectRows(db, conditions, { fromSeq: after + 1, toSeq: seq })
    .orderBy('request_log.seq')
    .limit(limit)
    .execute();
  return { rows, seq: rows.length === limit ? rows.at(-1)!.seq : seq };
}

export async function newestSeq(db: TelemetryDb): Promise<number> {
  const { seq } = await db
    .selectFrom('request_log')
    .select((eb) => eb.fn.coalesce(eb.fn.max('seq'), eb.lit(0)).as('seq'))
    .executeTakeFirstOrThrow();
  return seq;
}

export async function placeRef(
  db: TelemetryDb,
  tenantId: string,
  environment: string,
): Promise<number | null> {
  const row = await db
    .selectFrom('log_places')
    .select('ref')
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .executeTakeFirst();
  return row?.ref ?? null;
}

export async function lastClosedSeq(db: TelemetryDb): Promise<number> {
  const { seq } = await db
    .selectFrom('log_blocks')
    .select((eb) => eb.fn.coalesce(eb.fn.max('last_seq'), eb.lit(0)).as('seq'))
    .executeTakeFirstOrThrow();
  return seq;
}

/**
 * By their times: after a clock was set back, later requests stand before earlier ones. What the columns rule out is
 * left to the database, which then does not read the block's filter.
 */
function readBlocks(db: TelemetryDb, below: number, { from, to, requestId }: LogFilter) {
  return db
    .selectFrom('log_blocks')
    .selectAll()
    .where('first_seq', '<', below)
    .$if(from !== undefined, (query) => query.where('to_at', '>=', from!))
    .$if(to !== undefined, (query) => query.where('from_at', '<', to!))
    .$if(requestId !== undefined, (query) =>
      query.where('from_id', '<=', requestId!).where('to_id', '>=', requestId!),
    )
    .orderBy('first_seq', 'desc')
    .limit(blocksAtOnce)
    .execute();
}

type Block = Awaited<ReturnType<typeof readBlocks>>[number];

export function mayHold(
  block: Block,
  { from, to, requestId }: LogFilter,
  entries: readonly string[],
): boolean {
  if (from !== undefined && block.to_at < from) return false;
  if (to !== undefined && block.from_at >= to) return false;
  if (requestId !== undefined && (requestId < block.from_id || requestId > block.to_id)) return false;
  const filter = new BlockFilter(block.filter);
  return entries.every((entry) => filter.has(entry));
}

async function readSpan(
  db: TelemetryDb,
  conditions: Conditions,
  span: Span,
  limit: number,
): Promise<LogRow[]> {
  return selectRows(db, conditions, span).orderBy('request_log.seq', 'desc').limit(limit).execute();
}

export function selectRows(db: TelemetryDb, conditions: Conditions, { fromSeq, toSeq, times }: Span) {
  return db
    .selectFrom('request_log')
    .innerJoin('log_places', 'log_places.ref', 'request_log.place')
    .leftJoin('log_keys', 'log_keys.ref', 'request_log.key_ref')
    .leftJoin('log_routes', 'log_routes.ref', 'request_log.route_ref')
    .select([
      'request_log.seq',
      'request_log.at',
      'request_log.request_id',
      'request_log.client_request_id',
      'log_keys.key_id',
      'log_keys.key_name',
      'log_keys.version as key_version',
      'log_keys.secret_id',
      'log_keys.hint',
      'log_keys.policy',
      'log_places.environment',
      'request_log.environment as asked_environment',
      'request_log.method',
      'request_log.path',
      'log_routes.template as route',
      'log_routes.scopes',
      'request_log.status',
      'request_log.code',
      'request_log.duration_us',
      'request_log.ip',
      'request_log.user_agent',
      'request_log.request_bytes',
      'request_log.response_bytes',
      'request_log.details',
    ])
    .where('request_log.seq', '>=', fromSeq)
    .where('request_log.seq', '<=', toSeq)
    .$if(times !== undefined, (query) =>
      query.where('request_log.at', '>=', times!.from).where('request_log.at', '<=', times!.to),
    )
    .where((eb) => conditions(eb as never));
}

export function conditionsFor(place: number, filter: LogFilter): Conditions {
  const { keyId, secretId, status, statusClass, code, method, route, ip } = filter;
  const { clientRequestId, requestId, from, to, pathPrefix, pathPart } = filter;
  return (eb) =>
    eb.and(
      [
        eb('request_log.place', '=', place),
        keyId === undefined ? null : eb('key_ref', 'in', keyRefs(eb, 'key_id', keyId)),
        secretId === undefined ? null : eb('key_ref', 'in', keyRefs(eb, 'secret_id', secretId)),
        status === undefined ? null : eb('status', '=', status),
        statusClass === undefined ? null : ofClass(eb, statusClass),
        code === undefined ? null : eb('code', '=', code),
        method === undefined ? null : eb('request_log.method', '=', method),
        route === undefined
          ? null
          : eb('route_ref', 'in', eb.selectFrom('log_routes').select('ref').where('template', '=', route)),
        ip === undefined ? null : eb('ip', '=', ip),
        clientRequestId === undefined ? null : eb('client_request_id', '=', clientRequestId),
        requestId === undefined ? null : eb('request_id', '=', requestId),
        from === undefined ? null : eb('at', '>=', from),
        to === undefined ? null : eb('at', '<', to),
        pathPrefix === undefined ? null : sql<boolean>`substr(path, 1, ${pathPrefix.length}) = ${pathPrefix}`,
        pathPart === undefined ? null : sql<boolean>`replace(path, ${pathPart}, '') <> path`,
      ].filter((condition) => condition !== null),
    );
}

function keyRefs(
  eb: ExpressionBuilder<TelemetryTables, 'request_log'>,
  column: 'key_id' | 'secret_id',
  value: string,
) {
  return eb.selectFrom('log_keys').select('log_keys.ref').where(`log_keys.${column}`, '=', value);
}

function ofClass(eb: ExpressionBuilder<TelemetryTables, 'request_log'>, statusClass: string) {
  const first = Number(statusClass[0]) * 100;
  if (statusClass !== statusClassOf(first)) throw new RangeError(`status class: ${statusClass}`);
  return eb.between('status', first, first + 99);
}
