import type { Selectable, Updateable } from 'kysely';
import { sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { AlertNotificationTable, AlertTable } from './schema.ts';

export type AlertRow = Selectable<AlertTable>;
export type NotificationRow = Selectable<AlertNotificationTable>;

export function activeAlerts(db: Db, { tenantId, environment }: Place): Promise<AlertRow[]> {
  return db
    .selectFrom('alerts')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('is_active', '=', 1)
    .orderBy('id')
    .execute();
}

export async function countAlerts(db: Db, { tenantId, environment }: Place): Promise<number> {
  const { count } = await db
    .selectFrom('alerts')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function findAlert(db: Db, id: string): Promise<AlertRow | undefined> {
  return db.selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function insertNotification(tx: Tx, row: NotificationRow): Promise<void> {
  await tx.insertInto('alert_notifications').values(row).execute();
}

export async function updateNotification(
  tx: Tx,
  id: string,
  fields: Updateable<AlertNotificationTable>,
): Promise<void> {
  await tx.updateTable('alert_notifications').set(fields).where('id', '=', id).execute();
}

/** What the rule gathers is due so long after its first thing. */
export async function setGatheredDue(tx: Tx, alertId: string, ms: number): Promise<void> {
  await tx
    .updateTable('alert_notifications')
    .set({ due_at: sql<number>`created_at + ${sql.lit(ms)}` })
    .where('alert_id', '=', alertId)
    .where('state', '=', 'gathering')
    .where('kind', '<>', 'test')
    .execute();
}

export async function deleteNotification(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('alert_notifications').where('id', '=', id).execute();
}

export async function deleteNotificationsOf(tx: Tx, alertId: string): Promise<void> {
  await tx.deleteFrom('alert_notifications').where('alert_id', '=', alertId).execute();
}

/** What the rule still gathers, one of each kind at most; locked until the transaction ends. */
export function gathering(tx: Tx, dialect: Dialect, alertId: string): Promise<NotificationRow[]> {
  const query = tx
    .selectFrom('alert_notifications')
    .selectAll()
    .where('alert_id', '=', alertId)
    .where('state', '=', 'gathering')
    .where('kind', '<>', 'test')
    .orderBy('id');
  return dialect.forUpdate(query).execute();
}

export async function hasWaitingTest(db: Db, alertId: string): Promise<boolean> {
  const row = await db
    .selectFrom('alert_notifications')
    .select('id')
    .where('alert_id', '=', alertId)
    .where('kind', '=', 'test')
    .where('due_at', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

export function notificationsOf(
  db: Db,
  alertId: string,
  page: { readonly limit: number; readonly before: string | undefined },
): Promise<NotificationRow[]> {
  const query = db
    .selectFrom('alert_notifications')
    .selectAll()
    .where('alert_id', '=', alertId)
    .orderBy('id', 'desc')
    .limit(page.limit);
  return (page.before === undefined ? query : query.where('id', '<', page.before)).execute();
}

/** Those that have been due longest. */
export async function dueNotifications(db: Db, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('alert_notifications')
    .select('id')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

export async function nextNotificationDue(db: Db): Promise<number | null> {
  const row = await db
    .selectFrom('alert_notifications')
    .select('due_at')
    .where('due_at', 'is not', null)
    .orderBy('due_at')
    .limit(1)
    .executeTakeFirst();
  return row?.due_at ?? null;
}

/** Locked until the transaction ends; undefined where it is not due, or gone. */
export function lockDue(
  tx: Tx,
  dialect: Dialect,
  id: string,
  now: number,
): Promise<NotificationRow | undefined> {
  const query = tx
    .selectFrom('alert_notifications')
    .selectAll()
    .where('id', '=', id)
    .where('due_at', '<=', now);
  return dialect.forUpdate(query).executeTakeFirst();
}

/** Removes some of those that ended before this moment; answers how many. */
export async function deleteEndedNotifications(tx: Tx, before: number, limit: number): Promise<number> {
  const result = await tx
    .deleteFrom('alert_notifications')
    .where('id', 'in', (e) =>
      e
        .selectFrom('alert_notifications')
        .select('id')
        .where('ended_at', '<', before)
        .orderBy('ended_at')
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

export interface MailsSince {
  readonly mails: number;
  /** Epoch ms of the first of them; null where there are none. */
  readonly first: number | null;
}

/** Mails of a tenant since this moment; those before it are forgotten. Nobody else counts until the transaction ends. */
export async function countMails(
  tx: Tx,
  dialect: Dialect,
  tenantId: string,
  since: number,
): Promise<MailsSince> {
  await dialect.serialize(tx, `alert mails ${tenantId}`);
  await tx.deleteFrom('alert_mails').where('tenant_id', '=', tenantId).where('at', '<=', since).execute();
  const row = await tx
    .selectFrom('alert_mails')
    .select([sql<number | null>`cast(sum(mails) as bigint)`.as('mails'), (e) => e.fn.min('at').as('first')])
    .where('tenant_id', '=', tenantId)
    .executeTakeFirstOrThrow();
  return { mails: Number(row.mails ?? 0), first: row.first };
}

export async function noteMails(
  tx: Tx,
  row: {
    readonly notification_id: string;
    readonly tenant_id: string;
    readonly at: number;
    readonly mails: number;
  },
): Promise<void> {
  await tx.insertInto('alert_mails').values(row).execute();
}

/** The attempt at `at` reached fewer people than it was to. */
export async function correctMails(tx: Tx, notificationId: string, at: number, mails: number): Promise<void> {
  await tx
    .updateTable('alert_mails')
    .set({ mails })
    .where('notification_id', '=', notificationId)
    .where('at', '=', at)
    .execute();
}

export async function tenantName(db: Db, tenantId: string): Promise<string> {
  const row = await db.selectFrom('tenants').select('name').where('id', '=', tenantId).executeTakeFirst();
  return row?.name ?? '';
}

/** Those of the keys that are in the place. */
export async function keysInPlace(
  db: Db,
  dialect: Dialect,
  { tenantId, environment }: Place,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('keys')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where(sql<boolean>`id in ${dialect.listOf(ids)}`)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** The conditions of rules that may name a share of the day, JSON texts, each once. */
export async function conditionsWithPercent(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('alerts')
    .select('conditions')
    .distinct()
    .where('is_active', '=', 1)
    .where('conditions', 'like', '%"percent"%')
    .execute();
  return rows.map(({ conditions }) => conditions);
}
