import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** What machines report of themselves; the request log and usage, which the code calls telemetry, are elsewhere. */
export const telemetryRecords: Migration = {
  name: 'telemetry-records',
  async up(db, { types: { id, bigint } }) {
    const int = sql.raw(bigint);
    await sql`create table telemetry_records (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, customer_id ${id} references customers (id),
      license_id ${id} references licenses (id) on delete set null, group_name ${id}, type text, name ${id},
      value text, is_flagged integer not null, flag_reason text, created_at ${int} not null,
      updated_at ${int} not null, version ${int} not null
    )`.execute(db);
    await sql`create index telemetry_records_place on telemetry_records (tenant_id, environment, id)`.execute(
      db,
    );
    await sql`create index telemetry_records_group
      on telemetry_records (tenant_id, environment, group_name, name, id)`.execute(db);
    await sql`create index telemetry_records_customer on telemetry_records (customer_id, id)
      where customer_id is not null`.execute(db);
    await sql`create index telemetry_records_license on telemetry_records (license_id, id)
      where license_id is not null`.execute(db);
    // Counted as they come: totals of millions would take too long to count.
    await sql`create table telemetry_totals (
      tenant_id ${id} not null references tenants (id) on delete cascade, environment text not null,
      day ${int} not null, group_name ${id} not null, customer_id ${id} not null, total ${int} not null,
      flagged ${int} not null, primary key (tenant_id, environment, day, group_name, customer_id)
    )`.execute(db);
    await sql`create index telemetry_records_flagged on telemetry_records (tenant_id, environment, id)
      where is_flagged = 1`.execute(db);
  },
};
