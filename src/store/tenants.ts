import type { Db } from './database.ts';

export interface TenantOverview {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly members: number;
  readonly keys: number;
}

/** All tenants, the oldest first. */
export async function listTenants(db: Db): Promise<TenantOverview[]> {
  const rows = await db
    .selectFrom('tenants')
    .select((e) => [
      'id',
      'name',
      'created_at',
      e
        .selectFrom('members')
        .select((m) => m.fn.countAll().as('n'))
        .whereRef('members.tenant_id', '=', 'tenants.id')
        .as('members'),
      e
        .selectFrom('keys')
        .select((k) => k.fn.countAll().as('n'))
        .whereRef('keys.tenant_id', '=', 'tenants.id')
        .as('keys'),
    ])
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, members: Number(row.members), keys: Number(row.keys) }));
}

/** The settings of all tenants, JSON texts, each of them once. */
export async function settingsInUse(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('tenants').select('settings').distinct().execute();
  return rows.map(({ settings }) => settings);
}

/** Ids after `after`, in order. */
export async function tenantIdsAfter(db: Db, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('tenants')
    .select('id')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
