import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { InvitationTable, TenantTable } from './schema.ts';

export type TenantRow = Selectable<TenantTable>;
export type InvitationRow = Selectable<InvitationTable>;

export interface MemberRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly two_factor_enabled: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

/** A person with what a sign-in needs; `password` is the hash. */
export interface SignInRow extends MemberRow {
  readonly password: string | null;
}

export interface NewPerson {
  readonly id: string;
  readonly accountId: string;
  readonly tenantId: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly passwordHash: string;
  readonly now: number;
}

export interface PageRequest {
  readonly limit: number;
  /** The last id of the page before. */
  readonly after: string | null;
}

export async function hasUsers(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** One transaction at a time gets past this, over all processes: for what may happen once only. */
export async function lockInstallation(tx: Tx, dialect: Dialect): Promise<void> {
  const db = tx as unknown as Kysely<{ schema_migrations: { version: number } }>;
  await dialect
    .forUpdate(db.selectFrom('schema_migrations').select('version').where('version', '=', 1))
    .execute();
}

export async function insertTenant(tx: Tx, tenant: Insertable<TenantTable>): Promise<void> {
  await tx.insertInto('tenants').values(tenant).execute();
}

export function getTenant(db: Db, id: string): Promise<TenantRow | undefined> {
  return db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Changes of a tenant's members happen one after another: whoever holds its row sees every owner there is. */
export function lockTenant(tx: Tx, dialect: Dialect, id: string): Promise<TenantRow | undefined> {
  return dialect.forChange(tx.selectFrom('tenants').selectAll().where('id', '=', id)).executeTakeFirst();
}

export async function updateTenant(tx: Tx, id: string, fields: Updateable<TenantTable>): Promise<void> {
  await tx.updateTable('tenants').set(fields).where('id', '=', id).execute();
}

/** User, password and membership; a second user of the address is a unique violation. */
export async function insertPerson(tx: Tx, person: NewPerson): Promise<void> {
  const times = { created_at: person.now, updated_at: person.now };
  const { id, tenantId, name, email } = person;
  const user = { id, name, email, email_verified: 0, image: null, two_factor_enabled: 0, ...times };
  await tx.insertInto('users').values(user).execute();
  await tx
    .insertInto('accounts')
    .values({
      id: person.accountId,
      account_id: id,
      provider_id: 'credential',
      user_id: id,
      password: person.passwordHash,
      ...times,
    })
    .execute();
  await tx
    .insertInto('members')
    .values({ tenant_id: tenantId, user_id: id, role: person.role, ...times })
    .execute();
}

function members(db: Db) {
  return db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select([
      'users.id as id',
      'members.tenant_id as tenant_id',
      'users.name as name',
      'users.email as email',
      'members.role as role',
      'users.two_factor_enabled as two_factor_enabled',
      'members.created_at as created_at',
      'members.updated_at as updated_at',
    ]);
}

function signIns(db: Db) {
  return members(db)
    .leftJoin('accounts', (join) =>
      join
        .onRef('accounts.user_id', '=', 'users.id')
        .onRef('accounts.account_id', '=', 'users.id')
        .on('accounts.provider_id', '=', 'credential'),
    )
    .select('accounts.password as password');
}

export function findSignIn(db: Db, email: string): Promise<SignInRow | undefined> {
  return signIns(db).where('users.email', '=', email).executeTakeFirst();
}

export function getSignIn(db: Db, userId: string): Promise<SignInRow | undefined> {
  return signIns(db).where('users.id', '=', userId).executeTakeFirst();
}

export async function emailIsTaken(db: Db, email: string): Promise<boolean> {
  return (
    (await db.selectFrom('users').select('id').where('email', '=', email).executeTakeFirst()) !== undefined
  );
}

export function getMember(db: Db, tenantId: string, userId: string): Promise<MemberRow | undefined> {
  return members(db)
    .where('members.tenant_id', '=', tenantId)
    .where('members.user_id', '=', userId)
    .executeTakeFirst();
}

/** Newest first, one more than asked for. */
export function listMembers(db: Db, tenantId: string, page: PageRequest): Promise<MemberRow[]> {
  let query = members(db).where('members.tenant_id', '=', tenantId).orderBy('members.user_id', 'desc');
  if (page.after !== null) query = query.where('members.user_id', '<', page.after);
  return query.limit(page.limit + 1).execute();
}

export async function countOwners(db: Db, tenantId: string): Promise<number> {
  const row = await db
    .selectFrom('members')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('tenant_id', '=', tenantId)
    .where('role', '=', 'owner')
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

export async function updateRole(tx: Tx, userId: string, role: string, now: number): Promise<void> {
  await tx.updateTable('members').set({ role, updated_at: now }).where('user_id', '=', userId).execute();
}

/** Sessions, password, factors and membership go with the user (foreign keys). */
export async function deleteUser(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('users').where('id', '=', userId).execute();
}

export async function insertInvitation(tx: Tx, invitation: Insertable<InvitationTable>): Promise<void> {
  await tx.insertInto('invitations').values(invitation).execute();
}

function openInvitations(db: Db, tenantId: string) {
  return db
    .selectFrom('invitations')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('accepted_at', 'is', null);
}

/** Newest first, one more than asked for; without those that were accepted. */
export function listInvitations(db: Db, tenantId: string, page: PageRequest): Promise<InvitationRow[]> {
  let query = openInvitations(db, tenantId).orderBy('id', 'desc');
  if (page.after !== null) query = query.where('id', '<', page.after);
  return query.limit(page.limit + 1).execute();
}

export function getInvitation(db: Db, tenantId: string, id: string): Promise<InvitationRow | undefined> {
  return openInvitations(db, tenantId).where('id', '=', id).executeTakeFirst();
}

export function invitationsFor(db: Db, tenantId: string, email: string): Promise<InvitationRow[]> {
  return openInvitations(db, tenantId).where('email', '=', email).execute();
}

export function invitationsBy(db: Db, tenantId: string, userId: string): Promise<InvitationRow[]> {
  return openInvitations(db, tenantId).where('invited_by', '=', userId).execute();
}

/** One that can still be accepted at `now`. */
export function findInvitation(db: Db, digest: string, now: number): Promise<InvitationRow | undefined> {
  return db
    .selectFrom('invitations')
    .selectAll()
    .where('token_digest', '=', digest)
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
}

export async function deleteInvitation(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('invitations').where('id', '=', id).execute();
}

export async function markAccepted(tx: Tx, id: string, now: number): Promise<void> {
  await tx.updateTable('invitations').set({ accepted_at: now }).where('id', '=', id).execute();
}
