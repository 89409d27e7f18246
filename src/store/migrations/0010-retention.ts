import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** Jobs are counted by state, and go by tenant. */
export const jobRetention: Migration = {
  name: 'job-retention',
  async up(db) {
    await sql`drop index jobs_ended`.execute(db);
    await sql`create index jobs_ended on jobs (tenant_id, ended_at, id) where ended_at is not null`.execute(
      db,
    );
    await sql`create index jobs_state on jobs (state)`.execute(db);
  },
};

/**
 * The part of usage that has no rows in the log, so that the rest can be made again from rows. What was counted before
 * this is not told apart: usage of that time is left as it is.
 */
export const unrecordedUsage: Migration = {
  name: 'unrecorded-usage',
  async up(db, { name, types: { id, bigint } }) {
    const int = sql.raw(bigint);
    await sql`create table usage_unrecorded (
      key_id ${id} not null, minute ${int} not null, place ${int} not null, total ${int} not null,
      ok ${int} not null, client_error ${int} not null, rate_limited ${int} not null,
      server_error ${int} not null, routes text not null, latency text not null, primary key (key_id, minute)
    ) ${sql.raw(name === 'sqlite' ? 'without rowid' : '')}`.execute(db);
    // What is old is looked for by time.
    await sql`create index log_blocks_end on log_blocks (to_at, first_seq)`.execute(db);
    await sql`create index usage_unrecorded_minute on usage_unrecorded (minute)`.execute(db);
    await sql`insert into telemetry_facts (name, value)
      select 'unrecorded_since', max(minute) + 60000 from usage_minutes having max(minute) is not null`.execute(
      db,
    );
  },
};
