import { useMemo } from 'react';
import { useEnvironment } from '@/environment.ts';
import { useSession } from '@/session.ts';
import { sessionScopes } from '../../../src/core/roles.ts';
import { createScopeCatalogue } from '../../../src/core/scopes.ts';

const catalogue = createScopeCatalogue();

/** Whether the role of the person holds all of these scopes here; what it does not is not offered. */
export function useHolds(): (...scopes: readonly string[]) => boolean {
  const { role } = useSession().user;
  const environment = useEnvironment();
  return useMemo(() => {
    const held = sessionScopes(role, environment, catalogue);
    return (...scopes) => scopes.every((scope) => held.has(scope));
  }, [role, environment]);
}
