import { get } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import type { Environment, OverviewKey, OverviewPage, Page } from '@/types.ts';

export interface OverviewFilters {
  readonly flag?: string;
  readonly status?: string;
  readonly q?: string;
  readonly sort: 'attention' | 'newest';
}

/** Without filters, the page that totals and the list of what needs attention are taken from. */
export const wholeOverview: OverviewFilters = { sort: 'attention' };

const refreshMs = 30_000;
/** While everything waits for the first request. */
const eagerMs = 5_000;
const longestRefreshed = 3;

export type OverviewPart = Page<OverviewKey> & Pick<OverviewPage, 'totals'>;

function refreshOf(pages: readonly Page<OverviewKey>[]): number | false {
  if (pages.length > longestRefreshed) return false;
  const isUsed = pages.some(({ data }) =>
    data.some(({ requests24h, lastUsedAt }) => requests24h > 0 || lastUsedAt),
  );
  return isUsed || pages.length > 1 ? refreshMs : eagerMs;
}

/** Keys with their usage of 24 hours and their flags. Asked again while few pages of it are loaded. */
export function overviewQuery(environment: Environment, filters: OverviewFilters) {
  const options = pagesOf<OverviewKey>(['overview', environment, filters], (cursor, signal) =>
    get<OverviewPart>('/api-keys/overview', {
      environment,
      query: { ...filters, environment, limit: pageSize, cursor },
      signal,
    }),
  );
  const refetchInterval = (query: { state: { data?: { pages: readonly Page<OverviewKey>[] } } }) =>
    refreshOf(query.state.data?.pages ?? []);
  return { ...options, refetchInterval };
}
