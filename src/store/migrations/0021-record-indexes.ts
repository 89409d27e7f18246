import { sql } from 'kysely';
import type { Migration } from './index.ts';

const columns = {
  contacts: ['customer_id', 'email'],
  conversations: ['contact_id', 'customer_id'],
  licenses: ['customer_id', 'product_id'],
  telemetry_records: ['customer_id', 'group_name', 'license_id'],
} as const;

/**
 * What lists are filtered by, with the place and the order of the list. Without the place SQLite, which does not know
 * how many rows a value has, would rather walk through all rows of the place.
 */
export const recordIndexes: Migration = {
  name: 'record indexes',
  async up(db) {
    for (const [table, names] of Object.entries(columns)) {
      for (const name of names) {
        const old = `${table}_${name.replace(/_id$/, '')}`;
        // An address is also unique, and groups are looked for with a name: that needs the indexes there are.
        const isNew = name === 'email' || name === 'group_name';
        const index = isNew ? `${old}_listed` : old;
        if (!isNew) await sql`drop index ${sql.id(old)}`.execute(db);
        await sql`create index ${sql.id(index)} on ${sql.id(table)} (${sql.id(name)}, tenant_id, environment, id)
          where ${sql.id(name)} is not null`.execute(db);
      }
    }
  },
};
