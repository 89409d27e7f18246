import { queryOptions } from '@tanstack/react-query';
import { get, post } from '@/api.ts';
import { recordQueries } from '@/lib/record-queries.ts';
import type { Activation, Environment, License, LicenseVerdict } from '@/types.ts';
import type { LicenseAction } from '../../src/core/license-states.ts';

export const licenses = recordQueries<License>('licenses');

export function activationsQuery(environment: Environment, id: string) {
  return queryOptions({
    queryKey: ['licenses', environment, 'activations', id],
    queryFn: async ({ signal }) =>
      (
        await get<{ readonly data: readonly Activation[] }>(
          `/licenses/${encodeURIComponent(id)}/activations`,
          { environment, signal },
        )
      ).data,
  });
}

export function takeLicenseAction(
  environment: Environment,
  id: string,
  action: LicenseAction,
  body?: Readonly<Record<string, string>>,
) {
  return post<License>(`/licenses/${encodeURIComponent(id)}/${action}`, { environment, body });
}

/** The key goes in the body: whoever has it has the licence, so it is in no address. */
export function verifyLicense(environment: Environment, key: string, machineId?: string) {
  const body = { key, ...(machineId && { machineId }) };
  return post<LicenseVerdict>('/licenses/verify', { environment, body });
}

/** The job that is answered makes them. */
export function createLicenses(environment: Environment, body: object, idempotencyKey: string) {
  const headers = { 'Idempotency-Key': idempotencyKey };
  return post<{ readonly id: string }>('/licenses/bulk', { environment, body, headers });
}
