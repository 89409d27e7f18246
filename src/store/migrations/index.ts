import { type Kysely, sql } from 'kysely';
import { StartError } from '../../errors.ts';
import type { Database } from '../database.ts';
import type { Dialect } from '../dialect.ts';
import { initial, telemetryInitial } from './0001-initial.ts';
import { kbSearch } from './0002-kb-search.ts';

export interface Migration {
  readonly name: string;
  up(db: Kysely<never>, dialect: Dialect): Promise<void>;
}

/** What may be lost without harm to anybody's keys: in a file of its own when embedded. */
const telemetryMigrations: readonly Migration[] = [telemetryInitial];

/** In order; the number of a migration is its place, from 1. Never edited once released. */
const migrations: readonly Migration[] = [initial, kbSearch];

type MigrationTables = Record<string, { version: number; name: string; applied_at: number }>;

/**
 * Brings the database to this program's version, each part in one transaction, or refuses one that is newer.
 * Returns how many migrations were applied.
 */
export async function migrate(database: Database, now: number): Promise<number> {
  const { write, telemetry, dialect } = database;
  const main = await migratePart(write as never, dialect, 'schema_migrations', migrations, now);
  return (
    main + (await migratePart(telemetry as never, dialect, 'telemetry_migrations', telemetryMigrations, now))
  );
}

async function migratePart(
  db: Kysely<MigrationTables>,
  dialect: Dialect,
  table: string,
  list: readonly Migration[],
  now: number,
): Promise<number> {
  await db.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('version', 'integer', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('applied_at', dialect.types.bigint, (c) => c.notNull())
    .execute();
  const row = await db
    .selectFrom(table)
    .select(sql<number | null>`max(version)`.as('version'))
    .executeTakeFirst();
  const current = row?.version ?? 0;
  if (current > list.length) {
    throw new StartError(
      `The database was written by a newer version of Keyward (schema ${current}, this program knows ${list.length}): ` +
        'start the newer version, or restore a back-up from before the upgrade. Nothing was changed.',
    );
  }
  const pending = list.slice(current);
  if (pending.length === 0) return 0;
  await db.transaction().execute(async (tx) => {
    for (const [i, migration] of pending.entries()) {
      await migration.up(tx as unknown as Kysely<never>, dialect);
      const version = current + i + 1;
      await tx.insertInto(table).values({ version, name: migration.name, applied_at: now }).execute();
    }
  });
  return pending.length;
}
