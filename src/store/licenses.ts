import type { LicenseState } from '../core/license-states.ts';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import { passing, type RecordFilter, type RecordRow } from './records.ts';
import type { LicenseActivationTable } from './schema.ts';

/** Licences that are in this state at `now`; the same as `licenseState` says of a row. */
export function inState(state: LicenseState, now: number): RecordFilter {
  return (e) => {
    if (state === 'revoked') return [e('revoked_at', 'is not', null)];
    const isExpired = e('expires_at', '<=', now);
    if (state === 'expired') return [e('revoked_at', 'is', null), isExpired];
    const isLive = [
      e('revoked_at', 'is', null),
      e.or([e('expires_at', 'is', null), e('expires_at', '>', now)]),
    ];
    if (state === 'suspended') return [...isLive, e('is_suspended', '=', 1)];
    const isUsable = [...isLive, e('is_suspended', '=', 0)];
    if (state === 'active') return [...isUsable, e('machines', '>', 0)];
    const isIdle = [...isUsable, e('machines', '=', 0)];
    return [...isIdle, e('customer_id', state === 'assigned' ? 'is not' : 'is', null)];
  };
}

export async function licenseByKey(
  db: Db,
  { tenantId, environment }: Place,
  key: string,
  filter: RecordFilter,
): Promise<RecordRow<'licenses'> | undefined> {
  return db
    .selectFrom('licenses')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('license_key', '=', key)
    .where(passing(filter))
    .executeTakeFirst();
}

/** Oldest first. */
export function activationsOf(db: Db, licenseId: string): Promise<LicenseActivationTable[]> {
  return db
    .selectFrom('license_activations')
    .selectAll()
    .where('license_id', '=', licenseId)
    .orderBy('id')
    .execute();
}

export async function isActivatedOn(db: Db, licenseId: string, machineId: string): Promise<boolean> {
  const row = await db
    .selectFrom('license_activations')
    .select('id')
    .where('license_id', '=', licenseId)
    .where('machine_id', '=', machineId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertActivation(tx: Tx, row: LicenseActivationTable): Promise<void> {
  await tx.insertInto('license_activations').values(row).execute();
}

export async function deleteActivation(tx: Tx, licenseId: string, machineId: string): Promise<void> {
  await tx
    .deleteFrom('license_activations')
    .where('license_id', '=', licenseId)
    .where('machine_id', '=', machineId)
    .execute();
}

export async function countLicenses(
  db: Db,
  column: 'customer_id' | 'product_id',
  id: string,
): Promise<number> {
  const { count } = await db
    .selectFrom('licenses')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where(column, '=', id)
    .executeTakeFirstOrThrow();
  return Number(count);
}
