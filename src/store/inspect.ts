import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { type Db, openPostgresDatabase, openSqliteReadOnly } from './database.ts';
import { lockNumber, oldestServer } from './lock.ts';
import {
  emptySchemaState,
  readSchemaState,
  type SchemaPart,
  type SchemaState,
  schemaParts,
} from './migrations/index.ts';

/** A store that is only looked at: without the lock, also beside a running server. */
export interface Reading {
  readonly db: Db;
  readonly schema: Readonly<Record<SchemaPart, SchemaState>>;
  close(): Promise<void>;
}

/** The embedded database, which must be there. */
export async function readSqlite(directory: string): Promise<Reading> {
  const { db, close } = openSqliteReadOnly(join(directory, 'keyward.db'));
  try {
    const schema = {
      main: await readSchemaState(db, 'main'),
      admissions: await readExpendableState(join(directory, 'admissions.db'), 'admissions'),
      telemetry: await readExpendableState(join(directory, 'telemetry.db'), 'telemetry'),
    };
    return { db, schema, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is missing or damaged there is made anew at the next start. */
async function readExpendableState(path: string, part: SchemaPart): Promise<SchemaState> {
  if (!existsSync(path)) return emptySchemaState(part);
  const { db, close } = openSqliteReadOnly(path);
  try {
    return await readSchemaState(db, part);
  } catch {
    return emptySchemaState(part);
  } finally {
    await close();
  }
}

export async function readPostgres(url: string): Promise<Reading> {
  const database = openPostgresDatabase(url, 1);
  const { read: db, close } = database;
  try {
    const states = await Promise.all(
      schemaParts.map(async (part) => [part, await readSchemaState(db, part)]),
    );
    return { db, schema: Object.fromEntries(states) as Reading['schema'], close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether a server or command works on the directory now. Makes nothing, and asks the kernel only. */
export function isDirectoryLocked(directory: string): boolean {
  const path = join(directory, 'keyward.lock');
  if (!existsSync(path)) return false;
  const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    db.prepare('select count(*) from sqlite_master').get();
    return false;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5) return true;
    throw error;
  } finally {
    db.close();
  }
}

/** What SQLite finds wrong with a file; nothing where all is well. `quick` leaves out whether indexes match their tables. */
export function findDamage(path: string, depth: 'quick' | 'full'): string[] {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    const pragma = depth === 'quick' ? 'quick_check(5)' : 'integrity_check(5)';
    const rows = db.prepare(`PRAGMA ${pragma}`).all();
    const lines = rows.flatMap((row) => String(Object.values(row)[0]).split('\n'));
    return lines.filter((line) => line !== 'ok' && !line.startsWith('***'));
  } catch (error) {
    return [(error as Error).message];
  } finally {
    db?.close();
  }
}

export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

const countedTables = [
  'tenants',
  'users',
  'members',
  'keys',
  'secrets',
  'kb_articles',
  'audit_entries',
] as const;

/** How many rows there are of what people would miss. */
export async function countRows(db: Db): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of countedTables) {
    const row = await (db as unknown as Kysely<Record<string, object>>)
      .selectFrom(table)
      .select((e) => e.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    counts[table] = Number(row.n);
  }
  return counts;
}

export interface PostgresState {
  readonly version: string;
  readonly isTooOld: boolean;
  readonly mayCreate: boolean;
  /** How far the server's clock is ahead of this machine's. */
  readonly clockAheadMs: number;
  /** Who holds the lock: where from, and since when (epoch ms). */
  readonly holder: { readonly from: string; readonly since: number } | null;
}

/** Throws what the driver throws. */
export async function inspectPostgres(url: string): Promise<PostgresState> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'keyward doctor',
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(`select current_setting('server_version') as version,
      current_setting('server_version_num')::int as number,
      has_schema_privilege(current_schema(), 'create') as may_create`);
    const askedAt = Date.now();
    const clock = await client.query('select extract(epoch from clock_timestamp()) * 1000 as now');
    const clockAheadMs = Math.round(Number(clock.rows[0].now) - (askedAt + Date.now()) / 2);
    const { version, number, may_create: mayCreate } = rows[0];
    return {
      version: String(version).replace(/ .*/, ''),
      isTooOld: number < oldestServer,
      mayCreate: mayCreate === true,
      clockAheadMs,
      holder: await findHolder(client),
    };
  } finally {
    await client.end();
  }
}

async function findHolder(client: pg.Client): Promise<PostgresState['holder']> {
  const { rows } = await client.query(
    `select coalesce(host(client_addr), 'a local socket') as origin,
       extract(epoch from backend_start) * 1000 as since
     from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and classid = $1 and objid = $2
       and database = (select oid from pg_database where datname = current_database())`,
    [...lockNumber],
  );
  const row = rows[0];
  return row ? { from: row.origin, since: Number(row.since) } : null;
}
