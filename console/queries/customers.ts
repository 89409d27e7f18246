import { post } from '@/api.ts';
import { recordQueries } from '@/lib/record-queries.ts';
import type { Customer, Environment } from '@/types.ts';

export const customers = recordQueries<Customer>('customers');

export function anonymizeCustomer(environment: Environment, id: string) {
  return post<Customer>(`/customers/${encodeURIComponent(id)}/anonymize`, { environment });
}

/** Every key that is for the customer, active or not. */
export function revokeKeysFor(environment: Environment, customerId: string) {
  return post<{ readonly revoked: readonly string[] }>('/api-keys/bulk-revoke', {
    environment,
    body: { customerId },
  });
}
