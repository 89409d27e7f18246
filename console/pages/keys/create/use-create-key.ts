import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Issued } from '@/components/secret-dialog.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { problemOf } from '@/problem.ts';
import { createKey, refreshKeys } from '@/queries/keys.ts';
import type { Draft, Rules } from './draft.ts';
import { type Refusal, sortRefusal } from './problems.ts';
import { useSendDraft } from './send-draft.ts';

/** Sends the draft. The secret lives in the state of this hook until it is forgotten, and nowhere else. */
export function useCreateKey() {
  const client = useQueryClient();
  const send = useSendDraft();
  const [isBusy, setBusy] = useState(false);
  const [issued, setIssued] = useState<Issued | null>(null);
  const create = async (draft: Draft, rules: Rules): Promise<Refusal | null> => {
    setBusy(true);
    try {
      const { id, name, environment, secret } = await send(draft, rules, (body, idempotencyKey) =>
        createKey(draft.environment, body, idempotencyKey),
      );
      setIssued({ keyId: id, name, environment, secret });
      void refreshKeys(client);
      return null;
    } catch (error) {
      return sortRefusal(problemOf(error));
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
