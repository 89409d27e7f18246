import { normalizeEmail } from '../../core/people.ts';
import { digestOf } from '../../core/secret.ts';
import { AppError, invalid } from '../../errors.ts';
import { findSignIn, getSignIn, type SignInRow } from '../../store/people.ts';
import {
  endExpiredSessions,
  findChallenged,
  freeMark,
  markAuthenticated,
  type SignedInRow,
  sweepVerifications,
  takeMark,
} from '../../store/sessions.ts';
import { type App, type Context, change, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import type { AuthAnswer, AuthCall } from './auth.ts';
import type { Visit } from './caller.ts';
import {
  asPerson,
  holdPerson,
  judged,
  notSignedIn,
  readSignedIn,
  requirePassword,
  requirePerson,
  wrongSignIn,
} from './identity.ts';

export interface SignInAnswer {
  /** null while the second factor is missing. */
  readonly signedIn: SignedInRow | null;
  readonly cookies: readonly string[];
}

/** How a second factor was given: a code of the app, or one of the back-up codes. */
export type Factor = 'totp' | 'backup';

const codeLifetimeMs = 120_000;

/** A new session for whom `answer` signed in, told to the audit log. */
export async function finishSignIn(
  app: App,
  ctx: Context,
  unit: Unit,
  visit: Visit,
  answer: AuthAnswer<unknown>,
): Promise<SignInAnswer & { readonly signedIn: SignedInRow }> {
  const signedIn = await readSignedIn(unit, answer.sessionId);
  await endExpiredSessions(unit.tx, signedIn.user_id, app.clock.wallMs());
  await recordChange(app, asPerson(ctx, signedIn), unit, {
    action: 'user.signed_in',
    targetId: signedIn.user_id,
    after: { sessionId: signedIn.session_id },
  });
  const { cookies } = app.people;
  const names = answer.cookies.join('\n');
  const isStale =
    cookies.token(visit.cookie, 'challenge') !== null && !names.includes(cookies.names.challenge);
  return { signedIn, cookies: isStale ? [...answer.cookies, cookies.cleared('challenge')] : answer.cookies };
}

/** With two-factor sign-in on, the answer is a challenge cookie that `finishWithFactor` turns into a session. */
export async function signIn(
  app: App,
  ctx: Context,
  visit: Visit,
  input: { readonly email: string; readonly password: string },
): Promise<SignInAnswer> {
  const email = normalizeEmail(input.email);
  return judged(app, visit.ip, email, async () => {
    const auth = await app.people.auth();
    const person = await findSignIn(app.database.read, email);
    const verified = await requirePassword(app, person, input.password, wrongSignIn);
    await sweepVerifications(app.database.write, app.clock.wallMs());
    return change(app, ctx, async (unit) => {
      await holdPerson(app, unit, (person as SignInRow).id);
      const call = { ...app.people.callFor(visit, null), tx: unit.tx, verified };
      const answer = await auth.call(call, (api, headers) =>
        api.signInEmail({ body: { email, password: input.password }, headers, returnHeaders: true }),
      );
      if ('twoFactorRedirect' in answer.body) return { signedIn: null, cookies: answer.cookies };
      return finishSignIn(app, ctx, unit, visit, answer);
    });
  });
}

/** Better-auth accepts a code for 90 s as often as it comes (against RFC 6238, 5.2): each counts once for one purpose. */
async function usedOnce<T>(
  app: App,
  factor: Factor,
  purpose: string,
  code: string,
  work: () => Promise<T>,
): Promise<T> {
  if (factor === 'backup') return work();
  const mark = digestOf(`code ${purpose} ${code}`);
  const now = app.clock.wallMs();
  if (!(await takeMark(app.database.write, mark, now, now + codeLifetimeMs))) {
    throw new AppError('invalid_credentials', 'This code was used before: wait for the next one.');
  }
  try {
    return await work();
  } catch (error) {
    await freeMark(app.database.write, mark);
    throw error;
  }
}

async function checkFactor(
  app: App,
  call: AuthCall,
  factor: Factor,
  code: string,
): Promise<AuthAnswer<unknown>> {
  const auth = await app.people.auth();
  return auth.call<unknown>(call, (api, headers) =>
    factor === 'totp'
      ? api.verifyTOTP({ body: { code }, headers, returnHeaders: true })
      : api.verifyBackupCode({ body: { code }, headers, returnHeaders: true }),
  );
}

/** Second half of a sign-in. What better-auth counts of a wrong code is kept: the transaction ends without an error. */
export async function finishWithFactor(
  app: App,
  ctx: Context,
  visit: Visit,
  factor: Factor,
  code: string,
): Promise<SignInAnswer> {
  const challenge = app.people.cookies.token(visit.cookie, 'challenge') ?? '';
  const userId = await findChallenged(app.database.read, digestOf(challenge), app.clock.wallMs());
  const person = userId === null ? undefined : await getSignIn(app.database.read, userId);
  if (!person) {
    throw new AppError(
      'invalid_credentials',
      'The sign-in is over: start again with e-mail address and password.',
      {
        headers: { 'Set-Cookie': app.people.cookies.cleared('challenge') },
      },
    );
  }
  await app.people.auth();
  const attempt = () =>
    change(app, ctx, async (unit) => {
      await holdPerson(app, unit, person.id);
      try {
        const call = { ...app.people.callFor(visit, 'challenge'), tx: unit.tx };
        return await finishSignIn(app, ctx, unit, visit, await checkFactor(app, call, factor, code));
      } catch (error) {
        if (error instanceof AppError && error.code === 'invalid_credentials') return error;
        throw error;
      }
    });
  return judged(app, visit.ip, person.email, () =>
    usedOnce(app, factor, `sign-in ${person.id}`, code, async () => {
      const outcome = await attempt();
      if (outcome instanceof AppError) throw outcome;
      return outcome;
    }),
  );
}

/** Password, and second factor where it is on, once more: from now on 10 minutes count as fresh. */
export async function reauthenticate(
  app: App,
  ctx: Context,
  visit: Visit,
  input: { readonly password: string; readonly code?: string | undefined },
): Promise<number> {
  const caller = requirePerson(ctx);
  const person = await getSignIn(app.database.read, caller.id);
  const { code } = input;
  const needsCode = person?.two_factor_enabled === 1;
  if (needsCode && code === undefined) {
    throw invalid({
      path: 'code',
      message: 'is required, because two-factor sign-in is on: send a code of the app or a back-up code',
    });
  }
  await app.people.auth();
  return judged(app, visit.ip, caller.email, async () => {
    await requirePassword(app, person, input.password);
    const now = app.clock.wallMs();
    const confirm = (factor?: Factor) =>
      change(app, ctx, async (unit) => {
        await holdPerson(app, unit, caller.id);
        if (factor)
          await checkFactor(
            app,
            { ...app.people.callFor(visit, 'session'), tx: unit.tx },
            factor,
            code as string,
          );
        if (!(await markAuthenticated(unit.tx, caller.sessionId, now))) throw notSignedIn();
        return now;
      });
    if (!needsCode) return confirm();
    const factor = /^\d{6}$/.test(code as string) ? 'totp' : 'backup';
    return usedOnce(app, factor, `session ${caller.sessionId}`, code as string, () => confirm(factor));
  });
}
