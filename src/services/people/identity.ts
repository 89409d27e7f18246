import { AppError } from '../../errors.ts';
import { getSignIn, type SignInRow } from '../../store/people.ts';
import { endChallenges, endSessions, getSignedIn, lockUser, type SignedInRow } from '../../store/sessions.ts';
import { type App, type Context, change, type Unit, type UserCaller } from '../app.ts';
import type { Auth, AuthCall } from './auth.ts';
import { callerOf, type Visit } from './caller.ts';

export const wrongSignIn = 'The e-mail address or the password is wrong.';

export function notSignedIn(): AppError {
  return new AppError('missing_key', 'Sign in first: there is no session, or it has ended.');
}

/** The signed-in person behind a call; routes of `people` access have one. */
export function requirePerson(ctx: Context): UserCaller {
  if (ctx.caller.kind !== 'user')
    throw new AppError('role_not_allowed', 'This is for people who are signed in, not for keys.');
  return ctx.caller;
}

/** The same request, in the name of the person it turned out to be. */
export function asPerson(ctx: Context, row: SignedInRow): Context {
  return { ...ctx, tenantId: row.tenant_id, caller: callerOf(row) };
}

/** Runs a check of a password or code under the throttle: `invalid_credentials` counts, everything else does not. */
export async function judged<T>(app: App, ip: string, account: string, work: () => Promise<T>): Promise<T> {
  const attempt = await app.people.throttle.enter(ip, account);
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_credentials') attempt.fail();
    throw error;
  } finally {
    attempt.release();
  }
}

export interface Verified {
  readonly hash: string;
  readonly password: string;
}

/** Takes as long for nobody as for somebody. */
export async function requirePassword(
  app: App,
  person: SignInRow | undefined,
  password: string,
  failure = 'The password is wrong.',
): Promise<Verified> {
  const hash = person?.password ?? null;
  const isRight = await app.people.passwords.verify(hash, password);
  if (!isRight || hash === null) throw new AppError('invalid_credentials', failure);
  return { hash, password };
}

/**
 * Holds the person's row: without it, a session begun with an old password could be written just after the change
 * of password has ended all sessions. Transactions lock in the order tenant, user, sessions, audit log.
 */
export async function holdPerson(app: App, unit: Unit, userId: string): Promise<void> {
  const exists = await lockUser(unit.tx, app.database.dialect, userId);
  if (!exists) throw new AppError('invalid_credentials', wrongSignIn);
}

export async function readSignedIn(unit: Unit, sessionId: string | null): Promise<SignedInRow> {
  const row = sessionId === null ? undefined : await getSignedIn(unit.tx, sessionId);
  if (!row) throw new AppError('invalid_credentials', wrongSignIn);
  return row;
}

/** Ends what was begun with the old password or factor; `keptId` is the session that goes on. */
export async function endOthers(unit: Unit, userId: string, keptId: string | null): Promise<number> {
  await endChallenges(unit.tx, userId);
  return endSessions(unit.tx, userId, keptId);
}

export interface Confirmed<P> {
  readonly caller: UserCaller;
  readonly person: SignInRow;
  readonly unit: Unit;
  readonly auth: Auth;
  readonly call: AuthCall;
  readonly prepared: P;
}

/**
 * For what a signed-in person does with their password: checks it under the throttle, prepares what takes long, and
 * only then opens the transaction, which holds the person's row.
 */
export async function withPassword<T, P>(
  app: App,
  ctx: Context,
  visit: Visit,
  password: string,
  prepare: (person: SignInRow) => Promise<P>,
  work: (confirmed: Confirmed<P>) => Promise<T>,
): Promise<T> {
  const caller = requirePerson(ctx);
  const auth = await app.people.auth();
  return judged(app, visit.ip, caller.email, async () => {
    const person = await getSignIn(app.database.read, caller.id);
    const verified = await requirePassword(app, person, password);
    if (!person) throw notSignedIn();
    const prepared = await prepare(person);
    return change(app, ctx, async (unit) => {
      await holdPerson(app, unit, caller.id);
      const call = { ...app.people.callFor(visit, 'session'), tx: unit.tx, verified };
      return work({ caller, person, unit, auth, call, prepared });
    });
  });
}
