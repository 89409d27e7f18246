import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** Signals and notifications name a key and a rule without foreign keys: what is over is told also of a key that was deleted. */
export const alerts: Migration = {
  name: 'alerts',
  async up(db, { types: { id, bigint } }) {
    const int = sql.raw(bigint);
    await sql`create table alerts (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, name text not null, conditions text not null, key_ids text not null,
      channels text not null, group_minutes integer not null, quiet text not null,
      notify_resolved integer not null, is_active integer not null,
      created_at ${int} not null, updated_at ${int} not null, version ${int} not null
    )`.execute(db);
    await sql`create index alerts_place on alerts (tenant_id, environment, id)`.execute(db);
    // An empty `alert_id`: of the place itself, with the thresholds of the tenant's settings.
    await sql`create table signals (
      tenant_id ${id} not null references tenants (id) on delete cascade, environment ${id} not null,
      key_id ${id} not null, alert_id ${id} not null, code ${id} not null,
      since ${int} not null, clear_since ${int}, name text not null, cause text not null, action text not null,
      primary key (tenant_id, environment, key_id, alert_id, code)
    )`.execute(db);
    await sql`create index signals_of_limits on signals (key_id)
      where code in ('day_limit_near', 'limit_reached')`.execute(db);
    await sql`create table alert_notifications (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, alert_id ${id} not null, kind text not null, state text not null,
      due_at ${int}, items text not null, total ${int} not null, recipients text not null,
      attempts integer not null, began_at ${int}, error text,
      created_at ${int} not null, ended_at ${int}
    )`.execute(db);
    await sql`create index alert_notifications_of on alert_notifications (alert_id, id)`.execute(db);
    await sql`create index alert_notifications_due on alert_notifications (due_at) where due_at is not null`.execute(
      db,
    );
    await sql`create index alert_notifications_ended on alert_notifications (ended_at)
      where ended_at is not null`.execute(db);
    await sql`create table alert_mails (
      notification_id ${id} not null, tenant_id ${id} not null references tenants (id) on delete cascade,
      at ${int} not null, mails integer not null, primary key (tenant_id, at, notification_id)
    )`.execute(db);
    // A replacement shares the limits of the key it replaces, whose id names them.
    await sql`create index keys_heirs on keys (limit_group) where limit_group <> id`.execute(db);
  },
};
