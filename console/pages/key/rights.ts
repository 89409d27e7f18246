import { keyArea, type useMay } from '@/session.ts';
import type { Key } from '@/types.ts';

/** What the person may do with a key; the server decides, this only keeps from offering what it would refuse. */
export interface KeyRights {
  /** Change it, or take a new secret of it. */
  readonly mayChange: boolean;
  /** Revoke and delete it: administrators may end the personal keys of others, too. */
  readonly mayEnd: boolean;
  /** Make another key from it. */
  readonly mayCreate: boolean;
}

export function rightsOver(key: Key, userId: string, may: ReturnType<typeof useMay>): KeyRights {
  const mayWrite = may(keyArea(key.environment), 'write');
  if (key.owner === 'tenant') return { mayChange: mayWrite, mayEnd: mayWrite, mayCreate: mayWrite };
  const isOwn = key.ownerUser?.id === userId;
  return {
    mayChange: isOwn,
    mayEnd: isOwn || (mayWrite && may('members', 'write')),
    mayCreate: isOwn && mayWrite,
  };
}
