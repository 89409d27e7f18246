import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api.ts';
import type { AccessAdvice, Environment } from '@/types.ts';

export function accessAdviceQuery(environment: Environment, id: string, days: number) {
  return queryOptions({
    queryKey: ['keys', environment, 'access', id, days],
    queryFn: ({ signal }) =>
      get<AccessAdvice>(`/api-keys/${encodeURIComponent(id)}/access-advisor`, {
        environment,
        query: { days },
        signal,
      }),
    staleTime: 60_000,
  });
}
