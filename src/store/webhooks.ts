import { sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import type { WebhookSecretTable } from './schema.ts';

export async function countWebhooks(db: Db, { tenantId, environment }: Place): Promise<number> {
  const { n } = await db
    .selectFrom('webhooks')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .executeTakeFirstOrThrow();
  return n;
}

export async function insertWebhookSecret(tx: Tx, row: WebhookSecretTable): Promise<void> {
  await tx.insertInto('webhook_secrets').values(row).execute();
}

/** Those that sign at this moment, newest first. */
export function signingSecrets(db: Db, webhookId: string, now: number): Promise<WebhookSecretTable[]> {
  return db
    .selectFrom('webhook_secrets')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where((e) => e.or([e('ends_at', 'is', null), e('ends_at', '>', now)]))
    .orderBy('id', 'desc')
    .execute();
}

export async function endWebhookSecret(tx: Tx, id: string, endsAt: number): Promise<void> {
  await tx.updateTable('webhook_secrets').set({ ends_at: endsAt }).where('id', '=', id).execute();
}

/** What signs no more is not kept, not even encrypted. */
export async function forgetWebhookSecrets(tx: Tx, webhookId: string, now: number): Promise<void> {
  await tx
    .deleteFrom('webhook_secrets')
    .where('webhook_id', '=', webhookId)
    .where('ends_at', '<=', now)
    .execute();
}

/** Whom a delivery goes to. */
export function findReceiver(db: Db, webhookId: string) {
  return db
    .selectFrom('webhooks')
    .select(['url', 'is_active as isActive'])
    .where('id', '=', webhookId)
    .executeTakeFirst();
}

/** It is no change of the webhook: its version stays. */
export async function noteSuccess(tx: Tx, webhookId: string, at: number): Promise<void> {
  await tx
    .updateTable('webhooks')
    .set({ last_success_at: at, failing_since: null })
    .where('id', '=', webhookId)
    .execute();
}

export async function noteWebhookFailure(tx: Tx, webhookId: string, at: number): Promise<void> {
  await tx
    .updateTable('webhooks')
    .set({ last_failure_at: at, failing_since: sql<number>`coalesce(failing_since, ${at})` })
    .where('id', '=', webhookId)
    .execute();
}

/** Whether it was active. */
export async function disableWebhook(
  tx: Tx,
  webhookId: string,
  reason: string,
  at: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('webhooks')
    .set({ is_active: 0, disabled_reason: reason, updated_at: at, version: sql<number>`version + 1` })
    .where('id', '=', webhookId)
    .where('is_active', '=', 1)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}
