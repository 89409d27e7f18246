import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** What is sent refers to a webhook without a foreign key: its lock would let a change of the webhook and one that publishes wait for each other. */
export const webhooks: Migration = {
  name: 'webhooks',
  async up(db, { types: { id, bigint } }) {
    const int = sql.raw(bigint);
    await sql`create table webhooks (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, name text not null, url text not null, events text not null,
      is_active integer not null, disabled_reason text, last_success_at ${int}, last_failure_at ${int},
      failing_since ${int}, search_text text not null,
      created_at ${int} not null, updated_at ${int} not null, version ${int} not null
    )`.execute(db);
    await sql`create index webhooks_place on webhooks (tenant_id, environment, id)`.execute(db);
    await sql`create index webhooks_active on webhooks (tenant_id, environment) where is_active = 1`.execute(
      db,
    );
    await sql`create table webhook_secrets (
      id ${id} primary key, webhook_id ${id} not null references webhooks (id) on delete cascade,
      sealed text not null, created_at ${int} not null, ends_at ${int}
    )`.execute(db);
    await sql`create index webhook_secrets_of on webhook_secrets (webhook_id, id)`.execute(db);
    await sql`create table webhook_events (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, type text not null, payload text not null, created_at ${int} not null
    )`.execute(db);
    await sql`create index webhook_events_created on webhook_events (created_at)`.execute(db);
    // `due_at`: when it may be sent; while it is being sent, the end of the lease. Null once it has ended.
    await sql`create table webhook_deliveries (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, webhook_id ${id} not null, event_id ${id} not null, type text not null,
      state text not null, attempts integer not null, due_at ${int}, worker text, replay_of ${id},
      created_at ${int} not null, ended_at ${int}
    )`.execute(db);
    await sql`create index webhook_deliveries_of on webhook_deliveries (webhook_id, id)`.execute(db);
    await sql`create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, id)
      where due_at is not null`.execute(db);
    await sql`create index webhook_deliveries_event on webhook_deliveries (event_id)`.execute(db);
    await sql`create index webhook_deliveries_created on webhook_deliveries (created_at)`.execute(db);
    await sql`create table webhook_attempts (
      delivery_id ${id} not null references webhook_deliveries (id) on delete cascade, n integer not null,
      at ${int} not null, status integer, duration_ms ${int} not null, error text, answer text,
      primary key (delivery_id, n)
    )`.execute(db);
  },
};
