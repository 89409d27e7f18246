import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** A record from before has none: its replay goes without. */
export const idempotencyHeaders: Migration = {
  name: 'idempotency-headers',
  async up(db) {
    await sql`alter table idempotency_records add column headers text not null default '{}'`.execute(db);
  },
};
