import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api.ts';
import type { Environment, Page, Signal } from '@/types.ts';

const refreshMs = 30_000;
const limit = 200;
/** What the overview itself does not know: it looks at flags, not at limits. */
const limitCodes = ['limit_reached', 'day_limit_near'] as const;

/**
 * What is so of keys, and since when. Those of the newest keys where there are very many; limits always, since
 * nothing else tells of them.
 */
export function signalsQuery(environment: Environment) {
  return queryOptions({
    queryKey: ['signals', environment],
    queryFn: async ({ signal }) => {
      const ask = (code?: string) =>
        get<Page<Signal>>('/signals', { environment, query: { limit, code }, signal });
      const first = await ask();
      if (first.nextCursor === null) return first.data;
      const others = await Promise.all(limitCodes.map(ask));
      const known = first.data.filter(({ code }) => !limitCodes.some((limitCode) => limitCode === code));
      return [...others.flatMap(({ data }) => data), ...known];
    },
    refetchInterval: refreshMs,
  });
}
