import type { Place } from '../core/policy.ts';
import { type EventType, matchesEvent } from '../core/webhook-events.ts';
import type { WebhookDeliveryTable } from '../store/schema.ts';
import { activeSubscriptions, insertDeliveries, insertEvent } from '../store/webhook-events.ts';
import type { App, Unit } from './app.ts';

export { type EventType, eventTypes } from '../core/webhook-events.ts';

/**
 * Tells whoever subscribed, once the open transaction is committed, and nobody where it is not. `data` is what the API
 * would show: never a secret, times in ISO 8601. A function is asked only where somebody subscribed.
 */
export async function publishEvent(
  app: App,
  place: Place,
  unit: Unit,
  type: EventType,
  data: object | (() => object | Promise<object>),
): Promise<void> {
  const subscriptions = await activeSubscriptions(unit.tx, place);
  const ids = subscriptions.flatMap(({ id, events }) => {
    const patterns = JSON.parse(events) as string[];
    return patterns.some((pattern) => matchesEvent(pattern, type)) ? [id] : [];
  });
  if (ids.length === 0) return;
  const told = typeof data === 'function' ? await (data as () => object | Promise<object>)() : data;
  await sendEvent(app, place, unit, { type, data: told, webhookIds: ids });
}

/** The names of what a change made different, as the API shows it. */
export function changedFields(before: object, after: object): string[] {
  const old = before as Readonly<Record<string, unknown>>;
  return Object.entries(after)
    .filter(([name, value]) => name !== 'updatedAt' && JSON.stringify(old[name]) !== JSON.stringify(value))
    .map(([name]) => name);
}

/** The event for these subscriptions alone, whatever they asked for. Answers the deliveries. */
export async function sendEvent(
  app: App,
  place: Place,
  unit: Unit,
  event: { readonly type: EventType; readonly data: object; readonly webhookIds: readonly string[] },
): Promise<readonly WebhookDeliveryTable[]> {
  const { tenantId, environment } = place;
  const { type, data } = event;
  const now = app.clock.wallMs();
  const id = app.newId('evt');
  const common = { tenant_id: tenantId, environment, type, created_at: now };
  const payload = JSON.stringify({ type, timestamp: new Date(now).toISOString(), tenantId, data });
  await insertEvent(unit.tx, { ...common, id, payload });
  const deliveries = event.webhookIds.map((webhookId) => ({
    ...common,
    id: app.newId('dlv'),
    webhook_id: webhookId,
    event_id: id,
    ...waitingSince(now),
    replay_of: null,
  }));
  await insertDeliveries(unit.tx, app.database.dialect, deliveries);
  unit.afterCommit.push(() => app.webhooks.wake());
  return deliveries;
}

export function waitingSince(now: number) {
  return { state: 'waiting', attempts: 0, due_at: now, worker: null, ended_at: null };
}
