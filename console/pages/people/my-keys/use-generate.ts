import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Issued } from '@/components/secret-dialog.tsx';
import type { Draft, Rules } from '@/pages/keys/create/draft.ts';
import { type Refusal, sortRefusal } from '@/pages/keys/create/problems.ts';
import { useSendDraft } from '@/pages/keys/create/send-draft.ts';
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
  const send = useSendDraft();
  const [isBusy, setBusy] = useState(false);
  const generate = async (draft: Draft, rules: Rules): Promise<Refusal | null> => {
    setBusy(true);
    try {
      const made = await send(draft, rules, (body, idempotencyKey) =>
        createPersonalKey(environment, body, idempotencyKey),
      );
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
