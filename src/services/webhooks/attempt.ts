import type { Environment } from '../../core/environments.ts';
import { readRetryAfter, retryDelay } from '../../core/webhook-schedule.ts';
import { signMessage } from '../../core/webhook-secret.ts';
import type { WebhookAttemptTable } from '../../store/schema.ts';
import { findEvent } from '../../store/webhook-events.ts';
import {
  type DeliveryRow,
  insertAttempt,
  lockOwnDelivery,
  updateDelivery,
} from '../../store/webhook-queue.ts';
import { disableWebhook, findReceiver, noteSuccess, noteWebhookFailure } from '../../store/webhooks.ts';
import { type App, atomically, type Context, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { openWebhookSecrets } from './secrets.ts';
import type { SendResult, SentMessage } from './send.ts';

const gone = 410;
/** Answers with which a receiver may say when it wants to be asked again. */
const postponing: ReadonlySet<number | null> = new Set([429, 503]);

export type AttemptOutcome = 'delivered' | 'retried' | 'failed' | 'cancelled' | 'cut';

/** The request as it goes out at this moment; null: there is nobody to send to any more. */
async function messageOf(app: App, delivery: DeliveryRow): Promise<SentMessage | null> {
  const { read } = app.database;
  const receiver = await findReceiver(read, delivery.webhook_id);
  const event = await findEvent(read, delivery.event_id);
  if (receiver?.isActive !== 1 || event === undefined) return null;
  const secrets = await openWebhookSecrets(app, read, delivery.webhook_id);
  const { event_id: id } = delivery;
  const { payload: body } = event;
  const timestamp = Math.floor(app.clock.wallMs() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': app.settings.userAgent,
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signMessage(secrets, { id, timestamp, body }),
  };
  return { url: receiver.url, headers, body };
}

/** What becomes of the delivery after this attempt; its number counts from 1. */
function verdictOf(app: App, n: number, { status, error, retryAfter }: SendResult) {
  const now = app.clock.wallMs();
  const ended = { due_at: null, ended_at: now };
  if (error === null) return { outcome: 'delivered', columns: { ...ended, state: 'succeeded' } } as const;
  const asked = postponing.has(status) ? readRetryAfter(retryAfter, now) : null;
  const delay = status === gone ? null : retryDelay(n, asked, Math.random);
  if (delay === null) return { outcome: 'failed', columns: { ...ended, state: 'failed' } } as const;
  return { outcome: 'retried', columns: { due_at: now + delay } } as const;
}

function contextOf(row: DeliveryRow): Context {
  const { tenant_id: tenantId, environment, id } = row;
  const place = { tenantId, environment: environment as Environment };
  return { ...place, requestId: null, ip: null, caller: { kind: 'system', id } };
}

/** A receiver that is gone does not want to hear from us again: somebody has to switch it on. */
async function disableGone(app: App, unit: Unit, row: DeliveryRow): Promise<void> {
  if (!(await disableWebhook(unit.tx, row.webhook_id, 'gone', app.clock.wallMs()))) return;
  await recordChange(app, contextOf(row), unit, {
    action: 'webhook.disabled',
    targetId: row.webhook_id,
    before: { isActive: 1 },
    after: { isActive: 0, disabledReason: 'gone' },
  });
}

/** Writes down an attempt and what follows from it, unless another worker has the delivery by now. */
async function settle(
  app: App,
  worker: string,
  id: string,
  result: SendResult,
  times: Pick<WebhookAttemptTable, 'at' | 'duration_ms'>,
): Promise<AttemptOutcome> {
  return atomically(app, async (unit) => {
    const { tx } = unit;
    const row = await lockOwnDelivery(tx, app.database.dialect, worker, id);
    if (row === undefined) return 'cut';
    const n = row.attempts + 1;
    const { status, error, answer } = result;
    const { outcome, columns } = verdictOf(app, n, result);
    await insertAttempt(tx, { delivery_id: id, n, ...times, status, error, answer });
    await updateDelivery(tx, id, { ...columns, attempts: n, worker: null });
    const at = app.clock.wallMs();
    if (error === null) await noteSuccess(tx, row.webhook_id, at);
    else await noteWebhookFailure(tx, row.webhook_id, at);
    if (status === gone) await disableGone(app, unit, row);
    return outcome;
  });
}

/** Gives the delivery back as it was, or ends it where there is nobody to send to. */
async function putBack(app: App, worker: string, id: string, columns: { due_at: number | null }) {
  await atomically(app, async ({ tx }) => {
    const row = await lockOwnDelivery(tx, app.database.dialect, worker, id);
    if (row === undefined) return;
    const ended = columns.due_at === null ? { state: 'cancelled', ended_at: app.clock.wallMs() } : {};
    await updateDelivery(tx, id, { ...columns, ...ended, worker: null });
  });
}

/** Sends a delivery that this worker has claimed, once. */
export async function attempt(
  app: App,
  worker: string,
  delivery: DeliveryRow,
  send: (message: SentMessage) => Promise<SendResult>,
): Promise<AttemptOutcome> {
  const { id } = delivery;
  const message = await messageOf(app, delivery);
  if (message === null) {
    await putBack(app, worker, id, { due_at: null });
    return 'cancelled';
  }
  const at = app.clock.wallMs();
  const started = performance.now();
  const result = await send(message);
  if (result.isCut) {
    await putBack(app, worker, id, { due_at: app.clock.wallMs() });
    return 'cut';
  }
  const duration_ms = Math.round(performance.now() - started);
  return settle(app, worker, id, result, { at, duration_ms });
}
