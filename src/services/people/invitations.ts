import { decodeCursor, encodeCursor } from '../../core/cursor.ts';
import { normalizeEmail } from '../../core/people.ts';
import { mayGrantRole, type Role, roleAllows } from '../../core/roles.ts';
import { digestOf } from '../../core/secret.ts';
import { AppError, invalid, notFound } from '../../errors.ts';
import {
  deleteInvitation as deleteInvitationRow,
  emailIsTaken,
  findInvitation,
  findSignIn,
  getInvitation,
  getMember,
  type InvitationRow,
  insertInvitation,
  invitationsFor,
  listInvitations as listInvitationRows,
  lockTenant,
  markAccepted,
} from '../../store/people.ts';
import { type App, type Context, change, reader, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import type { Visit } from './caller.ts';
import { requireGoodPassword } from './password.ts';
import { addPerson, addressTaken } from './setup.ts';
import { createToken } from './setup-links.ts';
import { finishSignIn, type SignInAnswer } from './sign-in.ts';

const lifetimeMs = 7 * 86_400_000;

export type Invitation = InvitationRow;

export interface Page<T> {
  readonly rows: T[];
  readonly nextCursor: string | null;
}

export function pageOf<T extends { readonly id: string }>(rows: T[], limit: number): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, nextCursor: rows.length > limit && last ? encodeCursor(last.id) : null };
}

export function pageRequest(query: { readonly limit: number; readonly cursor?: string | undefined }) {
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
  if (query.cursor !== undefined && after === null) {
    throw invalid({ path: 'cursor', message: 'must be a nextCursor of the page before' });
  }
  return { limit: query.limit, after };
}

/**
 * Takes the tenant's turn, and answers the caller's role as it is now: it may have changed since the guard looked.
 * The command line acts as an owner.
 */
export async function holdTenant(app: App, ctx: Context, unit: Unit): Promise<Role> {
  const tenant = await lockTenant(unit.tx, app.database.dialect, ctx.tenantId);
  if (!tenant) throw notFound('tenant');
  if (ctx.caller.kind === 'system') return 'owner';
  const member = await getMember(unit.tx, ctx.tenantId, ctx.caller.id);
  if (!member) throw new AppError('role_not_allowed', 'You are no longer a member of this tenant.');
  return member.role as Role;
}

export function requireMayGrant(own: Role, role: Role): void {
  if (mayGrantRole(own, role)) return;
  throw new AppError(
    'role_not_allowed',
    `As ${own} you cannot make somebody ${role}: nobody grants a role above their own.`,
  );
}

/** `link` is shown this once: only its token's digest is stored. An earlier invitation of the address ends. */
export async function inviteMember(
  app: App,
  ctx: Context,
  input: { readonly email: string; readonly role: Role },
): Promise<{ readonly id: string; readonly link: string; readonly expiresAt: number }> {
  const email = normalizeEmail(input.email);
  const { role } = input;
  const token = createToken();
  return change(app, ctx, async (unit) => {
    const own = await holdTenant(app, ctx, unit);
    if (!roleAllows(own, 'members', 'write')) throw new AppError('role_not_allowed');
    requireMayGrant(own, role);
    if ((await findSignIn(unit.tx, email))?.tenant_id === ctx.tenantId) {
      throw new AppError('conflict', 'Somebody with this e-mail address is a member already.');
    }
    for (const earlier of await invitationsFor(unit.tx, ctx.tenantId, email)) {
      if (!mayGrantRole(own, earlier.role as Role)) {
        throw new AppError(
          'role_not_allowed',
          `This address is invited as ${earlier.role}: only an ${earlier.role} may change that.`,
        );
      }
      await deleteInvitationRow(unit.tx, earlier.id);
    }
    const id = app.newId('inv');
    const now = app.clock.wallMs();
    const expiresAt = now + lifetimeMs;
    await insertInvitation(unit.tx, {
      id,
      tenant_id: ctx.tenantId,
      email,
      role,
      token_digest: digestOf(token),
      invited_by: ctx.caller.id,
      created_at: now,
      expires_at: expiresAt,
      accepted_at: null,
    });
    await recordChange(app, ctx, unit, {
      action: 'invitation.created',
      targetId: id,
      after: { email, role },
    });
    return { id, link: `${app.settings.publicUrl}/invitation#token=${token}`, expiresAt };
  });
}

/** Those that wait, newest first; the expired ones among them. */
export async function listInvitations(
  app: App,
  ctx: Context,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Page<InvitationRow>> {
  return pageOf(await listInvitationRows(reader(app, ctx), ctx.tenantId, pageRequest(query)), query.limit);
}

export async function revokeInvitation(app: App, ctx: Context, id: string): Promise<void> {
  await change(app, ctx, async (unit) => {
    const own = await holdTenant(app, ctx, unit);
    const invitation = await getInvitation(unit.tx, ctx.tenantId, id);
    if (!invitation) throw notFound('invitation');
    if (!mayGrantRole(own, invitation.role as Role)) {
      throw new AppError(
        'role_not_allowed',
        `As ${own} you cannot withdraw the invitation of an ${invitation.role}.`,
      );
    }
    await endInvitation(app, ctx, unit, invitation);
  });
}

export async function endInvitation(
  app: App,
  ctx: Context,
  unit: Unit,
  invitation: InvitationRow,
): Promise<void> {
  const { id, email, role } = invitation;
  await deleteInvitationRow(unit.tx, id);
  await recordChange(app, ctx, unit, { action: 'invitation.revoked', targetId: id, before: { email, role } });
}

function noInvitation(): AppError {
  return new AppError('not_found', 'This invitation is not valid, or no longer: ask for a new one.');
}

/** Makes the member and signs in, in one transaction: of two at once the second finds no invitation any more. */
export async function acceptInvitation(
  app: App,
  ctx: Context,
  visit: Visit,
  input: { readonly token: string; readonly name: string; readonly password: string },
): Promise<SignInAnswer> {
  const { people, database } = app;
  const digest = digestOf(input.token);
  const found = await findInvitation(database.read, digest, app.clock.wallMs());
  if (!found) throw noInvitation();
  if (await emailIsTaken(database.read, found.email)) throw addressTaken();
  requireGoodPassword(input.password, found.email);
  const auth = await people.auth();
  const passwordHash = await people.passwords.hash(input.password);
  return change(app, ctx, async (unit) => {
    await lockTenant(unit.tx, database.dialect, found.tenant_id);
    const invitation = await findInvitation(unit.tx, digest, app.clock.wallMs());
    if (!invitation) throw noInvitation();
    const { tenant_id: tenantId, email } = invitation;
    const role = invitation.role as Role;
    const byInvitation: Context = { ...ctx, caller: { kind: 'system', id: invitation.id } };
    const userId = await addPerson(app, byInvitation, unit, {
      tenantId,
      email,
      name: input.name,
      role,
      passwordHash,
    });
    await markAccepted(unit.tx, invitation.id, app.clock.wallMs());
    const started = await auth.call({ ...people.callFor(visit, null), tx: unit.tx }, (api, headers) =>
      api.startSession({ body: { userId }, headers, returnHeaders: true }),
    );
    return finishSignIn(app, ctx, unit, visit, started);
  });
}
