import type { z } from 'zod';
import * as contract from '../../contract/analytics.ts';
import { toTimestamp } from '../../contract/common.ts';
import {
  asOfNow,
  conversationRows,
  messageRows,
  type RowReader,
  readAnalytics,
  usageRows,
  walkAnalytics,
} from '../../services/analytics.ts';
import { type RequestFacts, type Route, route } from '../route.ts';
import { conversationTable, messageTable, type Table, usageTable } from '../views/analytics.ts';

type Query = z.output<typeof contract.analyticsQuery>;

/** Everything in which kinds of rows differ. */
interface Analytics<R, S extends z.ZodType<Query>> {
  /** Below `/api/v1/analytics/`. */
  readonly name: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly query: S;
  readonly row: z.ZodType;
  readonly read: RowReader<R, z.output<S>>;
  readonly table: Table<R, object>;
}

function wantsCsv({ format }: Query, { accept = '' }: RequestFacts): boolean {
  if (format !== undefined) return format === 'csv';
  return /\btext\/csv\b/i.test(accept) && !/\bapplication\/json\b/i.test(accept);
}

async function* csvOf<R>(pieces: AsyncIterable<readonly R[]>, table: Table<R, object>) {
  let head = table.header;
  for await (const rows of pieces) {
    yield head + table.lines(rows);
    head = '';
  }
}

const rules =
  'Rows come by day, oldest first, always in the same order. With `updatedSince` only what changed since then comes, and whole: put the rows in the place of those with the same names, and the table is as if all had been read anew. In CSV the header is always there, all rows come at once, and `X-As-Of` says what `asOf` does in JSON. A key for certain customers sees theirs only.';

function analyticsRoute<R, S extends z.ZodType<Query>>(kind: Analytics<R, S>): Route {
  const { name, read, table } = kind;
  return route({
    method: 'GET',
    path: `/api/v1/analytics/${name}`,
    operationId: kind.operationId,
    tag: 'Analytics',
    summary: kind.summary,
    description: `${kind.description} ${rules}`,
    access: { scopes: ['analytics:read'] },
    query: kind.query,
    answers: { 200: contract.analyticsPage(kind.row) },
    refusals: ['store_unavailable'],
    handler: async (app, ctx, { query, http }) => {
      if (wantsCsv(query, http)) {
        const headers = {
          'content-type': 'text/csv; charset=utf-8; header=present',
          'content-disposition': `attachment; filename="${name}.csv"`,
          'x-as-of': toTimestamp(asOfNow(app)),
        };
        return { status: 200, headers, stream: () => csvOf(walkAnalytics(app, ctx, read, query), table) };
      }
      const { rows, nextCursor, asOf } = await readAnalytics(app, ctx, read, query);
      const body = { data: rows.map(table.present), nextCursor, asOf: toTimestamp(asOf) };
      return { status: 200, body, headers: { 'x-as-of': body.asOf } };
    },
  });
}

export const analyticsRoutes: Route[] = [
  analyticsRoute({
    name: 'conversations',
    operationId: 'analyzeConversations',
    summary: 'Conversations by day, channel and status',
    description:
      'How many conversations began on a day, by channel and present status, with their messages, the time to the first response, from the first message that came in, and the time to their resolution, from their beginning. Each status of a channel and day has a row, also where none is in it any more.',
    query: contract.conversationAnalyticsQuery,
    row: contract.conversationAnalyticsRow,
    read: conversationRows,
    table: conversationTable,
  }),
  analyticsRoute({
    name: 'messages',
    operationId: 'analyzeMessages',
    summary: 'Messages by day and channel',
    description: 'How many messages came in and were sent on a day.',
    query: contract.analyticsQuery,
    row: contract.messageAnalyticsRow,
    read: messageRows,
    table: messageTable,
  }),
  analyticsRoute({
    name: 'usage',
    operationId: 'analyzeUsage',
    summary: 'Requests by day and key',
    description:
      'How many requests each key made on a day, for as long as hours of usage are kept: 13 months, unless the settings say otherwise. `updatedSince` goes by whole hours.',
    query: contract.analyticsQuery,
    row: contract.usageAnalyticsRow,
    read: usageRows,
    table: usageTable,
  }),
];
