import { sql } from 'kysely';
import type { Migration } from './index.ts';

/** The keys of a person are looked for when they list them, and when their role changes or they go. */
export const personalKeys: Migration = {
  name: 'personal-keys',
  async up(db) {
    await sql`create index keys_owner_user on keys (owner_user_id, id) where owner_user_id is not null`.execute(
      db,
    );
  },
};
