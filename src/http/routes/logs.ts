import * as contract from '../../contract/logs.ts';
import { explainRequest } from '../../services/explain.ts';
import {
  followLogs,
  type LogEvent,
  listLogs,
  positionOfEvent,
  readLogWithBodies,
} from '../../services/logs.ts';
import { ok, type Route, route } from '../route.ts';
import { presentExplanation, presentLog, presentLogWithBodies } from '../views/logs.ts';

const tag = 'Monitoring';
const read = { scopes: ['logs:read'] };

async function* eventsOf(events: AsyncIterable<LogEvent>): AsyncGenerator<string> {
  for await (const row of events) {
    yield row === null
      ? ': nothing new\n\n'
      : `id: ${row.seq}\nevent: request\ndata: ${JSON.stringify(presentLog(row))}\n\n`;
  }
}

export const logRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/logs',
    operationId: 'listLogs',
    tag,
    summary: 'List requests',
    description:
      'The requests of this environment’s keys, admitted or refused, newest first and within a second of their answer. A page may hold fewer items than asked for, none even, and have a `nextCursor`: there is more to look through.',
    access: read,
    query: contract.listLogsQuery,
    answers: { 200: contract.logPage },
    refusals: ['store_unavailable'],
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listLogs(app, ctx, query);
      return ok({ data: items.map(presentLog), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/logs/stream',
    operationId: 'streamLogs',
    tag,
    summary: 'Follow requests',
    description:
      'Server-sent events, one for each request as it is recorded: `event: request`, the entry as JSON in `data`. Who comes back with `Last-Event-ID` misses nothing. Ends within a second when the key may not read any more.',
    access: read,
    query: contract.streamLogsQuery,
    answers: { 200: contract.logEvents },
    refusals: ['store_unavailable'],
    handler: async (app, ctx, { query, http }) => {
      const after = positionOfEvent(http.lastEventId);
      return {
        status: 200,
        headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
        isEndless: true,
        stream: (signal) => eventsOf(followLogs(app, ctx, query, after, signal)),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/logs/{requestId}',
    operationId: 'getLog',
    tag,
    summary: 'Get a request',
    description:
      'With the bodies, where the settings keep them (`capture`): up to 4 KB of each, with credentials, cookies and the configured fields masked before they were stored.',
    access: read,
    params: contract.logParams,
    answers: { 200: contract.logEntry },
    refusals: ['not_found', 'store_unavailable'],
    handler: async (app, ctx, { params }) =>
      ok(presentLogWithBodies(await readLogWithBodies(app, ctx, params.requestId))),
  }),
  route({
    method: 'GET',
    path: '/api/v1/logs/{requestId}/explain',
    operationId: 'explainRequest',
    tag,
    summary: 'Explain a request',
    description:
      'Every check in its order with what it looked at, by the key as it was at that moment; which one refused; what the same request would meet now; and the change that would admit it.',
    access: read,
    params: contract.logParams,
    answers: { 200: contract.explanation },
    refusals: ['not_found', 'store_unavailable'],
    handler: async (app, ctx, { params }) =>
      ok(presentExplanation(await explainRequest(app, ctx, params.requestId))),
  }),
];
