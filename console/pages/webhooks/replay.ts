import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { replayDelivery, webhooks } from '@/queries/webhooks.ts';

/** Sends one again, and opens the new delivery. */
export function useReplay(webhookId: string) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [, change] = useFilters();
  const [isBusy, setBusy] = useState(false);
  const run = async (deliveryId: string) => {
    setBusy(true);
    try {
      const { id } = await replayDelivery(environment, webhookId, deliveryId);
      change({ delivery: id });
      await webhooks.refresh(client);
    } catch (error) {
      toast({ tone: 'red', title: 'It was not sent again', text: problemOf(error).message });
    }
    setBusy(false);
  };
  return { isBusy, run };
}
