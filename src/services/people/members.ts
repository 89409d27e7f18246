import { mayGrantRole, type Role, roleAllows } from '../../core/roles.ts';
import { AppError, notFound } from '../../errors.ts';
import { raisePersonalVersions } from '../../store/keys.ts';
import {
  countOwners,
  deleteUser,
  getMember as getMemberRow,
  invitationsBy,
  listMembers as listMemberRows,
  type MemberRow,
  updateRole,
} from '../../store/people.ts';
import { type App, type Context, change, reader, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { endPersonalKeys, type LeaversChoice } from '../keys/leavers.ts';
import { checkPrecondition } from '../precondition.ts';
import { endOthers, holdPerson } from './identity.ts';
import { endInvitation, holdTenant, type Page, pageOf, pageRequest, requireMayGrant } from './invitations.ts';

export type Member = MemberRow;

export async function listMembers(
  app: App,
  ctx: Context,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Page<MemberRow>> {
  return pageOf(await listMemberRows(reader(app, ctx), ctx.tenantId, pageRequest(query)), query.limit);
}

export async function getMember(app: App, ctx: Context, id: string): Promise<MemberRow> {
  const member = await getMemberRow(reader(app, ctx), ctx.tenantId, id);
  if (!member) throw notFound('member');
  return member;
}

async function requireAnotherOwner(unit: Unit, ctx: Context, member: MemberRow): Promise<void> {
  if (member.role !== 'owner' || (await countOwners(unit.tx, ctx.tenantId)) > 1) return;
  throw new AppError('conflict', 'This is the last owner of the tenant: make somebody else an owner first.');
}

function requireNotAbove(own: Role, member: MemberRow): void {
  if (mayGrantRole(own, member.role as Role)) return;
  throw new AppError('role_not_allowed', `As ${own} you cannot change or remove an ${member.role}.`);
}

/** Links that a member handed out end with their right to: nobody comes back through one. */
async function endInvitationsBeyond(
  app: App,
  ctx: Context,
  unit: Unit,
  inviterId: string,
  role: Role | null,
): Promise<void> {
  for (const invitation of await invitationsBy(unit.tx, ctx.tenantId, inviterId)) {
    const mayStill =
      role !== null && roleAllows(role, 'members', 'write') && mayGrantRole(role, invitation.role as Role);
    if (!mayStill) await endInvitation(app, ctx, unit, invitation);
  }
}

/** Demotion ends the member's sessions. Their personal keys shrink and grow with the role, from the next request on. */
export async function changeRole(
  app: App,
  ctx: Context,
  id: string,
  role: Role,
  precondition: { readonly ifMatch: string | undefined; readonly tagOf: (member: MemberRow) => string },
): Promise<MemberRow> {
  return change(app, ctx, async (unit) => {
    const own = await holdTenant(app, ctx, unit);
    if (!roleAllows(own, 'members', 'write')) throw new AppError('role_not_allowed');
    const member = await getMemberRow(unit.tx, ctx.tenantId, id);
    if (!member) throw notFound('member');
    checkPrecondition(precondition.ifMatch, precondition.tagOf(member));
    requireNotAbove(own, member);
    requireMayGrant(own, role);
    if (member.role === role) return member;
    await requireAnotherOwner(unit, ctx, member);
    const now = Math.max(app.clock.wallMs(), member.updated_at + 1);
    const isDemotion = !mayGrantRole(role, member.role as Role);
    await holdPerson(app, unit, id);
    await updateRole(unit.tx, id, role, now);
    if (isDemotion) await endOthers(unit, id, null);
    await raisePersonalVersions(unit.tx, app.database.dialect, ctx.tenantId, id);
    const before = { role: member.role };
    await recordChange(app, ctx, unit, {
      action: 'member.role_changed',
      targetId: id,
      before,
      after: { role },
    });
    if (isDemotion) await endInvitationsBeyond(app, ctx, unit, id, role);
    unit.afterCommit.push(() => app.policies.dropTenant(ctx.tenantId));
    return { ...member, role, updated_at: now };
  });
}

/** User, password, factors, sessions and personal keys go; the audit log keeps what they did. Everybody may leave, but the last owner. */
export async function removeMember(
  app: App,
  ctx: Context,
  id: string,
  personalKeys?: LeaversChoice,
): Promise<void> {
  await change(app, ctx, async (unit) => {
    const own = await holdTenant(app, ctx, unit);
    const isLeaving = ctx.caller.id === id;
    if (!isLeaving && !roleAllows(own, 'members', 'write')) {
      throw new AppError('role_not_allowed', `As ${own} you may leave, but not remove others.`);
    }
    const member = await getMemberRow(unit.tx, ctx.tenantId, id);
    if (!member) throw notFound('member');
    requireNotAbove(own, member);
    await requireAnotherOwner(unit, ctx, member);
    const { email, name, role } = member;
    await holdPerson(app, unit, id);
    await endOthers(unit, id, null);
    await endPersonalKeys(app, ctx, unit, id, personalKeys);
    await deleteUser(unit.tx, id);
    const action = isLeaving ? 'member.left' : 'member.removed';
    await recordChange(app, ctx, unit, { action, targetId: id, before: { email, name, role } });
    await endInvitationsBeyond(app, ctx, unit, id, null);
    unit.afterCommit.push(() => app.policies.dropTenant(ctx.tenantId));
  });
}
