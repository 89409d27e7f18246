import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** An address is one contact's of each customer, and of no customer: whoever sees one customer learns nothing of others. */
export const contacts: Migration = {
  name: 'contacts',
  async up(db, { types: { id, bigint } }) {
    const int = sql.raw(bigint);
    await sql`create table contacts (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, customer_id ${id} references customers (id), email ${id}, phone ${id},
      name text, custom_fields text not null, search_text text not null, created_at ${int} not null,
      updated_at ${int} not null, version ${int} not null
    )`.execute(db);
    await sql`create index contacts_place on contacts (tenant_id, environment, id)`.execute(db);
    await sql`create unique index contacts_email
      on contacts (tenant_id, environment, email, coalesce(customer_id, '')) where email is not null`.execute(
      db,
    );
    await sql`create index contacts_phone on contacts (tenant_id, environment, phone, id)
      where phone is not null`.execute(db);
    await sql`create index contacts_customer on contacts (customer_id, id) where customer_id is not null`.execute(
      db,
    );
  },
};
