import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from '@/api.ts';
import type { Environment, Page } from '@/types.ts';

/** As much of a customer as is needed to choose them. */
export interface CustomerChoice {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
}

const shown = 20;

export function customerSearchQuery(environment: Environment, text: string) {
  return queryOptions({
    queryKey: ['customers', environment, 'lookup', text],
    queryFn: async ({ signal }) =>
      (
        await get<Page<CustomerChoice>>('/customers', {
          environment,
          query: { q: text, limit: shown },
          signal,
        })
      ).data,
    placeholderData: keepPreviousData,
  });
}

/** For the name of one that is known by its id alone. */
export function customerChoiceQuery(environment: Environment, id: string) {
  return queryOptions({
    queryKey: ['customers', environment, 'choice', id],
    queryFn: ({ signal }) =>
      get<CustomerChoice>(`/customers/${encodeURIComponent(id)}`, { environment, signal }),
    staleTime: 5 * 60_000,
  });
}
