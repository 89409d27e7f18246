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
