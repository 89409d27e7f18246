import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api.ts';
import type { Environment, RotationProgress } from '@/types.ts';

const refreshMs = 10_000;

/** Asked again every ten seconds while somebody looks. */
export function rotationQuery(environment: Environment, id: string) {
  return queryOptions({
    queryKey: ['keys', environment, 'rotation', id],
    queryFn: ({ signal }) =>
      get<RotationProgress>(`/api-keys/${encodeURIComponent(id)}/rotation`, { environment, signal }),
    refetchInterval: refreshMs,
  });
}
