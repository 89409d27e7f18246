import type { Selectable } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { SessionTable } from './schema.ts';

export type SessionRow = Omit<Selectable<SessionTable>, 'token'>;

/** A session with the person it belongs to and their place. */
export interface SignedInRow {
  readonly session_id: string;
  readonly session_created_at: number;
  readonly expires_at: number;
  readonly authenticated_at: number | null;
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly two_factor_enabled: number | null;
  readonly role: string;
  readonly tenant_id: string;
  readonly tenant_name: string;
}

function signedIn(db: Db) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .innerJoin('members', 'members.user_id', 'users.id')
    .innerJoin('tenants', 'tenants.id', 'members.tenant_id')
    .select([
      'sessions.id as session_id',
      'sessions.created_at as session_created_at',
      'sessions.expires_at as expires_at',
      'sessions.authenticated_at as authenticated_at',
      'users.id as user_id',
      'users.name as name',
      'users.email as email',
      'users.two_factor_enabled as two_factor_enabled',
      'members.role as role',
      'tenants.id as tenant_id',
      'tenants.name as tenant_name',
    ]);
}

export function findSession(db: Db, tokenDigest: string, now: number): Promise<SignedInRow | undefined> {
  return signedIn(db)
    .where('sessions.token', '=', tokenDigest)
    .where('sessions.expires_at', '>', now)
    .executeTakeFirst();
}

export function getSignedIn(db: Db, sessionId: string): Promise<SignedInRow | undefined> {
  return signedIn(db).where('sessions.id', '=', sessionId).executeTakeFirst();
}

/** Newest first. */
export function listSessions(db: Db, userId: string, now: number): Promise<SessionRow[]> {
  return db
    .selectFrom('sessions')
    .select([
      'id',
      'user_id',
      'expires_at',
      'ip_address',
      'user_agent',
      'authenticated_at',
      'created_at',
      'updated_at',
    ])
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(200)
    .execute();
}

/** Whether there was one. */
export async function endSession(db: Db, userId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}

/** All of a person's sessions but one; answers how many. */
export async function endSessions(db: Db, userId: string, exceptId: string | null): Promise<number> {
  let query = db.deleteFrom('sessions').where('user_id', '=', userId);
  if (exceptId !== null) query = query.where('id', '!=', exceptId);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

export async function endExpiredSessions(tx: Tx, userId: string, now: number): Promise<void> {
  await tx.deleteFrom('sessions').where('user_id', '=', userId).where('expires_at', '<=', now).execute();
}

/** Sign-ins of a person that wait for a second factor. */
export async function endChallenges(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('verifications').where('value', '=', userId).execute();
}

/** Whether the session is still there. */
export async function markAuthenticated(tx: Tx, sessionId: string, now: number): Promise<boolean> {
  const query = tx.updateTable('sessions').set({ authenticated_at: now }).where('id', '=', sessionId);
  return Number((await query.executeTakeFirst()).numUpdatedRows) > 0;
}

/** Sign-ins and changes of password or factor of one person happen one after another. */
export async function lockUser(tx: Tx, dialect: Dialect, userId: string): Promise<boolean> {
  const query = tx.selectFrom('users').select('id').where('id', '=', userId);
  return (await dialect.forUpdate(query).executeTakeFirst()) !== undefined;
}

export async function setPassword(tx: Tx, userId: string, hash: string, now: number): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({ password: hash, updated_at: now })
    .where('user_id', '=', userId)
    .where('account_id', '=', userId)
    .where('provider_id', '=', 'credential')
    .execute();
}

export async function removeTwoFactor(tx: Tx, userId: string): Promise<void> {
  await tx.updateTable('users').set({ two_factor_enabled: 0 }).where('id', '=', userId).execute();
  await tx.deleteFrom('two_factors').where('user_id', '=', userId).execute();
}

/** Whose sign-in waits for a second factor: better-auth keeps the user's id as the value of its challenge. */
export async function findChallenged(db: Db, identifierDigest: string, now: number): Promise<string | null> {
  const row = await db
    .selectFrom('verifications')
    .select('value')
    .where('identifier', '=', identifierDigest)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row?.value ?? null;
}

/** Challenges and marks that are over. */
export async function sweepVerifications(db: Db, now: number): Promise<void> {
  await db.deleteFrom('verifications').where('expires_at', '<=', now).execute();
}

/** Whether the mark was free: each is taken once until `expiresAt`. */
export async function takeMark(db: Db, mark: string, now: number, expiresAt: number): Promise<boolean> {
  await db.deleteFrom('verifications').where('id', '=', mark).where('expires_at', '<=', now).execute();
  const result = await db
    .insertInto('verifications')
    .values({
      id: mark,
      identifier: mark,
      value: '',
      expires_at: expiresAt,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows) > 0;
}

export async function freeMark(db: Db, mark: string): Promise<void> {
  await db.deleteFrom('verifications').where('id', '=', mark).execute();
}
