import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** A conversation counts its messages and keeps the times that analytics ask for. */
export const conversations: Migration = {
  name: 'conversations',
  async up(db, { types: { id, bigint } }) {
    const int = sql.raw(bigint);
    await sql`create table conversations (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, customer_id ${id} references customers (id),
      contact_id ${id} not null references contacts (id), direction text not null, channel text not null,
      subject text not null, status text not null, assignee_id ${id}, tags text not null,
      external_reference ${id}, messages ${int} not null, last_message_at ${int},
      first_inbound_at ${int}, first_response_at ${int}, resolved_at ${int}, search_text text not null,
      created_at ${int} not null, updated_at ${int} not null, version ${int} not null
    )`.execute(db);
    await sql`create index conversations_place on conversations (tenant_id, environment, id)`.execute(db);
    await sql`create unique index conversations_reference
      on conversations (tenant_id, environment, external_reference) where external_reference is not null`.execute(
      db,
    );
    await sql`create index conversations_contact on conversations (contact_id, id)`.execute(db);
    await sql`create index conversations_customer on conversations (customer_id, id)
      where customer_id is not null`.execute(db);
    await sql`create index conversations_created on conversations (tenant_id, environment, created_at)`.execute(
      db,
    );
    await sql`create index conversations_updated on conversations (tenant_id, environment, updated_at, id)`.execute(
      db,
    );
    await sql`create table conversation_messages (
      id ${id} primary key, conversation_id ${id} not null references conversations (id) on delete cascade,
      direction text not null, content text not null, author_kind text not null, author_id ${id} not null,
      created_at ${int} not null
    )`.execute(db);
    await sql`create index conversation_messages_of on conversation_messages (conversation_id, id)`.execute(
      db,
    );
  },
};
