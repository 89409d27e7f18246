import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';

/** Those of the ids that are customers of the place. */
export async function existingCustomers(
  db: Db,
  { tenantId, environment }: Place,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('customers')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('id', 'in', [...ids])
    .execute();
  return new Set(rows.map((row) => row.id));
}

export async function customerByEmail(db: Db, { tenantId, environment }: Place, email: string) {
  const row = await db
    .selectFrom('customers')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('email', '=', email)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Says anew which customers a key is for; `isNew` where nothing was said before. */
export async function setCustomersOfKey(
  tx: Tx,
  keyId: string,
  customerIds: readonly string[],
  isNew: boolean,
): Promise<void> {
  if (!isNew) await tx.deleteFrom('key_customers').where('key_id', '=', keyId).execute();
  if (customerIds.length === 0) return;
  const rows = customerIds.map((customerId) => ({ customer_id: customerId, key_id: keyId }));
  await tx.insertInto('key_customers').values(rows).execute();
}

/** Keys that are for customers of the list only. */
export async function keysWithin(
  db: Db,
  dialect: Dialect,
  { tenantId, environment }: Place,
  customerIds: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('keys')
    .select('id')
    .distinct()
    .innerJoin('key_customers', 'key_customers.key_id', 'keys.id')
    .where('key_customers.customer_id', 'in', [...customerIds])
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where(dialect.isWithin('customer_ids', customerIds))
    .execute();
  return rows.map((row) => row.id);
}

/** Keys for this customer, active or not, oldest first. */
export async function keysOfCustomer(db: Db, customerId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('key_customers')
    .select('key_id')
    .where('customer_id', '=', customerId)
    .orderBy('key_id')
    .execute();
  return rows.map((row) => row.key_id);
}
