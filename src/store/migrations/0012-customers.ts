import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** `key_customers` repeats what keys say of their customers, so that a customer's keys are found. */
export const customers: Migration = {
  name: 'customers',
  async up(db, { types: { id, bigint } }) {
    const int = sql.raw(bigint);
    await sql`create table customers (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, name text not null, email ${id}, metadata text not null,
      search_text text not null, anonymized_at ${int}, created_at ${int} not null, updated_at ${int} not null,
      version ${int} not null
    )`.execute(db);
    await sql`create index customers_place on customers (tenant_id, environment, id)`.execute(db);
    await sql`create unique index customers_email on customers (tenant_id, environment, email)
      where email is not null`.execute(db);
    await sql`create table key_customers (
      customer_id ${id} not null references customers (id), key_id ${id} not null references keys (id) on delete cascade,
      primary key (customer_id, key_id)
    )`.execute(db);
    await sql`create index key_customers_key on key_customers (key_id)`.execute(db);
  },
};
