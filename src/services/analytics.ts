import { decodeCursor, encodeCursor } from '../core/cursor.ts';
import { invalid } from '../errors.ts';
import type { AnalyticsAsk, ConversationGrouping, ConversationRow, MessageRow } from '../store/analytics.ts';
import { keysWithin } from '../store/customers.ts';
import type { UsageDayRow } from '../store/telemetry/usage-days.ts';
import { type App, type Context, reader } from './app.ts';
import { customersOf } from './customer-bounds.ts';
import { askTelemetry } from './logs.ts';
import { invalidCursor, type PageAsk } from './page.ts';
import { keptSince } from './retention/kept.ts';

export { conversationGroupings } from '../store/analytics.ts';
export type { ConversationGrouping, ConversationRow, MessageRow, UsageDayRow };

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** What is written now may have been begun so long ago, by a clock that differs so much. */
const overlapMs = 60_000;

export interface AnalyticsQuery {
  readonly from?: number;
  readonly to?: number;
  readonly updatedSince?: number;
}

/** Some of the rows, in their order. */
interface Piece<R> {
  readonly rows: readonly R[];
  /** The parts of the place where the next piece begins; null at the end. */
  readonly next: readonly (string | number)[] | null;
}

/** One kind of rows: reads those behind a place, as many as are asked for at most. */
export type RowReader<R, Q extends AnalyticsQuery = AnalyticsQuery> = (
  app: App,
  ctx: Context,
  query: Q,
  page: { readonly after: readonly string[] | null; readonly limit: number },
) => Promise<Piece<R>>;

function daysOf({ from, to }: AnalyticsQuery): { readonly from: number | null; readonly to: number | null } {
  const range = {
    from: from === undefined ? null : Math.floor(from / dayMs) * dayMs,
    to: to === undefined ? null : Math.ceil(to / dayMs) * dayMs,
  };
  if (range.from !== null && range.to !== null && range.from >= range.to)
    throw invalid({ path: 'to', message: 'must be later than `from`' });
  return range;
}

function askOf(ctx: Context, query: AnalyticsQuery): AnalyticsAsk {
  return { ...daysOf(query), since: query.updatedSince ?? null, customers: customersOf(ctx) };
}

function placeOf({ tenantId, environment }: Context) {
  return { tenantId, environment };
}

export type ConversationsQuery = AnalyticsQuery & { readonly groupBy: ConversationGrouping };

const nullable = (part: string | undefined) => (part === undefined || part === '-' ? null : part);

export const conversationRows: RowReader<ConversationRow, ConversationsQuery> = async (
  app,
  ctx,
  query,
  { after, limit },
) => {
  const [day, channel, status] = after ?? [];
  const position = after && { day: Number(day), channel: nullable(channel), status: nullable(status) };
  const ask = { ...askOf(ctx, query), by: query.groupBy };
  const page = { after: position, limit };
  const { rows, next } = await askTelemetry(app, 'conversationRows', placeOf(ctx), ask, page);
  return { rows, next: next && [next.day, next.channel ?? '-', next.status ?? '-'] };
};

export const messageRows: RowReader<MessageRow> = async (app, ctx, query, { after, limit }) => {
  const [day, channel = ''] = after ?? [];
  const page = { after: after && { day: Number(day), channel }, limit };
  const { rows, next } = await askTelemetry(app, 'messageRows', placeOf(ctx), askOf(ctx, query), page);
  return { rows, next: next && [next.day, next.channel] };
};

/** A day of which hours are past their retention is left out as a whole. */
export const usageRows: RowReader<UsageDayRow> = async (app, ctx, query, { after, limit }) => {
  const { from, to, since, customers } = askOf(ctx, query);
  const { hours } = await keptSince(app, reader(app, ctx), ctx.tenantId);
  const keptFrom = Math.ceil(hours / dayMs) * dayMs;
  const changedFrom = since === null ? 0 : Math.floor((since - hourMs) / dayMs) * dayMs;
  const { dialect } = app.database;
  const keyIds = customers && (await keysWithin(reader(app, ctx), dialect, ctx, customers));
  const ask = { from: Math.max(from ?? 0, keptFrom, changedFrom), to, since, keyIds };
  const [day, keyId = ''] = after ?? [];
  const page = { after: after && { day: Number(day), keyId }, limit };
  const { rows, next } = await askTelemetry(app, 'usageDays', placeOf(ctx), ask, page);
  return { rows, next: next && [next.day, next.keyId] };
};

export interface AnalyticsPage<R> {
  readonly rows: readonly R[];
  readonly nextCursor: string | null;
  /** Whatever changed before is in the rows, whichever page they are on. */
  readonly asOf: number;
}

/** All pages of a walk name the moment at which the first was asked for. */
function readAnalyticsCursor(cursor: string): { readonly asOf: number; readonly after: readonly string[] } {
  const [asOf = '', ...after] = (decodeCursor(cursor) ?? '').split(' ');
  if (!/^\d{1,15}$/.test(asOf) || after.length < 2 || !/^-?\d{1,15}$/.test(after[0]!)) throw invalidCursor();
  return { asOf: Number(asOf), after };
}

export function asOfNow(app: App): number {
  return app.clock.wallMs() - overlapMs;
}

export async function readAnalytics<R, Q extends AnalyticsQuery>(
  app: App,
  ctx: Context,
  read: RowReader<R, Q>,
  query: Q & PageAsk,
): Promise<AnalyticsPage<R>> {
  const { cursor, limit } = query;
  const { asOf, after } =
    cursor === undefined ? { asOf: asOfNow(app), after: null } : readAnalyticsCursor(cursor);
  const { rows, next } = await read(app, ctx, query, { after, limit });
  return { rows, asOf, nextCursor: next && encodeCursor([asOf, ...next].join(' ')) };
}

const rowsAtOnce = 1_000;

/** All rows, some at a time; the first piece is there even where there are none. */
export async function* walkAnalytics<R, Q extends AnalyticsQuery>(
  app: App,
  ctx: Context,
  read: RowReader<R, Q>,
  query: Q,
): AsyncGenerator<readonly R[]> {
  for (let after: readonly string[] | null = null; ; ) {
    const { rows, next }: Piece<R> = await read(app, ctx, query, { after, limit: rowsAtOnce });
    yield rows;
    if (next === null) return;
    after = next.map(String);
  }
}
