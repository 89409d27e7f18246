import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { get, post } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import { type Problem, problemOf } from '@/problem.ts';
import type { CreatedKey, Environment, Key, Page, TestedKey } from '@/types.ts';

export interface KeyFilters {
  readonly q?: string;
  readonly status?: string;
  readonly scope?: string;
  readonly tier?: string;
  readonly owner?: string;
  readonly unusedForDays?: string;
  readonly sort?: string;
}

export function keysQuery(environment: Environment, filters: KeyFilters) {
  return pagesOf<Key>(['keys', environment, 'list', filters], (cursor, signal) =>
    get<Page<Key>>('/api-keys', {
      environment,
      query: { ...filters, environment, limit: pageSize, cursor },
      signal,
    }),
  );
}

export function keyQuery(environment: Environment, id: string) {
  return queryOptions({
    queryKey: ['keys', environment, 'one', id],
    queryFn: ({ signal }) => get<Key>(`/api-keys/${encodeURIComponent(id)}`, { environment, signal }),
  });
}

/** After any change to keys: lists, pages and the overview are asked for again. */
export function refreshKeys(client: QueryClient): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey: ['keys'] }),
    client.invalidateQueries({ queryKey: ['overview'] }),
  ]);
}

interface BulkRevoked {
  readonly revoked: readonly string[];
}

const mostAtOnce = 1_000;

interface RevokedSoFar {
  /** That were active until now. */
  readonly revoked: number;
  /** Whose request was not carried out, or got no answer. */
  readonly rest: readonly string[];
  /** Why there is a rest. */
  readonly problem: Problem | null;
}

/** Each request is all or nothing; with more ids than one may hold, those before a failure stay revoked. */
export async function bulkRevokeKeys(
  environment: Environment,
  ids: readonly string[],
  reason?: string,
): Promise<RevokedSoFar> {
  let revoked = 0;
  for (let from = 0; from < ids.length; from += mostAtOnce) {
    const body = { ids: ids.slice(from, from + mostAtOnce), ...(reason && { reason }) };
    try {
      const answer = await post<BulkRevoked>('/api-keys/bulk-revoke', { environment, body });
      revoked += answer.revoked.length;
    } catch (error) {
      return { revoked, rest: ids.slice(from), problem: problemOf(error) };
    }
  }
  return { revoked, rest: [], problem: null };
}

/** The answer holds the secret: it goes to the dialog that shows it, never into a cache. */
export function createKey(environment: Environment, body: object, idempotencyKey: string) {
  return post<CreatedKey>('/api-keys', {
    environment,
    body,
    headers: { 'Idempotency-Key': idempotencyKey },
  });
}

/** The secret is in this one request and nowhere else: never make a query of it. */
export function testKey(environment: Environment, secret: string) {
  return post<TestedKey>('/api-keys/test', { environment, body: { secret } });
}
