import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import type { Environment } from '../core/environments.ts';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import { prepared } from './prepared.ts';
import type { KeyTable, SecretTable } from './schema.ts';

export type KeyRow = Selectable<KeyTable>;
export type SecretRow = Selectable<SecretTable>;

/** A secret together with all a decision needs: one indexed read. */
export type SecretHit = KeyRow & {
  readonly secret_id: string;
  readonly digest: string;
  readonly hint: string;
  readonly secret_created_at: number;
  readonly secret_ends_at: number | null;
  /** Of a personal key: null where its owner is no member any more. */
  readonly owner_role: string | null;
  readonly ceilings: string;
  readonly settings: string;
};

function hits(db: Db) {
  return db
    .selectFrom('secrets')
    .innerJoin('keys', 'keys.id', 'secrets.key_id')
    .innerJoin('tenants', 'tenants.id', 'keys.tenant_id')
    .leftJoin('members', (join) =>
      join
        .onRef('members.tenant_id', '=', 'keys.tenant_id')
        .onRef('members.user_id', '=', 'keys.owner_user_id'),
    )
    .selectAll('keys')
    .select([
      'secrets.id as secret_id',
      'secrets.digest as digest',
      'secrets.hint as hint',
      'secrets.created_at as secret_created_at',
      'secrets.ends_at as secret_ends_at',
      'members.role as owner_role',
      'tenants.ceilings as ceilings',
      'tenants.settings as settings',
    ]);
}

const byPublicPart = prepared((db, { publicPart }: { publicPart: string }) =>
  hits(db).where('secrets.public_part', '=', publicPart),
);

export async function findByPublicPart(db: Db, publicPart: string): Promise<SecretHit | undefined> {
  const [hit] = await byPublicPart(db, { publicPart });
  return hit;
}

const byDigest = prepared((db, { digest }: { digest: string }) =>
  hits(db).where('secrets.digest', '=', digest),
);

export async function findByDigest(db: Db, digest: string): Promise<SecretHit | undefined> {
  const [hit] = await byDigest(db, { digest });
  return hit;
}

const bySecretId = prepared((db, { secretId }: { secretId: string }) =>
  hits(db).where('secrets.id', '=', secretId),
);

export async function findBySecretId(db: Db, secretId: string): Promise<SecretHit | undefined> {
  const [hit] = await bySecretId(db, { secretId });
  return hit;
}

export async function hasImportedSecrets(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('secrets')
    .select('id')
    .where('public_part', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function inPlace(db: Db, place: Place) {
  return db
    .selectFrom('keys')
    .selectAll()
    .where('tenant_id', '=', place.tenantId)
    .where('environment', '=', place.environment);
}

const keyById = prepared((db, { id, ...place }: Place & { id: string }) =>
  inPlace(db, place).where('id', '=', id),
);

export async function getKey(
  db: Db,
  { tenantId, environment }: Place,
  id: string,
): Promise<KeyRow | undefined> {
  const [key] = await keyById(db, { tenantId, environment, id });
  return key;
}

/** The row stays as it is until the transaction ends. */
export function lockKey(tx: Tx, dialect: Dialect, place: Place, id: string): Promise<KeyRow | undefined> {
  return dialect.forUpdate(inPlace(tx, place).where('id', '=', id)).executeTakeFirst();
}

/** Newest first. */
export function secretsOf(db: Db, keyIds: readonly string[]): Promise<SecretRow[]> {
  if (keyIds.length === 0) return Promise.resolve([]);
  return db.selectFrom('secrets').selectAll().where('key_id', 'in', keyIds).orderBy('id', 'desc').execute();
}

const insertKeyRow = prepared((db, row: Insertable<KeyTable>) => db.insertInto('keys').values(row));
const insertSecretRow = prepared((db, row: Insertable<SecretTable>) => db.insertInto('secrets').values(row));

export async function insertKey(
  tx: Tx,
  key: Insertable<KeyTable>,
  secret: Insertable<SecretTable>,
): Promise<void> {
  await insertKeyRow(tx, key);
  await insertSecretRow(tx, secret);
}

export async function insertSecret(tx: Tx, secret: Insertable<SecretTable>): Promise<void> {
  await insertSecretRow(tx, secret);
}

/** Writes the fields and raises the version. */
export async function updateKey(tx: Tx, id: string, fields: Updateable<KeyTable>): Promise<void> {
  await tx
    .updateTable('keys')
    .set({ ...fields, version: sql<number>`version + 1` })
    .where('id', '=', id)
    .execute();
}

export async function deleteKey(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('keys').where('id', '=', id).execute();
}

/** Ends, at `endsAt`, every secret of the key that would live longer; `exceptId` is spared. */
export async function endSecrets(tx: Tx, keyId: string, endsAt: number, exceptId?: string): Promise<void> {
  let query = tx
    .updateTable('secrets')
    .set({ ends_at: endsAt })
    .where('key_id', '=', keyId)
    .where((e) => e.or([e('ends_at', 'is', null), e('ends_at', '>', endsAt)]));
  if (exceptId !== undefined) query = query.where('id', '!=', exceptId);
  await query.execute();
}

export async function endSecret(tx: Tx, id: string, endsAt: number): Promise<void> {
  await tx.updateTable('secrets').set({ ends_at: endsAt }).where('id', '=', id).execute();
}

const boundsOf = prepared((db, { tenantId }: { tenantId: string }) =>
  db.selectFrom('tenants').select(['ceilings', 'settings']).where('id', '=', tenantId),
);

/** What the tenant demands of its keys; `settings` is JSON. */
export async function tenantBounds(
  db: Db,
  tenantId: string,
): Promise<{ readonly ceilings: Ceilings; readonly settings: string }> {
  const [row] = await boundsOf(db, { tenantId });
  return {
    ceilings: JSON.parse(row?.ceilings ?? '{}') as Ceilings,
    settings: row?.settings ?? '{}',
  };
}

/** Of all environments, in order of ids, which is the order in which keys are locked. */
export function personalKeysOf(db: Db, tenantId: string, userId: string): Promise<KeyRow[]> {
  return db
    .selectFrom('keys')
    .selectAll()
    .where('owner_user_id', '=', userId)
    .where('tenant_id', '=', tenantId)
    .where('owner', '=', 'user')
    .orderBy('id')
    .execute();
}

/** What their personal keys may do has changed, so they are others to the request log. */
export async function raisePersonalVersions(
  tx: Tx,
  dialect: Dialect,
  tenantId: string,
  userId: string,
): Promise<void> {
  const keys = await personalKeysOf(tx, tenantId, userId);
  if (keys.length === 0) return;
  const ids = keys.map(({ id }) => id);
  await dialect.lockKeys(tx, ids);
  await tx
    .updateTable('keys')
    .set({ version: sql<number>`version + 1` })
    .where(sql<boolean>`id in ${dialect.listOf(ids)}`)
    .execute();
}

export interface KeyOwnerRow {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

/** The members among them. */
export function ownersOfKeys(db: Db, tenantId: string, userIds: readonly string[]): Promise<KeyOwnerRow[]> {
  return db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['users.id as id', 'users.name as name', 'members.role as role'])
    .where('members.tenant_id', '=', tenantId)
    .where('members.user_id', 'in', userIds)
    .execute();
}

export type Ceilings = Partial<
  Record<Environment, { perMinute: number; burst: number; perDay: number } | null>
>;

/** Remembers the prefix and answers every prefix ever used: secrets with any of them stay valid. */
export async function registerPrefix(db: Db, prefix: string, now: number): Promise<string[]> {
  await db
    .insertInto('key_prefixes')
    .values({ prefix, first_used_at: now })
    .onConflict((conflict) => conflict.column('prefix').doNothing())
    .execute();
  const rows = await db.selectFrom('key_prefixes').select('prefix').execute();
  return rows.map((row) => row.prefix);
}

export interface Use {
  readonly keyId: string;
  readonly secretId: string;
  readonly at: number;
  readonly ip: string | null;
}

/** Moves `lastUsedAt` forward, never back; in few statements, since a thousand keys may be in use at once. */
export async function saveUses(tx: Tx, dialect: Dialect, uses: readonly Use[]): Promise<void> {
  const latest = new Map<string, Use>();
  for (const use of uses) {
    const other = latest.get(use.keyId);
    if (other === undefined || other.at <= use.at) latest.set(use.keyId, use);
  }
  await dialect.lockKeys(tx, [...latest.keys()]);
  const ofKeys = dialect.rowsOf([...latest.values()], { keyId: 'text', at: 'bigint', ip: 'text' });
  await sql`update keys set last_used_at = used.at, last_used_ip = used.ip from ${ofKeys} as used
    where keys.id = used."keyId" and (last_used_at is null or last_used_at <= used.at)`.execute(tx);
  const ofSecrets = dialect.rowsOf(uses, { secretId: 'text', at: 'bigint' });
  await sql`update secrets set last_used_at = used.at from ${ofSecrets} as used
    where secrets.id = used."secretId" and (last_used_at is null or last_used_at <= used.at)`.execute(tx);
}
