import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { type Database, openSqliteDatabase } from './database.ts';
import { migrate } from './migrations/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'keyward-indexes-'));
let database: Database;

before(async () => {
  database = openSqliteDatabase(directory);
  await migrate(database, Date.now());
});
after(async () => {
  await database.close();
  rmSync(directory, { recursive: true, force: true });
});

/** SQLite knows nothing of how many rows a value has: what it decides here it decides with millions of them. */
for (const [table, column] of [
  ['contacts', 'email'],
  ['contacts', 'phone'],
  ['contacts', 'customer_id'],
  ['customers', 'email'],
  ['conversations', 'contact_id'],
  ['conversations', 'customer_id'],
  ['conversations', 'external_reference'],
  ['licenses', 'product_id'],
  ['licenses', 'customer_id'],
  ['licenses', 'license_key'],
  ['telemetry_records', 'customer_id'],
  ['telemetry_records', 'license_id'],
  ['telemetry_records', 'group_name'],
] as const) {
  test(`a list of ${table} of one ${column} reads those only, and sorts none`, async () => {
    const { rows } = await sql<{ detail: string }>`explain query plan select * from ${sql.id(table)}
      where tenant_id = 'a' and environment = 'b' and ${sql.id(column)} = 'c' order by id desc limit 51`.execute(
      database.read,
    );
    assert.equal(rows.length, 1, JSON.stringify(rows));
    assert.match(rows[0]!.detail, new RegExp(`USING INDEX .*\\b${column}=\\?`));
  });
}
