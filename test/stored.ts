import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Harness } from './harness.ts';

/** Every byte the server has stored: the files of the data directory, and each row of each table. */
export async function everythingStored(harness: Harness): Promise<string> {
  const files = readdirSync(harness.directory).map((name) =>
    readFileSync(join(harness.directory, name), 'latin1'),
  );
  if (harness.app.database.dialect.name === 'sqlite') return files.join('\n');
  const { read } = harness.app.database;
  const tables = await sql<{
    name: string;
  }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(read);
  for (const { name } of tables.rows) {
    const rows = await sql`select t::text as row from ${sql.table(name)} t`.execute(read);
    files.push(JSON.stringify(rows.rows));
  }
  return files.join('\n');
}
