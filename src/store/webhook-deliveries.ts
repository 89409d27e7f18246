import { sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { WebhookAttemptTable } from './schema.ts';
import type { DeliveryRow } from './webhook-queue.ts';

export interface DeliveryFilters {
  readonly state?: string | undefined;
  readonly type?: string | undefined;
  /** Epoch ms, of when it was made: `from` inclusive, `to` exclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** With what its last attempt came to. */
export type DeliveryWithEnd = DeliveryRow & {
  readonly last_at: number | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
};

function deliveriesOf(db: Db, { tenantId, environment }: Place, webhookId: string) {
  return db
    .selectFrom('webhook_deliveries as d')
    .leftJoin('webhook_attempts as a', (join) =>
      join.onRef('a.delivery_id', '=', 'd.id').onRef('a.n', '=', 'd.attempts'),
    )
    .selectAll('d')
    .select(['a.at as last_at', 'a.status as last_status', 'a.error as last_error'])
    .where('d.webhook_id', '=', webhookId)
    .where('d.tenant_id', '=', tenantId)
    .where('d.environment', '=', environment);
}

function filtered<Q extends ReturnType<typeof deliveriesOf>>(query: Q, filters: DeliveryFilters): Q {
  let narrowed = query as ReturnType<typeof deliveriesOf>;
  const { state, type, from, to } = filters;
  if (state !== undefined) narrowed = narrowed.where('d.state', '=', state);
  if (type !== undefined) narrowed = narrowed.where('d.type', '=', type);
  if (from !== undefined) narrowed = narrowed.where('d.created_at', '>=', from);
  if (to !== undefined) narrowed = narrowed.where('d.created_at', '<', to);
  return narrowed as Q;
}

/** Newest first, at most `limit`, older than `before`. */
export function findDeliveries(
  db: Db,
  place: Place,
  webhookId: string,
  filters: DeliveryFilters,
  page: { readonly limit: number; readonly before?: string | undefined },
): Promise<DeliveryWithEnd[]> {
  const query = filtered(deliveriesOf(db, place, webhookId), filters);
  const older = page.before === undefined ? query : query.where('d.id', '<', page.before);
  return older.orderBy('d.id', 'desc').limit(page.limit).execute();
}

export function findDelivery(
  db: Db,
  place: Place,
  webhookId: string,
  id: string,
): Promise<DeliveryWithEnd | undefined> {
  return deliveriesOf(db, place, webhookId).where('d.id', '=', id).executeTakeFirst();
}

/** The first `count` of them, in order. */
export function attemptsOf(db: Db, deliveryId: string, count: number): Promise<WebhookAttemptTable[]> {
  return db
    .selectFrom('webhook_attempts')
    .selectAll()
    .where('delivery_id', '=', deliveryId)
    .where('n', '<=', count)
    .orderBy('n')
    .execute();
}

/** Those that have ended, oldest first. */
export function findEnded(
  db: Db,
  place: Place,
  webhookId: string,
  filters: DeliveryFilters,
  limit: number,
): Promise<DeliveryRow[]> {
  return filtered(deliveriesOf(db, place, webhookId), filters)
    .clearSelect()
    .selectAll('d')
    .where('d.due_at', 'is', null)
    .orderBy('d.id')
    .limit(limit)
    .execute();
}

/** Those of the events that wait to be sent to the webhook. */
export async function waitingAmong(
  db: Db,
  dialect: Dialect,
  webhookId: string,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('webhook_deliveries')
    .select('event_id')
    .where('webhook_id', '=', webhookId)
    .where('due_at', 'is not', null)
    .where(sql<boolean>`event_id in ${dialect.listOf(eventIds)}`)
    .execute();
  return new Set(rows.map(({ event_id }) => event_id));
}
