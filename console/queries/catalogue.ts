import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api.ts';
import type { EnvironmentInfo, Page, RateLimitTier, Scope, ScopeBundle } from '@/types.ts';

/** A list of the product itself: it changes with a new version or a setting of the operator. */
function catalogue<T>(path: string) {
  return queryOptions({
    queryKey: ['catalogue', path],
    queryFn: async ({ signal }) => (await get<Page<T>>(path, { query: { limit: 200 }, signal })).data,
    staleTime: 10 * 60_000,
  });
}

export const scopesQuery = catalogue<Scope>('/scopes');
export const bundlesQuery = catalogue<ScopeBundle>('/scope-bundles');
export const tiersQuery = catalogue<RateLimitTier>('/rate-limit-tiers');
export const environmentsQuery = catalogue<EnvironmentInfo>('/environments');
