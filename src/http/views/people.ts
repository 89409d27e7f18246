import { toTimestamp } from '../../contract/common.ts';
import type { SignedIn } from '../../services/people/caller.ts';
import type { Invitation } from '../../services/people/invitations.ts';
import type { Member } from '../../services/people/members.ts';
import type { listSessions } from '../../services/people/sessions.ts';
import type { Tenant } from '../../services/people/tenant.ts';

export function presentSignedIn(row: SignedIn) {
  return {
    user: {
      id: row.user_id,
      name: row.name,
      email: row.email,
      role: row.role,
      twoFactorEnabled: row.two_factor_enabled === 1,
    },
    tenant: { id: row.tenant_id, name: row.tenant_name },
    session: {
      id: row.session_id,
      createdAt: toTimestamp(row.session_created_at),
      expiresAt: toTimestamp(row.expires_at),
      authenticatedAt: toTimestamp(row.authenticated_at ?? 0),
    },
  };
}

export function presentSession(session: Awaited<ReturnType<typeof listSessions>>[number], currentId: string) {
  return {
    id: session.id,
    createdAt: toTimestamp(session.created_at),
    expiresAt: toTimestamp(session.expires_at),
    ip: session.ip_address || null,
    userAgent: session.user_agent || null,
    isCurrent: session.id === currentId,
  };
}

export function presentTenant({ id, name, ceilings, createdAt, updatedAt }: Tenant) {
  return { id, name, ceilings, createdAt: toTimestamp(createdAt), updatedAt: toTimestamp(updatedAt) };
}

export function presentMember(member: Member) {
  return {
    id: member.id,
    name: member.name,
    email: member.email,
    role: member.role,
    twoFactorEnabled: member.two_factor_enabled === 1,
    createdAt: toTimestamp(member.created_at),
    updatedAt: toTimestamp(member.updated_at),
  };
}

export function presentInvitation(invitation: Invitation) {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    invitedBy: invitation.invited_by,
    createdAt: toTimestamp(invitation.created_at),
    expiresAt: toTimestamp(invitation.expires_at),
  };
}
