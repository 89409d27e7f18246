import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api.ts';
import type { Environment, OwnKeyPolicy } from '@/types.ts';

/** What the tenant demands of a key that the person makes now, and what they may put into it. */
export function keyPolicyQuery(environment: Environment, owner: 'tenant' | 'user' = 'tenant') {
  return queryOptions({
    queryKey: ['key-policy', environment, owner],
    queryFn: ({ signal }) =>
      get<OwnKeyPolicy>('/key-policy', { environment, query: { environment, owner }, signal }),
    staleTime: 60_000,
  });
}
