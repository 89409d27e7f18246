import type { OwnKeyPolicy, Scope, SignedIn } from '@/types.ts';
import { grantableScopes } from '../../../../src/core/roles.ts';
import { customerScopes, type ScopeCatalogue } from '../../../../src/core/scopes.ts';

function catalogueOf(scopes: readonly Scope[]): ScopeCatalogue {
  const names = scopes.map(({ name }) => name);
  const inherited = scopes.filter(({ inheritable }) => inheritable).map(({ name }) => name);
  return { scopes, bundles: [], inherited: new Set(inherited), all: new Set(names) };
}

interface Reasons {
  readonly policy: OwnKeyPolicy;
  readonly role: SignedIn['user']['role'];
  readonly scopes: readonly Scope[];
  readonly hasCustomers: boolean;
}

/** Why each scope cannot be put into the key, as a sentence; null: it can. */
export function refusalsFor({
  policy,
  role,
  scopes,
  hasCustomers,
}: Reasons): (scope: string) => string | null {
  const catalogue = catalogueOf(scopes);
  const given = new Set(policy.scopes);
  const ofRole = grantableScopes(role, catalogue);
  const ofCustomers = customerScopes(catalogue);
  return (scope) => {
    if (!given.has(scope)) {
      return ofRole.has(scope) ? 'The key policy does not allow it.' : 'Your role may not give it.';
    }
    return hasCustomers && !ofCustomers.has(scope) ? 'Cannot be restricted to customers.' : null;
  };
}
