import { queryOptions } from '@tanstack/react-query';
import { del, get, patch, post } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import type {
  CreatedInvitation,
  Environment,
  Invitation,
  Member,
  Page,
  Role,
  Session,
  SignedIn,
  SignInAnswer,
  TwoFactor,
} from '@/types.ts';

const open = { isUngated: true } as const;

export function signIn(email: string, password: string) {
  return post<SignInAnswer>('/api/auth/sign-in/email', { ...open, body: { email, password } });
}

export interface NewOwner {
  readonly token: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly tenantName?: string;
}

export function setUp(owner: NewOwner) {
  return post<SignInAnswer>('/api/auth/setup', { ...open, body: owner });
}

export function acceptInvitation(body: {
  readonly token: string;
  readonly name: string;
  readonly password: string;
}) {
  return post<SignInAnswer>('/api/auth/accept-invitation', { ...open, body });
}

/** Whether nobody has set Keyward up yet. */
export const needsSetUpQuery = queryOptions({
  queryKey: ['needs-set-up'],
  queryFn: async ({ signal }) =>
    !(await get<{ readonly isSetUp: boolean }>('/api/auth/setup', { ...open, signal })).isSetUp,
  staleTime: 10_000,
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) =>
    (await get<{ readonly data: readonly Session[] }>('/api/auth/list-sessions', { signal })).data,
});

export function endSession(id: string) {
  return post<void>('/api/auth/revoke-session', { body: { id } });
}

export function endOtherSessions() {
  return post<{ readonly ended: number }>('/api/auth/revoke-other-sessions');
}

export function changePassword(currentPassword: string, newPassword: string) {
  return post<SignedIn>('/api/auth/change-password', { body: { currentPassword, newPassword } });
}

export function startTwoFactor(password: string) {
  return post<TwoFactor>('/api/auth/two-factor/enable', { body: { password } });
}

export function confirmTwoFactor(code: string) {
  return post<SignInAnswer>('/api/auth/two-factor/verify-totp', { body: { code } });
}

export function endTwoFactor(password: string) {
  return post<SignedIn>('/api/auth/two-factor/disable', { body: { password } });
}

export function renewBackupCodes(password: string) {
  return post<{ readonly backupCodes: readonly string[] }>('/api/auth/two-factor/generate-backup-codes', {
    body: { password },
  });
}

export const membersQuery = pagesOf<Member>(['members', 'list'], (cursor, signal) =>
  get<Page<Member>>('/members', { query: { limit: pageSize, cursor }, signal }),
);

export const invitationsQuery = pagesOf<Invitation>(['members', 'invitations'], (cursor, signal) =>
  get<Page<Invitation>>('/invitations', { query: { limit: pageSize, cursor }, signal }),
);

export interface NewInvitation {
  readonly email: string;
  readonly role: Role;
}

/** The answer holds the link: it goes to the dialog that shows it, never into a cache. */
export function inviteMember(body: NewInvitation, idempotencyKey: string) {
  const headers = { 'Idempotency-Key': idempotencyKey };
  return post<CreatedInvitation>('/invitations', { body, headers });
}

export function withdrawInvitation(id: string) {
  return del<void>(`/invitations/${encodeURIComponent(id)}`);
}

export function changeRole(id: string, role: Role) {
  return patch<Member>(`/members/${encodeURIComponent(id)}`, { body: { role } });
}

/** What becomes of the personal keys of somebody who goes. */
export type LeaversChoice = 'revoke' | 'delete';

/** Personal keys that still work, as the refusal to remove their owner without a choice names them. */
export interface LeaversKeys {
  readonly count: number;
  readonly keys: readonly {
    readonly id: string;
    readonly name: string;
    readonly environment: Environment;
    readonly lastUsedAt: string | null;
    readonly lastUsedIp: string | null;
  }[];
}

export function removeMember(id: string, personalKeys?: LeaversChoice) {
  return del<void>(`/members/${encodeURIComponent(id)}`, { query: { personalKeys } });
}
