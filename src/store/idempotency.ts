import type { Insertable, Selectable } from 'kysely';
import type { Db } from './database.ts';
import type { IdempotencyTable } from './schema.ts';

export type IdempotencyRow = Selectable<IdempotencyTable>;
export type IdempotencyIdentity = Pick<
  IdempotencyRow,
  'tenant_id' | 'environment' | 'caller_id' | 'method' | 'route' | 'idempotency_key'
>;

/** A record older than `notBefore` (epoch ms) is as good as gone. */
export function findIdempotencyRecord(
  db: Db,
  identity: IdempotencyIdentity,
  notBefore: number,
): Promise<IdempotencyRow | undefined> {
  return db
    .selectFrom('idempotency_records')
    .selectAll()
    .where((e) => e.and({ ...identity }))
    .where('created_at', '>', notBefore)
    .executeTakeFirst();
}

/** Throws a unique violation when another request with the same identity has finished meanwhile. */
export async function insertIdempotencyRecord(
  db: Db,
  row: Insertable<IdempotencyTable>,
  notBefore: number,
): Promise<void> {
  const { tenant_id, environment, caller_id, method, route, idempotency_key } = row;
  await db
    .deleteFrom('idempotency_records')
    .where((e) => e.and({ tenant_id, environment, caller_id, method, route, idempotency_key }))
    .where('created_at', '<=', notBefore)
    .execute();
  await db.insertInto('idempotency_records').values(row).execute();
}

export async function deleteOldIdempotencyRecords(db: Db, notAfter: number): Promise<void> {
  await db.deleteFrom('idempotency_records').where('created_at', '<=', notAfter).execute();
}
