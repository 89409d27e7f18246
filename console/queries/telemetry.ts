import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from '@/api.ts';
import { recordQueries } from '@/lib/record-queries.ts';
import type { Environment, TelemetryRecord, TelemetryTotals } from '@/types.ts';

export const telemetry = recordQueries<TelemetryRecord>('telemetry');

export interface TotalsFilters {
  readonly group?: string;
  readonly customerId?: string;
}

/** Of the last 30 days in UTC. */
export function telemetryTotalsQuery(environment: Environment, { group, customerId }: TotalsFilters) {
  return queryOptions({
    queryKey: ['telemetry', environment, 'totals', { group, customerId }],
    queryFn: ({ signal }) =>
      get<TelemetryTotals>('/telemetry/totals', { environment, query: { group, customerId }, signal }),
    placeholderData: keepPreviousData,
  });
}
