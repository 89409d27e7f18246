import type { Role } from '../../core/roles.ts';
import type { SignedInRow } from '../../store/sessions.ts';
import type { UserCaller } from '../app.ts';

/** What a request says of its sender; `ip` is the one the server worked out, never a raw header. */
export interface Visit {
  readonly cookie: string | undefined;
  readonly userAgent: string | undefined;
  readonly ip: string;
}

/** A person in a session, with their place. */
export type SignedIn = SignedInRow;

export type SignedInCaller = UserCaller & { readonly tenantId: string };

export function callerOf(row: SignedInRow): SignedInCaller {
  return {
    kind: 'user',
    id: row.user_id,
    email: row.email,
    name: row.name,
    role: row.role as Role,
    sessionId: row.session_id,
    authenticatedAt: row.authenticated_at ?? 0,
    tenantId: row.tenant_id,
  };
}
