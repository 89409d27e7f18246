import { countPending } from '../../store/webhook-queue.ts';
import type { App } from '../app.ts';
import { counter, type Family, gauge } from './exposition.ts';

const outcomes = ['delivered', 'retried', 'failed', 'cancelled', 'cut'] as const;

/** Over all tenants. */
export async function webhookFamilies({ database, clock, webhooks }: App): Promise<Family[]> {
  const pending = await countPending(database.read).catch(() => null);
  if (pending === null) return [];
  const waitedMs = pending.oldestAt === null ? 0 : Math.max(0, clock.wallMs() - pending.oldestAt);
  return [
    counter(
      'keyward_webhook_attempts_total',
      'Attempts to deliver to webhooks, by what came of them.',
      outcomes.map((outcome) => ({ labels: { outcome }, value: webhooks.outcomes.get(outcome) ?? 0 })),
    ),
    gauge('keyward_webhook_deliveries_waiting', 'Deliveries to webhooks that have not ended.', pending.n),
    gauge(
      'keyward_webhook_oldest_seconds',
      'The age of the oldest delivery that has not ended.',
      waitedMs / 1_000,
    ),
  ];
}
