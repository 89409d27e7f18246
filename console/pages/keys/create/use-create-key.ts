import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Issued } from '@/components/secret-dialog.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { problemOf } from '@/problem.ts';
import { createKey, refreshKeys } from '@/queries/keys.ts';
import { bodyOf, type Draft, type Rules } from './draft.ts';
import { type Refusal, sortRefusal } from './problems.ts';

interface Attempt {
  readonly draft: Draft;
  readonly body: ReturnType<typeof bodyOf>;
  readonly idempotencyKey: string;
}

/**
 * Sends the draft. What got no answer is sent again as the same request, so that it makes one key; the secret lives
 * in the state of this hook until it is forgotten, and nowhere else.
 */
export function useCreateKey() {
  const client = useQueryClient();
  const attempt = useRef<Attempt | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [issued, setIssued] = useState<Issued | null>(null);
  const create = async (draft: Draft, rules: Rules): Promise<Refusal | null> => {
    if (attempt.current?.draft !== draft) {
      const body = bodyOf(draft, rules, Date.now());
      attempt.current = { draft, body, idempotencyKey: crypto.randomUUID() };
    }
    const { body, idempotencyKey } = attempt.current;
    setBusy(true);
    try {
      const { id, name, environment, secret } = await createKey(draft.environment, body, idempotencyKey);
      setIssued({ keyId: id, name, environment, secret });
      void refreshKeys(client);
      return null;
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status >= 400 && problem.status < 500) attempt.current = null;
      return sortRefusal(problem);
    } finally {
      setBusy(false);
    }
  };
  const forget = () => {
    if (issued) toast({ title: `${issued.name} is ready` });
    setIssued(null);
  };
  return { create, isBusy, issued, forget };
}
