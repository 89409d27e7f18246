import { eventTypes } from '../../core/webhook-events.ts';
import { AppError, notFound } from '../../errors.ts';
import { keysAmong } from '../../store/key-facts.ts';
import type { WebhookAttemptTable } from '../../store/schema.ts';
import {
  attemptsOf,
  type DeliveryFilters,
  type DeliveryWithEnd,
  findDeliveries,
  findDelivery,
  findEnded,
  waitingAmong,
} from '../../store/webhook-deliveries.ts';
import { findEvent, insertDeliveries } from '../../store/webhook-events.ts';
import type { DeliveryRow } from '../../store/webhook-queue.ts';
import { type App, type Context, change, holdsScope, reader, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { sendEvent, waitingSince } from '../events.ts';
import { isVisible, visibleKeys } from '../keys/personal.ts';
import { cutPage, type Page, type PageAsk, readCursor } from '../page.ts';
import { getWebhook } from './webhooks.ts';

/** In one call: they are written in one transaction. */
export const maxReplayed = 1_000;
/** Each event may have been sent several times. However long the range, no more are looked at. */
const maxRead = 10_000;

export type Delivery = DeliveryWithEnd;

/** A delivery that was just made has no attempts. */
function freshDelivery(row: DeliveryRow): Delivery {
  return { ...row, last_at: null, last_status: null, last_error: null };
}

export async function listDeliveries(
  app: App,
  ctx: Context,
  webhookId: string,
  { limit, cursor, ...filters }: PageAsk & DeliveryFilters,
): Promise<Page<Delivery>> {
  await getWebhook(app, ctx, webhookId);
  const page = { limit: limit + 1, before: readCursor('dlv', cursor) };
  const rows = await findDeliveries(reader(app, ctx), ctx, webhookId, filters, page);
  const { kept, nextCursor } = cutPage(rows, limit, (row) => row.id);
  return { items: kept, nextCursor };
}

async function readDelivery(app: App, ctx: Context, webhookId: string, id: string): Promise<Delivery> {
  await getWebhook(app, ctx, webhookId);
  const row = await findDelivery(reader(app, ctx), ctx, webhookId, id);
  if (row === undefined) throw notFound('delivery');
  return row;
}

interface Payload {
  readonly type: string;
  readonly data: {
    readonly owner?: string;
    readonly ownerUser?: { readonly id: string } | null;
    readonly keyId?: string;
    readonly items?: readonly { readonly keyId: string }[];
  };
}

/** What the webhook is sent is for whoever subscribed; others see of it what they could read anyway. */
async function maySee(app: App, ctx: Context, { type, data }: Payload): Promise<boolean> {
  const scopes = eventTypes.find((event) => event.type === type)?.scopes ?? [];
  if (!scopes.some((scope) => holdsScope(app, ctx, scope))) return false;
  const { visibleTo } = visibleKeys(ctx);
  if (visibleTo === undefined || !/^(key|flag|alert)\./.test(type)) return true;
  if (data.owner !== undefined)
    return isVisible(ctx, { owner: data.owner, owner_user_id: data.ownerUser?.id ?? null });
  // What is told of keys does not say whose they are: one that is gone might have been anybody's.
  const ids = new Set(data.keyId === undefined ? data.items?.map(({ keyId }) => keyId) : [data.keyId]);
  const { dialect } = app.database;
  const now = app.clock.wallMs();
  const visible = await keysAmong(reader(app, ctx), dialect, ctx, { visibleTo }, [...ids], now);
  return visible.length === ids.size;
}

export interface DeliveryDetails {
  readonly delivery: Delivery;
  readonly attempts: readonly WebhookAttemptTable[];
  /** The body as it is sent; null where the asker may not see what it tells of. */
  readonly payload: unknown;
}

export async function getDelivery(
  app: App,
  ctx: Context,
  webhookId: string,
  id: string,
): Promise<DeliveryDetails> {
  const delivery = await readDelivery(app, ctx, webhookId, id);
  const db = reader(app, ctx);
  const event = await findEvent(db, delivery.event_id);
  const payload = event && (JSON.parse(event.payload) as Payload);
  return {
    delivery,
    // As many as the delivery knows of: another may have been made since it was read.
    attempts: await attemptsOf(db, id, delivery.attempts),
    payload: payload !== undefined && (await maySee(app, ctx, payload)) ? payload : null,
  };
}

async function requireActive(app: App, ctx: Context, webhookId: string): Promise<void> {
  const { isActive } = await getWebhook(app, ctx, webhookId);
  if (isActive === 1) return;
  throw new AppError('conflict', 'This webhook is not active. Set `active` to true first.');
}

/** Tells this receiver alone that it works. */
export function testWebhook(app: App, ctx: Context, webhookId: string): Promise<Delivery> {
  return change(app, ctx, async (unit) => {
    await requireActive(app, { ...ctx, unit }, webhookId);
    const event = { type: 'webhook.test', data: { webhookId }, webhookIds: [webhookId] } as const;
    const [row] = await sendEvent(app, ctx, unit, event);
    await recordChange(app, ctx, unit, { action: 'webhook.tested', targetId: webhookId });
    return freshDelivery(row!);
  });
}

/** The same events once more, with their ids: a receiver that has seen one knows it again. */
async function repeat(app: App, unit: Unit, rows: readonly DeliveryRow[]): Promise<DeliveryRow[]> {
  const now = app.clock.wallMs();
  const repeats = rows.map(({ id, tenant_id, environment, webhook_id, event_id, type }) => ({
    id: app.newId('dlv'),
    tenant_id,
    environment,
    webhook_id,
    event_id,
    type,
    ...waitingSince(now),
    replay_of: id,
    created_at: now,
  }));
  await insertDeliveries(unit.tx, app.database.dialect, repeats);
  unit.afterCommit.push(() => app.webhooks.wake());
  return repeats;
}

export function replayDelivery(app: App, ctx: Context, webhookId: string, id: string): Promise<Delivery> {
  return change(app, ctx, async (unit) => {
    const inUnit = { ...ctx, unit };
    await requireActive(app, inUnit, webhookId);
    const delivery = await readDelivery(app, inUnit, webhookId, id);
    if (delivery.due_at !== null)
      throw new AppError('conflict', 'This delivery has not ended: it is waiting to be sent already.');
    const [row] = await repeat(app, unit, [delivery]);
    const after = { deliveryId: id };
    await recordChange(app, ctx, unit, { action: 'webhook.replayed', targetId: webhookId, after });
    return freshDelivery(row!);
  });
}

/** Of each event of the range that is not waiting already one delivery; answers how many. */
export function replayRange(
  app: App,
  ctx: Context,
  webhookId: string,
  range: DeliveryFilters & { readonly from: number; readonly to: number },
): Promise<number> {
  return change(app, ctx, async (unit) => {
    await requireActive(app, { ...ctx, unit }, webhookId);
    const ended = await findEnded(unit.tx, ctx, webhookId, range, maxRead + 1);
    const last = new Map(ended.map((row) => [row.event_id, row]));
    const waiting = await waitingAmong(unit.tx, app.database.dialect, webhookId, [...last.keys()]);
    const rows = [...last.values()].filter((row) => !waiting.has(row.event_id));
    if (ended.length > maxRead || rows.length > maxReplayed)
      throw new AppError(
        'conflict',
        `More than ${maxReplayed} events, or ${maxRead} deliveries of them, are in this range. Name a shorter one, and send several.`,
      );
    if (rows.length === 0) return 0;
    await repeat(app, unit, rows);
    const after = { ...range, replayed: rows.length };
    await recordChange(app, ctx, unit, { action: 'webhook.replayed', targetId: webhookId, after });
    return rows.length;
  });
}
