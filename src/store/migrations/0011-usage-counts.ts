import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** The history of many keys, without the breakdown beside it: a tenth of the pages to read. */
export const usageCounts: Migration = {
  name: 'usage-counts',
  async up(db) {
    await sql`create index usage_hours_counts on usage_hours (key_id, hour, total)`.execute(db);
  },
};
