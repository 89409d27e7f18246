import { AppError } from '../../errors.ts';
import type { App, Context } from '../app.ts';
import { change } from '../app.ts';
import { recordChange } from '../audit.ts';
import { callerOf, type Visit } from './caller.ts';
import {
  asPerson,
  endOthers,
  holdPerson,
  judged,
  notSignedIn,
  readSignedIn,
  withPassword,
} from './identity.ts';
import type { Renewed } from './password.ts';

const nothing = async () => null;

/** What the app needs to know, shown this once; sign-in asks for codes from `confirmTwoFactor` on. */
export async function startTwoFactor(
  app: App,
  ctx: Context,
  visit: Visit,
  password: string,
): Promise<{ readonly totpURI: string; readonly backupCodes: readonly string[] }> {
  return withPassword(app, ctx, visit, password, nothing, async ({ auth, call }) => {
    const { body } = await auth.call(call, (api, headers) =>
      api.enableTwoFactor({ body: { password }, headers, returnHeaders: true }),
    );
    if (body.method !== 'totp') throw new Error('better-auth enabled another factor than TOTP');
    return { totpURI: body.totpURI, backupCodes: body.backupCodes };
  });
}

/** The first code of the app switches two-factor sign-in on, ends all other sessions and renews this one. */
export async function confirmTwoFactor(app: App, ctx: Context, visit: Visit, code: string): Promise<Renewed> {
  const current = await app.people.findSignedIn(visit.cookie);
  if (!current) throw notSignedIn();
  if (current.two_factor_enabled === 1) throw new AppError('conflict', 'Two-factor sign-in is on already.');
  const auth = await app.people.auth();
  return judged(app, visit.ip, current.email, () =>
    change(app, ctx, async (unit) => {
      await holdPerson(app, unit, current.user_id);
      const { authenticatedAt } = callerOf(current);
      const call = { ...app.people.callFor(visit, 'session'), tx: unit.tx, authenticatedAt };
      const { sessionId, cookies } = await auth.call(call, (api, headers) =>
        api.verifyTOTP({ body: { code }, headers, returnHeaders: true }),
      );
      const signedIn = await readSignedIn(unit, sessionId);
      await endOthers(unit, current.user_id, sessionId);
      await recordChange(app, asPerson(ctx, signedIn), unit, {
        action: 'user.two_factor_enabled',
        targetId: signedIn.user_id,
      });
      return { signedIn, cookies };
    }),
  );
}

export async function endTwoFactor(app: App, ctx: Context, visit: Visit, password: string): Promise<Renewed> {
  return withPassword(app, ctx, visit, password, nothing, async ({ auth, call, caller, person, unit }) => {
    if (person.two_factor_enabled !== 1) throw new AppError('conflict', 'Two-factor sign-in is not on.');
    const { authenticatedAt } = caller;
    const { sessionId, cookies } = await auth.call({ ...call, authenticatedAt }, (api, headers) =>
      api.disableTwoFactor({ body: { password }, headers, returnHeaders: true }),
    );
    const signedIn = await readSignedIn(unit, sessionId);
    await endOthers(unit, caller.id, sessionId);
    await recordChange(app, ctx, unit, { action: 'user.two_factor_disabled', targetId: caller.id });
    return { signedIn, cookies };
  });
}

/** New back-up codes, shown this once; the old ones and all other sessions end. */
export async function renewBackupCodes(
  app: App,
  ctx: Context,
  visit: Visit,
  password: string,
): Promise<readonly string[]> {
  return withPassword(app, ctx, visit, password, nothing, async ({ auth, call, caller, unit }) => {
    const { body } = await auth.call(call, (api, headers) =>
      api.generateBackupCodes({ body: { password }, headers, returnHeaders: true }),
    );
    await endOthers(unit, caller.id, caller.sessionId);
    await recordChange(app, ctx, unit, { action: 'user.backup_codes_renewed', targetId: caller.id });
    return body.backupCodes;
  });
}

/** Whether a sign-in waits for its second factor in this browser. */
export function isChallenged(app: App, visit: Visit): boolean {
  return app.people.cookies.token(visit.cookie, 'challenge') !== null;
}
