import { sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import type { ConversationMessageTable } from './schema.ts';

export async function conversationByReference(
  db: Db,
  { tenantId, environment }: Place,
  reference: string,
): Promise<{ readonly id: string; readonly customer_id: string | null } | undefined> {
  return db
    .selectFrom('conversations')
    .select(['id', 'customer_id'])
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('external_reference', '=', reference)
    .executeTakeFirst();
}

export async function insertMessage(tx: Tx, row: ConversationMessageTable): Promise<void> {
  await tx.insertInto('conversation_messages').values(row).execute();
}

const dayMs = 86_400_000;

/** Adds a message to the totals of its day. */
export async function countMessage(
  tx: Tx,
  { tenantId, environment }: Place,
  { channel, customerId }: { readonly channel: string; readonly customerId: string | null },
  { direction, created_at: at }: ConversationMessageTable,
): Promise<void> {
  const isIn = direction === 'inbound' ? 1 : 0;
  await tx
    .insertInto('message_totals')
    .values({
      tenant_id: tenantId,
      environment,
      day: Math.floor(at / dayMs) * dayMs,
      channel,
      customer_id: customerId ?? '',
      messages_in: isIn,
      messages_out: 1 - isIn,
      updated_at: at,
    })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'environment', 'day', 'channel', 'customer_id']).doUpdateSet((e) => ({
        messages_in: sql`message_totals.messages_in + ${isIn}`,
        messages_out: sql`message_totals.messages_out + ${1 - isIn}`,
        // A clock may have been set back, or another transaction have waited.
        updated_at: sql`case when message_totals.updated_at > ${e.ref('excluded.updated_at')}
          then message_totals.updated_at else ${e.ref('excluded.updated_at')} end`,
      })),
    )
    .execute();
}

/** Oldest first, later than `after`. */
export function messagesOf(
  db: Db,
  conversationId: string,
  page: { readonly limit: number; readonly after?: string },
): Promise<ConversationMessageTable[]> {
  let query = db
    .selectFrom('conversation_messages')
    .selectAll()
    .where('conversation_id', '=', conversationId);
  if (page.after !== undefined) query = query.where('id', '>', page.after);
  return query.orderBy('id').limit(page.limit).execute();
}

export async function countConversations(
  db: Db,
  column: 'customer_id' | 'contact_id',
  id: string,
): Promise<number> {
  const { count } = await db
    .selectFrom('conversations')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where(column, '=', id)
    .executeTakeFirstOrThrow();
  return Number(count);
}
