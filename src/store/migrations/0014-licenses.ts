import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** What state a licence is in follows from its columns and the time; `machines` counts its activations. */
export const licenses: Migration = {
  name: 'licenses',
  async up(db, { types: { id, bigint } }) {
    const int = sql.raw(bigint);
    const place = sql`id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null`;
    const times = sql`created_at ${int} not null, updated_at ${int} not null, version ${int} not null`;
    await sql`create table products (${place}, name text not null, description text, metadata text not null,
      search_text text not null, ${times})`.execute(db);
    await sql`create index products_place on products (tenant_id, environment, id)`.execute(db);
    await sql`create table licenses (${place}, product_id ${id} not null references products (id),
      customer_id ${id} references customers (id), license_key ${id} not null, activation_limit ${int} not null,
      machines ${int} not null, is_suspended integer not null, revoked_at ${int}, expires_at ${int},
      metadata text not null, ${times})`.execute(db);
    await sql`create unique index licenses_key on licenses (tenant_id, environment, license_key)`.execute(db);
    await sql`create index licenses_place on licenses (tenant_id, environment, id)`.execute(db);
    await sql`create index licenses_product on licenses (product_id, id)`.execute(db);
    await sql`create index licenses_customer on licenses (customer_id, id) where customer_id is not null`.execute(
      db,
    );
    await sql`create table license_activations (id ${id} primary key,
      license_id ${id} not null references licenses (id) on delete cascade, machine_id text not null,
      created_at ${int} not null, unique (license_id, machine_id))`.execute(db);
  },
};
