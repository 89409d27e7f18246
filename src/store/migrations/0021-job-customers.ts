import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** Until now no key for certain customers could start a job: those there are have to do with all. */
export const jobCustomers: Migration = {
  name: 'job-customers',
  async up(db) {
    await sql`alter table jobs add column customer_ids text not null default '[]'`.execute(db);
  },
};
