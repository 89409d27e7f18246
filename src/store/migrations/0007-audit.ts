import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** What the audit log is read by, newest first; `audit_entries_at` also finds where in the chain a range of time lies. */
const readBy = [
  sql`create index audit_entries_at on audit_entries (tenant_id, at, seq)`,
  sql`create index audit_entries_environment on audit_entries (tenant_id, environment, at, seq)`,
  sql`create index audit_entries_action on audit_entries (tenant_id, action, at, seq)`,
  sql`create index audit_entries_actor on audit_entries (tenant_id, actor_id, at, seq)`,
  sql`create index audit_entries_target on audit_entries (tenant_id, target_id, at, seq)`,
];

export const audit: Migration = {
  name: 'audit',
  async up(db, dialect) {
    const time = sql.raw(dialect.types.bigint);
    for (const statement of readBy) await statement.execute(db);
    await sql`alter table audit_heads add column checkpoint_seq ${time} not null default 0`.execute(db);
    await sql`alter table audit_heads add column checkpoint_at ${time} not null default 0`.execute(db);
    await sql`create table audit_checkpoints (
      tenant_id ${dialect.types.id} not null, seq ${time} not null, hash text not null,
      at ${time} not null, signature text not null, primary key (tenant_id, seq)
    )`.execute(db);
  },
};
