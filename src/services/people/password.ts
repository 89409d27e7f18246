import { normalizeEmail, passwordProblem } from '../../core/people.ts';
import { invalid, notFound } from '../../errors.ts';
import { findSignIn } from '../../store/people.ts';
import { removeTwoFactor, type SignedInRow, setPassword } from '../../store/sessions.ts';
import { type App, type Context, change } from '../app.ts';
import { recordChange } from '../audit.ts';
import type { Visit } from './caller.ts';
import { endOthers, holdPerson, readSignedIn, requirePerson, withPassword } from './identity.ts';

export interface Renewed {
  readonly signedIn: SignedInRow;
  readonly cookies: readonly string[];
}

/** Throws a 400 that says what is wrong with a new password. */
export function requireGoodPassword(password: string, email: string, path = 'password'): void {
  const problem = passwordProblem(password);
  if (problem) throw invalid({ path, message: problem });
  if (password.toLowerCase().includes(email))
    throw invalid({ path, message: 'must not contain the e-mail address' });
}

/** Ends every session of the person and renews the present one. */
export async function changePassword(
  app: App,
  ctx: Context,
  visit: Visit,
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Renewed> {
  const { currentPassword, newPassword } = input;
  requireGoodPassword(newPassword, requirePerson(ctx).email, 'newPassword');
  if (newPassword === currentPassword) throw invalid({ path: 'newPassword', message: 'must be another one' });
  const prepare = async () => ({ password: newPassword, hash: await app.people.passwords.hash(newPassword) });
  return withPassword(
    app,
    ctx,
    visit,
    currentPassword,
    prepare,
    async ({ caller, person, unit, auth, ...rest }) => {
      // The password alone proves less than password and factor: it must not make the session fresh.
      const freshness = person.two_factor_enabled === 1 ? { authenticatedAt: caller.authenticatedAt } : {};
      const call = { ...rest.call, ...freshness, hashed: rest.prepared };
      const { sessionId, cookies } = await auth.call(call, (api, headers) =>
        api.changePassword({
          body: { currentPassword, newPassword, revokeOtherSessions: true },
          headers,
          returnHeaders: true,
        }),
      );
      const signedIn = await readSignedIn(unit, sessionId);
      await endOthers(unit, caller.id, sessionId);
      await recordChange(app, ctx, unit, { action: 'user.password_changed', targetId: caller.id });
      return { signedIn, cookies };
    },
  );
}

/** Who has this password, or null; takes as long for nobody. */
export async function verifyPassword(
  app: App,
  email: string,
  password: string,
): Promise<{ readonly tenantId: string; readonly userId: string; readonly role: string } | null> {
  const person = await findSignIn(app.database.read, normalizeEmail(email));
  const isRight = await app.people.passwords.verify(person?.password ?? null, password);
  return isRight && person ? { tenantId: person.tenant_id, userId: person.id, role: person.role } : null;
}

/** For the command line: ends all sessions; `removeTwoFactor` helps where the device is lost. */
export async function resetPassword(
  app: App,
  email: string,
  newPassword: string,
  options: { readonly removeTwoFactor?: boolean } = {},
): Promise<{ readonly tenantId: string; readonly userId: string; readonly endedSessions: number }> {
  const address = normalizeEmail(email);
  requireGoodPassword(newPassword, address);
  const person = await findSignIn(app.database.read, address);
  if (!person) throw notFound('user');
  const hash = await app.people.passwords.hash(newPassword);
  const ctx = commandLine(person.tenant_id);
  return change(app, ctx, async (unit) => {
    await holdPerson(app, unit, person.id);
    await setPassword(unit.tx, person.id, hash, app.clock.wallMs());
    if (options.removeTwoFactor) await removeTwoFactor(unit.tx, person.id);
    const endedSessions = await endOthers(unit, person.id, null);
    await recordChange(app, ctx, unit, {
      action: 'user.password_reset',
      targetId: person.id,
      after: { endedSessions, twoFactorRemoved: options.removeTwoFactor === true },
    });
    return { tenantId: person.tenant_id, userId: person.id, endedSessions };
  });
}

export function commandLine(tenantId: string): Context {
  return {
    tenantId,
    environment: 'production',
    requestId: null,
    ip: null,
    caller: { kind: 'system', id: 'command-line' },
  };
}
