import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { del, get, patch, post } from '@/api.ts';
import type { Environment, Page } from '@/types.ts';
import { pageSize, pagesOf } from './infinite.ts';

type Filters = Readonly<Record<string, string | undefined>>;

const idempotent = (key: string) => ({ 'Idempotency-Key': key });

/** What all kinds of records of the tenant API have in common. `path` is below `/api/v1/`. */
export function recordQueries<T extends { readonly id: string }>(path: string) {
  const of = (id: string) => `/${path}/${encodeURIComponent(id)}`;
  const page = (environment: Environment, query: object, signal?: AbortSignal) =>
    get<Page<T>>(`/${path}`, { environment, query: query as Filters, signal });
  return {
    list: (environment: Environment, filters: Filters) =>
      pagesOf<T>([path, environment, 'list', filters], (cursor, signal) =>
        page(environment, { ...filters, limit: pageSize, cursor }, signal),
      ),
    /** The first of a list, for a place that shows no more. */
    few: (environment: Environment, filters: Filters, limit: number) =>
      queryOptions({
        queryKey: [path, environment, 'few', filters, limit],
        queryFn: ({ signal }) => page(environment, { ...filters, limit }, signal),
      }),
    one: (environment: Environment, id: string) =>
      queryOptions({
        queryKey: [path, environment, 'one', id],
        queryFn: ({ signal }) => get<T>(of(id), { environment, signal }),
      }),
    create: (environment: Environment, body: object, idempotencyKey: string) =>
      post<T>(`/${path}`, { environment, body, headers: idempotent(idempotencyKey) }),
    change: (environment: Environment, id: string, body: object) => patch<T>(of(id), { environment, body }),
    remove: (environment: Environment, id: string) => del<void>(of(id), { environment }),
    /** After any change: what shows records of the kind is asked for again. */
    refresh: (client: QueryClient) => client.invalidateQueries({ queryKey: [path] }),
    /** After it was deleted and its page is left. */
    forget: (client: QueryClient, environment: Environment, id: string) => {
      client.removeQueries({ queryKey: [path, environment, 'one', id] });
      return client.invalidateQueries({ queryKey: [path] });
    },
  };
}
