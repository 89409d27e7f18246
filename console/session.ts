import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { type Access, type Area, roleTable } from '../src/core/roles.ts';
import { get } from './api.ts';
import { checkOwner } from './page-owner.ts';
import type { Environment, SignedIn } from './types.ts';

/** Who is signed in. Fails with `missing_key` when nobody is: the router then leads to the sign-in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    const session = await get<SignedIn>('/api/auth/get-session', { signal, isUngated: true });
    await checkOwner(session.user.id);
    return session;
  },
  staleTime: 30_000,
  // It may have been ended, or replaced, in another tab.
  refetchOnWindowFocus: 'always',
  retry: false,
});

export function useSession(): SignedIn {
  return useSuspenseQuery(sessionQuery).data;
}

const rank: Readonly<Record<Access, number>> = { none: 0, counts: 1, read: 2, write: 3 };

/** What the role of the person may do; the server decides, this only keeps from offering what it would refuse. */
export function useMay(): (area: Area, access: Exclude<Access, 'none'>) => boolean {
  const { role } = useSession().user;
  return (area, access) => rank[roleTable[area][role]] >= rank[access];
}

export function keyArea(environment: Environment): Area {
  return environment === 'production' ? 'production_keys' : 'other_keys';
}
