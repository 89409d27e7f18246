import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { get, post, send } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import { exportBodyOf, type LogFilters } from '@/lib/log-filters.ts';
import type { Environment, Explanation, Job, LogEntry, Page } from '@/types.ts';

function logPage(environment: Environment, filters: LogFilters, cursor?: string, signal?: AbortSignal) {
  return get<Page<LogEntry>>('/logs', {
    environment,
    query: { ...filters, limit: pageSize, cursor },
    signal,
  });
}

/** What is there when the list is opened; what comes after that is told by the stream, and never by asking again. */
export function logsQuery(environment: Environment, filters: LogFilters) {
  return {
    ...pagesOf<LogEntry>(['logs', environment, 'list', filters], (cursor, signal) =>
      logPage(environment, filters, cursor, signal),
    ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  };
}

/** Begins the list again with the first page as it is now, which `take` may keep from being put in. */
export async function readNewestLogs(
  client: QueryClient,
  environment: Environment,
  filters: LogFilters,
  signal: AbortSignal,
  take: (page: Page<LogEntry>, before: readonly Page<LogEntry>[] | undefined) => boolean,
): Promise<void> {
  const { queryKey } = logsQuery(environment, filters);
  const page = await logPage(environment, filters, undefined, signal);
  if (signal.aborted || !take(page, client.getQueryData(queryKey)?.pages)) return;
  // An answer that is still under way is older, and must not take its place.
  await client.cancelQueries({ queryKey });
  if (!signal.aborted) client.setQueryData(queryKey, { pages: [page], pageParams: [undefined] });
}

export async function openLogStream(
  environment: Environment,
  filters: LogFilters,
  lastId: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const headers = { Accept: 'text/event-stream', ...(lastId !== '' && { 'Last-Event-ID': lastId }) };
  const answer = await send('GET', '/logs/stream', { environment, query: filters, headers, signal });
  if (answer.body === null) throw new TypeError('The stream has no body.');
  return answer.body;
}

/** With the bodies, where they are kept. `listed` is shown until it is here. */
export function logQuery(environment: Environment, id: string, listed?: LogEntry) {
  return queryOptions({
    queryKey: ['logs', environment, 'one', id],
    queryFn: ({ signal }) => get<LogEntry>(`/logs/${encodeURIComponent(id)}`, { environment, signal }),
    // It has happened, and will not have been otherwise.
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: listed,
  });
}

export function explanationQuery(environment: Environment, id: string) {
  return queryOptions({
    queryKey: ['logs', environment, 'explain', id],
    queryFn: ({ signal }) =>
      get<Explanation>(`/logs/${encodeURIComponent(id)}/explain`, { environment, signal }),
  });
}

export type ExportFormat = 'ndjson' | 'csv';

export function exportLogs(
  environment: Environment,
  filters: LogFilters,
  format: ExportFormat,
  idempotencyKey: string,
) {
  const headers = { 'Idempotency-Key': idempotencyKey };
  return post<Job>('/exports/logs', { environment, body: { ...exportBodyOf(filters), format }, headers });
}
