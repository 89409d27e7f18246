import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { WebhookAttemptTable, WebhookDeliveryTable } from './schema.ts';

export type DeliveryRow = Selectable<WebhookDeliveryTable>;

/** A webhook that has deliveries which have not ended. */
export interface PendingWebhook {
  readonly webhookId: string;
  /** Of the delivery that is due first, or whose lease ends first. */
  readonly dueAt: number;
  /** null: the webhook was deleted. */
  readonly tenantId: string | null;
  readonly isActive: number | null;
  readonly failingSince: number | null;
}

/** Hops from one webhook to the next in the index of what is due, so that a long backlog of one costs nothing. */
export async function pendingWebhooks(db: Db): Promise<PendingWebhook[]> {
  const next = sql`select webhook_id from webhook_deliveries where due_at is not null`;
  const { rows } = await sql<PendingWebhook>`with recursive pending (id) as (
      select webhook_id from (${next} order by webhook_id limit 1) as first
      union all
      select (${next} and webhook_id > pending.id order by webhook_id limit 1) from pending where pending.id is not null
    ), due as (
      select id, (select min(due_at) from webhook_deliveries
        where due_at is not null and webhook_id = pending.id) as at from pending where id is not null
    ) select due.id as "webhookId", due.at as "dueAt", tenant_id as "tenantId", is_active as "isActive",
      failing_since as "failingSince" from due left join webhooks on webhooks.id = due.id order by due.at`.execute(
    db,
  );
  return rows;
}

export interface DeliveryClaim {
  readonly webhookId: string;
  readonly worker: string;
  readonly now: number;
  readonly leaseUntil: number;
  readonly limit: number;
}

/** Takes those of a webhook that have been due longest, also of a worker whose lease ran out. */
export function claimDeliveries(tx: Tx, claim: DeliveryClaim): Promise<DeliveryRow[]> {
  const { webhookId, worker, now, leaseUntil, limit } = claim;
  return (
    tx
      .updateTable('webhook_deliveries')
      .set({ worker, due_at: leaseUntil })
      .where('id', 'in', (e) =>
        e
          .selectFrom('webhook_deliveries')
          .select('id')
          .where('webhook_id', '=', webhookId)
          .where('due_at', 'is not', null)
          .where('due_at', '<=', now)
          .orderBy('due_at')
          .orderBy('id')
          .limit(limit),
      )
      // Again: another worker may have taken it while this one waited for the row.
      .where('due_at', '<=', now)
      .returningAll()
      .execute()
  );
}

/** Locked; undefined where it is not this worker's any more. */
export function lockOwnDelivery(
  tx: Tx,
  dialect: Dialect,
  worker: string,
  id: string,
): Promise<DeliveryRow | undefined> {
  const query = tx
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('id', '=', id)
    .where('worker', '=', worker)
    .where('due_at', 'is not', null);
  return dialect.forUpdate(query).executeTakeFirst();
}

export async function updateDelivery(
  tx: Tx,
  id: string,
  columns: Partial<WebhookDeliveryTable>,
): Promise<void> {
  await tx.updateTable('webhook_deliveries').set(columns).where('id', '=', id).execute();
}

export async function insertAttempt(tx: Tx, row: WebhookAttemptTable): Promise<void> {
  await tx.insertInto('webhook_attempts').values(row).execute();
}

/** Some of those of a webhook that nobody is sending; answers how many. */
export async function cancelWaiting(tx: Tx, webhookId: string, now: number, limit: number): Promise<number> {
  const result = await tx
    .updateTable('webhook_deliveries')
    .set({ state: 'cancelled', due_at: null, worker: null, ended_at: now })
    .where('id', 'in', (e) =>
      e
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('webhook_id', '=', webhookId)
        .where('due_at', 'is not', null)
        .where((f) => f.or([f('worker', 'is', null), f('due_at', '<=', now)]))
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/**
 * Removes some that were made before this moment, and events that no delivery refers to; answers how many. Also what
 * still waits: where the receiver is dead for ever more may come than is tried.
 */
export async function deleteOldDeliveries(tx: Tx, before: number, limit: number): Promise<number> {
  const deliveries = await tx
    .deleteFrom('webhook_deliveries')
    .where('id', 'in', (e) =>
      e.selectFrom('webhook_deliveries').select('id').where('created_at', '<', before).limit(limit),
    )
    .executeTakeFirst();
  const events = await tx
    .deleteFrom('webhook_events')
    .where('id', 'in', (e) =>
      e
        .selectFrom('webhook_events')
        .select('id')
        .where('created_at', '<', before)
        .where((f) =>
          f.not(
            f.exists(
              f
                .selectFrom('webhook_deliveries')
                .select('webhook_deliveries.id')
                .whereRef('event_id', '=', 'webhook_events.id'),
            ),
          ),
        )
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(deliveries.numDeletedRows) + Number(events.numDeletedRows);
}

/** Over all tenants: those that have not ended, and since when the oldest of them waits (epoch ms). */
export async function countPending(db: Db): Promise<{ n: number; oldestAt: number | null }> {
  return db
    .selectFrom('webhook_deliveries')
    .select((e) => [e.fn.countAll<number>().as('n'), e.fn.min<number | null>('created_at').as('oldestAt')])
    .where('due_at', 'is not', null)
    .executeTakeFirstOrThrow();
}
