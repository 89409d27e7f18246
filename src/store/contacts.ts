import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import { passing, type RecordFilter } from './records.ts';

export interface KnownContact {
  readonly id: string;
  readonly customer_id: string | null;
  readonly version: number;
}

/** Contacts with this address, two at most: one of no customer first, then the oldest. */
export async function contactsByEmail(
  db: Db,
  { tenantId, environment }: Place,
  email: string,
  filter: RecordFilter,
): Promise<KnownContact[]> {
  const rows = await db
    .selectFrom('contacts')
    .select(['id', 'customer_id', 'version'])
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('email', '=', email)
    .where(passing(filter))
    .orderBy('id')
    .execute();
  const free = rows.filter((row) => row.customer_id === null);
  return [...free, ...rows.filter((row) => row.customer_id !== null)].slice(0, 2);
}

export async function countContactsOf(db: Db, customerId: string): Promise<number> {
  const { count } = await db
    .selectFrom('contacts')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('customer_id', '=', customerId)
    .executeTakeFirstOrThrow();
  return Number(count);
}
