import { queryOptions } from '@tanstack/react-query';
import { get, post } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import type { CreatedKey, Environment, Key, Page } from '@/types.ts';

const root = '/me/api-keys';

export interface PersonalKeyFilters {
  readonly q?: string;
  readonly status?: string;
}

/** The person's own. Under `keys`, so that whatever changes keys renews this list, too. */
export function personalKeysQuery(environment: Environment, filters: PersonalKeyFilters) {
  return pagesOf<Key>(['keys', environment, 'mine', filters], (cursor, signal) =>
    get<Page<Key>>(root, {
      environment,
      query: { ...filters, environment, limit: pageSize, cursor },
      signal,
    }),
  );
}

/** Asked for again each time: it says when the key was last used, right before something ends. */
export function personalKeyQuery(environment: Environment, id: string) {
  return queryOptions({
    queryKey: ['keys', environment, 'my-one', id],
    queryFn: ({ signal }) => get<Key>(`${root}/${encodeURIComponent(id)}`, { environment, signal }),
    staleTime: 0,
  });
}

/** The answer holds the secret: it goes to the dialog that shows it, never into a cache. */
export function createPersonalKey(environment: Environment, body: object, idempotencyKey: string) {
  const headers = { 'Idempotency-Key': idempotencyKey };
  return post<CreatedKey>(root, { environment, body, headers });
}
