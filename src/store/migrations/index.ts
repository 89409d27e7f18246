import { type Kysely, sql } from 'kysely';
import { StartError } from '../../errors.ts';
import type { Database, Db } from '../database.ts';
import type { Dialect } from '../dialect.ts';
import { initial, telemetryInitial } from './0001-initial.ts';
import { kbSearch } from './0002-kb-search.ts';
import { kbSource } from './0003-kb-source.ts';
import { idempotencyHeaders } from './0004-idempotency-headers.ts';
import { keyLists } from './0005-key-lists.ts';
import { requestLogTables } from './0006-request-log.ts';
import { audit } from './0007-audit.ts';
import { jobTables } from './0008-jobs.ts';
import { logBodies } from './0009-log-bodies.ts';
import { jobRetention, unrecordedUsage } from './0010-retention.ts';
import { usageCounts } from './0011-usage-counts.ts';
import { customers } from './0012-customers.ts';
import { contacts } from './0013-contacts.ts';
import { licenses } from './0014-licenses.ts';
import { telemetryRecords } from './0015-telemetry-records.ts';
import { conversations } from './0016-conversations.ts';
import { webhooks } from './0017-webhooks.ts';
import { alerts } from './0018-alerts.ts';
import { analytics } from './0019-analytics.ts';
import { personalKeys } from './0020-personal-keys.ts';
import { recordIndexes } from './0021-record-indexes.ts';
import { keySorts } from './0025-key-sorts.ts';

export interface Migration {
  readonly name: string;
  up(db: Kysely<never>, dialect: Dialect): Promise<void>;
}

/** The admissions of the last minute: in a file of its own when embedded. */
const admissionMigrations: readonly Migration[] = [telemetryInitial];

/** The request log and usage, which may be lost without harm to anybody's keys: in a file of its own when embedded. */
const telemetryMigrations: readonly Migration[] = [requestLogTables, logBodies, unrecordedUsage, usageCounts];

/** In order; the number of a migration is its place, from 1. Never edited once released. */
const migrations: readonly Migration[] = [
  initial,
  kbSearch,
  kbSource,
  idempotencyHeaders,
  keyLists,
  audit,
  jobTables,
  jobRetention,
  customers,
  contacts,
  licenses,
  telemetryRecords,
  conversations,
  webhooks,
  alerts,
  analytics,
  personalKeys,
  recordIndexes,
  keySorts,
];

const parts = {
  main: { table: 'schema_migrations', list: migrations, prefix: '' },
  admissions: { table: 'telemetry_migrations', list: admissionMigrations, prefix: 'admissions ' },
  telemetry: { table: 'request_log_migrations', list: telemetryMigrations, prefix: 'telemetry ' },
} as const;

export type SchemaPart = keyof typeof parts;
export const schemaParts = Object.keys(parts) as readonly SchemaPart[];

type MigrationTables = Record<string, { version: number; name: string; applied_at: number }>;

/**
 * Brings the database to this program's version, each part in one transaction, or refuses one that is newer.
 * Returns the names of the migrations that were applied.
 */
export async function migrate(database: Database, now: number): Promise<string[]> {
  const { write, admissions, telemetry, dialect } = database;
  return [
    ...(await migratePart(write as never, dialect, parts.main, now)),
    ...(await migratePart(admissions as never, dialect, parts.admissions, now)),
    ...(await migratePart(telemetry as never, dialect, parts.telemetry, now).catch((error: unknown) => {
      // The thread that writes it does so as soon as it can.
      if (dialect.isUnavailable(error) && database.admissions !== database.write) return [];
      throw error;
    })),
  ];
}

/** For a file that was set aside while the server ran, and begun anew. */
export async function migrateTelemetry(db: object, dialect: Dialect, now: number): Promise<void> {
  await migratePart(db as never, dialect, parts.telemetry, now);
}

/** How a database stands to this program. It is newer where `version` is beyond `known`. */
export interface SchemaState {
  readonly version: number;
  readonly known: number;
  readonly pending: readonly string[];
}

/** Reads only; a database without tables is at version 0. */
export async function readSchemaState(db: Db, part: SchemaPart): Promise<SchemaState> {
  const { table, list, prefix } = parts[part];
  const tables = await db.introspection.getTables();
  const isThere = tables.some(({ name }) => name === table);
  const version = isThere ? await currentVersion(db as never, table) : 0;
  return { version, known: list.length, pending: list.slice(version).map(({ name }) => prefix + name) };
}

/** Of a database that has its tables: one look-up. */
export async function mainSchemaVersion(db: Db): Promise<{ version: number; known: number }> {
  return { version: await currentVersion(db as never, parts.main.table), known: parts.main.list.length };
}

/** The state of a file that is not there yet. */
export function emptySchemaState(part: SchemaPart): SchemaState {
  const { list, prefix } = parts[part];
  return { version: 0, known: list.length, pending: list.map(({ name }) => prefix + name) };
}

async function currentVersion(db: Kysely<MigrationTables>, table: string): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select(sql<number | null>`max(version)`.as('version'))
    .executeTakeFirst();
  return row?.version ?? 0;
}

async function migratePart(
  db: Kysely<MigrationTables>,
  dialect: Dialect,
  { table, list, prefix }: (typeof parts)[keyof typeof parts],
  now: number,
): Promise<string[]> {
  await db.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('version', 'integer', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('applied_at', dialect.types.bigint, (c) => c.notNull())
    .execute();
  const current = await currentVersion(db, table);
  if (current > list.length) {
    throw new StartError(
      `The database was written by a newer version of Keyward (schema ${current}, this program knows ${list.length}): ` +
        'start the newer version, or restore a back-up from before the upgrade. Nothing was changed.',
    );
  }
  const pending = list.slice(current);
  if (pending.length === 0) return [];
  await db.transaction().execute(async (tx) => {
    for (const [i, migration] of pending.entries()) {
      await migration.up(tx as unknown as Kysely<never>, dialect);
      const version = current + i + 1;
      await tx.insertInto(table).values({ version, name: migration.name, applied_at: now }).execute();
    }
  });
  return pending.map(({ name }) => prefix + name);
}
