import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** What analytics are summed up from, found by when it came and by when it changed. */
export const analytics: Migration = {
  name: 'analytics',
  async up(db, { types: { id, bigint } }) {
    const int = sql.raw(bigint);
    await sql`alter table conversations add column messages_in ${int} not null default 0`.execute(db);
    await sql`update conversations set messages_in = (select count(*) from conversation_messages
      where conversation_id = conversations.id and direction = 'inbound')`.execute(db);
    // Without the id, from which analytics would have to look each conversation up.
    await sql`drop index conversations_updated`.execute(db);
    await sql`create index conversations_updated
      on conversations (tenant_id, environment, updated_at, created_at)`.execute(db);
    // Counted as they come, as telemetry is.
    await sql`create table message_totals (
      tenant_id ${id} not null references tenants (id) on delete cascade, environment text not null,
      day ${int} not null, channel ${id} not null, customer_id ${id} not null, messages_in ${int} not null,
      messages_out ${int} not null, updated_at ${int} not null,
      primary key (tenant_id, environment, day, channel, customer_id)
    )`.execute(db);
    await sql`insert into message_totals
      select tenant_id, environment, m.created_at - m.created_at % 86400000, channel, coalesce(customer_id, ''),
        sum(case m.direction when 'inbound' then 1 else 0 end),
        sum(case m.direction when 'inbound' then 0 else 1 end), max(m.created_at)
      from conversation_messages m join conversations c on c.id = m.conversation_id
      group by tenant_id, environment, m.created_at - m.created_at % 86400000, channel, coalesce(customer_id, '')`.execute(
      db,
    );
  },
};
