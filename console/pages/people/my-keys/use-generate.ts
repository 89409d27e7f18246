import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Issued } from '@/components/secret-dialog.tsx';
import { useOnce } from '@/lib/once.ts';
import { bodyOf, type Draft, type Rules } from '@/pages/keys/create/draft.ts';
import { type Refusal, sortRefusal } from '@/pages/keys/create/problems.ts';
import { problemOf } from '@/problem.ts';
import { bundlesQuery, scopesQuery } from '@/queries/catalogue.ts';
import { keyPolicyQuery } from '@/queries/key-policy.ts';
import { refreshKeys } from '@/queries/keys.ts';
import { createPersonalKey } from '@/queries/personal-keys.ts';
import { useSession } from '@/session.ts';
import type { Environment, OwnKeyPolicy, Role, Scope } from '@/types.ts';
import { defaultKeyPolicy, personalScopes } from '../../../../src/core/key-policy.ts';

/** Why a scope cannot be in a personal key, as a sentence; null: it can. */
function refusalsOf(policy: OwnKeyPolicy, role: Role, scopes: readonly Scope[]) {
  const all = new Set(scopes.map(({ name }) => name));
  const catalogue = { scopes, bundles: [], inherited: all, all };
  const ofRole = personalScopes(role, policy.environment, defaultKeyPolicy, catalogue);
  const given = new Set(policy.scopes);
  return (scope: string): string | null => {
    if (given.has(scope)) return null;
    return ofRole.has(scope)
      ? `The key policy keeps it from the role ${role}.`
      : `Your role, ${role}, does not have it.`;
  };
}

/** What the tenant and the role demand of a personal key here; undefined until it is known. */
export function usePersonalRules(environment: Environment): {
  readonly rules?: Rules;
  readonly error: Error | null;
} {
  const { role } = useSession().user;
  const policy = useQuery(keyPolicyQuery(environment, 'user'));
  const catalogue = useQuery(scopesQuery);
  const bundles = useQuery(bundlesQuery);
  const error = policy.error ?? catalogue.error ?? bundles.error;
  if (!policy.data || !catalogue.data || !bundles.data) return { error };
  const rules: Rules = {
    policy: policy.data,
    catalogue: catalogue.data,
    bundles: bundles.data,
    refusalOf: refusalsOf(policy.data, role, catalogue.data),
  };
  return { rules, error: null };
}

/** Sends a draft, once; the secret goes to `onIssued` and nowhere else. */
export function useGenerate(environment: Environment, onIssued: (issued: Issued) => void) {
  const client = useQueryClient();
  const once = useOnce();
  const [isBusy, setBusy] = useState(false);
  // An end "in 30 days" is another moment at each try: what got no answer is sent again as it was.
  const sent = useRef<{ readonly draft: Draft; readonly body: ReturnType<typeof bodyOf> } | null>(null);
  const generate = async (draft: Draft, rules: Rules): Promise<Refusal | null> => {
    if (sent.current?.draft !== draft) sent.current = { draft, body: bodyOf(draft, rules, Date.now()) };
    const { body } = sent.current;
    setBusy(true);
    try {
      const made = await once(body, (idempotencyKey) => createPersonalKey(environment, body, idempotencyKey));
      onIssued({ keyId: made.id, name: made.name, environment, secret: made.secret });
      void refreshKeys(client);
      return null;
    } catch (error) {
      return sortRefusal(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return { generate, isBusy };
}
