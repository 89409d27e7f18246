import type { Place } from '../core/policy.ts';
import { insertRows } from './bulk.ts';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import { prepared } from './prepared.ts';
import type { WebhookDeliveryTable, WebhookEventTable } from './schema.ts';

const subscriptionsOf = prepared((db, { tenantId, environment }: { tenantId: string; environment: string }) =>
  db
    .selectFrom('webhooks')
    .select(['id', 'events'])
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('is_active', '=', 1),
);

/** The active subscriptions of a place, with their patterns as JSON. Asked by every change: it must cost next to nothing. */
export function activeSubscriptions(db: Db, { tenantId, environment }: Place) {
  return subscriptionsOf(db, { tenantId, environment });
}

/** Of a delivery that a place may see. */
export function findEvent(db: Db, id: string) {
  return db.selectFrom('webhook_events').select('payload').where('id', '=', id).executeTakeFirst();
}

const insertEventRow = prepared((db, row: WebhookEventTable) => db.insertInto('webhook_events').values(row));

export async function insertEvent(tx: Tx, row: WebhookEventTable): Promise<void> {
  await insertEventRow(tx, row);
}

export async function insertDeliveries(
  tx: Tx,
  dialect: Dialect,
  rows: readonly WebhookDeliveryTable[],
): Promise<void> {
  const columns = [
    'id',
    'tenant_id',
    'environment',
    'webhook_id',
    'event_id',
    'type',
    'state',
    'attempts',
    'due_at',
    'worker',
    'replay_of',
    'created_at',
    'ended_at',
  ] as const;
  const values = rows.map((row) => columns.map((column) => row[column]));
  await insertRows(tx, dialect, { table: 'webhook_deliveries', columns }, values);
}
