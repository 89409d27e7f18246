import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api.ts';
import { type Kept, type RangeParams, rangeOf } from '@/lib/ranges.ts';
import type { Environment, KeyUsage } from '@/types.ts';

/** How often a range that ends now is asked for again. */
const refreshMs = 30_000;

function readUsage(environment: Environment, id: string, query: Record<string, string>, signal: AbortSignal) {
  return get<KeyUsage>(`/api-keys/${encodeURIComponent(id)}/usage`, { environment, query, signal });
}

/** What a key did in the range that the address asks for. One that ends now moves on with every answer. */
export function usageQuery(environment: Environment, id: string, params: RangeParams, kept: Kept) {
  const { range, from, to } = params;
  return queryOptions({
    queryKey: ['usage', environment, id, { range, from, to }, kept],
    queryFn: ({ signal }) => {
      const asked = rangeOf(params, Date.now(), kept);
      const query = {
        from: new Date(asked.from).toISOString(),
        to: new Date(asked.to).toISOString(),
        interval: asked.interval,
      };
      return readUsage(environment, id, query, signal);
    },
    refetchInterval: () => (rangeOf(params, Date.now(), kept).isLive ? refreshMs : false),
  });
}

/** The same length so much earlier: it is over, and changes no more. */
export function usageBeforeQuery(
  environment: Environment,
  id: string,
  { from, to, interval }: Pick<KeyUsage, 'from' | 'to' | 'interval'>,
  shiftMs: number,
) {
  const earlier = (at: string) => new Date(Date.parse(at) - shiftMs).toISOString();
  const query = { from: earlier(from), to: earlier(to), interval };
  return queryOptions({
    queryKey: ['usage', environment, id, query],
    queryFn: ({ signal }) => readUsage(environment, id, query, signal),
    staleTime: 5 * 60_000,
    placeholderData: (before) => before,
  });
}
