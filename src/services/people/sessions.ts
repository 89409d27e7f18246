import { notFound } from '../../errors.ts';
import {
  endSession as endSessionRow,
  endSessions,
  listSessions as listSessionRows,
  type SessionRow,
  type SignedInRow,
} from '../../store/sessions.ts';
import { type App, type Context, change } from '../app.ts';
import { recordChange } from '../audit.ts';
import type { Visit } from './caller.ts';
import { holdPerson, notSignedIn, requirePerson } from './identity.ts';

const lifetimeMs = 7 * 86_400_000;
const refreshAfterMs = 86_400_000;

/** Who is signed in; once a day the session and its cookie are prolonged to seven days from now. */
export async function getSession(
  app: App,
  visit: Visit,
): Promise<{ readonly signedIn: SignedInRow; readonly cookies: readonly string[] }> {
  const signedIn = await app.people.findSignedIn(visit.cookie);
  if (!signedIn) throw notSignedIn();
  const isDue = signedIn.expires_at - lifetimeMs + refreshAfterMs <= app.clock.wallMs();
  if (!isDue) return { signedIn, cookies: [] };
  const auth = await app.people.auth();
  const { cookies } = await auth.call(app.people.callFor(visit, 'session'), (api, headers) =>
    api.getSession({ headers, returnHeaders: true }),
  );
  return { signedIn: (await app.people.findSignedIn(visit.cookie)) ?? signedIn, cookies };
}

/** The person's own, newest first. */
export function listSessions(app: App, ctx: Context): Promise<SessionRow[]> {
  return listSessionRows(app.database.read, requirePerson(ctx).id, app.clock.wallMs());
}

export async function endSession(app: App, ctx: Context, id: string): Promise<void> {
  const caller = requirePerson(ctx);
  await change(app, ctx, async (unit) => {
    await holdPerson(app, unit, caller.id);
    if (!(await endSessionRow(unit.tx, caller.id, id))) throw notFound('session');
    await recordChange(app, ctx, unit, { action: 'session.ended', targetId: id });
  });
}

/** Answers how many have ended. */
export async function endOtherSessions(app: App, ctx: Context): Promise<number> {
  const caller = requirePerson(ctx);
  return change(app, ctx, async (unit) => {
    await holdPerson(app, unit, caller.id);
    const ended = await endSessions(unit.tx, caller.id, caller.sessionId);
    if (ended > 0) await recordChange(app, ctx, unit, { action: 'session.others_ended', after: { ended } });
    return ended;
  });
}

/** Our own deletion: better-auth's sign-out says that it worked also where the database refused. */
export async function signOut(app: App, ctx: Context): Promise<readonly string[]> {
  const caller = requirePerson(ctx);
  await endSessionRow(app.database.write, caller.id, caller.sessionId);
  return [app.people.cookies.cleared('session'), app.people.cookies.cleared('challenge')];
}
