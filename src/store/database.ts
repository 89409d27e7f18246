import { chmodSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { Kysely, type Logger, PostgresDialect, SqliteDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { StartError } from '../errors.ts';
import { ensureDataDirectory } from './data-directory.ts';
import { type Dialect, postgresDialect, sqliteDialect } from './dialect.ts';
import { GroupCommit } from './group-commit.ts';
import type { Schema } from './schema.ts';

/** Runs queries: a connection, or a transaction. */
export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;

/** For metrics, since the start. */
export interface StoreCounts {
  readonly transactions: number;
  readonly commits: number;
  /** Transactions that wait for their turn; with PostgreSQL whoever waits for a connection. */
  readonly waiting: number;
  readonly connections: { readonly busy: number; readonly idle: number } | null;
}

/**
 * `read` never waits for an open transaction and sees what is committed; `write` is the only way to change things.
 * Inside a transaction everything must go through its `Tx`: with SQLite, `write` has a single connection, and a second
 * use of it would wait for itself for ever.
 */
export interface Database {
  readonly read: Db;
  readonly write: Db;
  /**
   * Runs `work` in a transaction of its own; its changes are durable when this returns, and undone when `work` throws.
   * With SQLite, changes that wait at the same time share one commit.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * The same for what is written again and again: it survives the process, but the last seconds may be lost with the
   * machine's power. Nobody waits for the disk.
   */
  background<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The admissions of the last minute. They may be lost with the machine's power but not with the process: no fsync a commit. */
  readonly admissions: Db;
  /** The request log and usage, likewise; written and read by threads with connections of their own. */
  readonly telemetry: Db;
  readonly dialect: Dialect;
  counts(): StoreCounts;
  close(): Promise<void>;
}

export interface ObservedQuery {
  /** With placeholders in the place of values. */
  readonly sql: string;
  readonly durationMs: number;
  readonly isFailed: boolean;
}

/** Told of each query when it is over, in the async context of whoever made it. */
export type QueryObserver = (query: ObservedQuery) => void;

function loggerOf(observe: QueryObserver | null): { readonly log?: Logger } {
  if (observe === null) return {};
  return {
    log: ({ level, query: { sql }, queryDurationMillis: durationMs }) =>
      observe({ sql, durationMs, isFailed: level === 'error' }),
  };
}

const maxCachedStatements = 500;

/** node:sqlite's own row objects are dictionaries: to copy or to write one as JSON takes two to three times as long. */
function rowOf(
  columns: readonly string[],
  values: readonly SQLOutputValue[],
): Record<string, SQLOutputValue> {
  const row: Record<string, SQLOutputValue> = {};
  for (let i = 0; i < columns.length; i++) row[columns[i]!] = values[i]!;
  return row;
}

/** node:sqlite in the shape Kysely's SQLite driver expects, with a cache of prepared statements. */
function openSqlite(path: string, pragmas: readonly string[], isReadOnly = false) {
  const db = new DatabaseSync(path, { readOnly: isReadOnly });
  for (const pragma of pragmas) db.exec(`PRAGMA ${pragma}`);
  const cache = new Map<string, { columns: readonly string[]; statement: StatementSync }>();
  const prepared = (sql: string) => {
    const known = cache.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    const entry = { columns: statement.columns().map(({ name }) => name), statement };
    if (cache.size >= maxCachedStatements) cache.delete(cache.keys().next().value as string);
    cache.set(sql, entry);
    return entry;
  };
  return {
    close: () => {
      if (db.isOpen) db.close();
    },
    prepare(sql: string) {
      const { columns, statement } = prepared(sql);
      return {
        reader: columns.length > 0,
        all: (values: readonly unknown[]) =>
          (statement.all(...(values as SQLInputValue[])) as unknown as SQLOutputValue[][]).map((row) =>
            rowOf(columns, row),
          ),
        run: (values: readonly unknown[]) => {
          // On a full disk SQLite has rolled back by itself: failing at that would hide why.
          if (sql === 'rollback' && !db.isTransaction) return { changes: 0, lastInsertRowid: 0 };
          return statement.run(...(values as SQLInputValue[]));
        },
        iterate: (): never => {
          throw new Error('Streaming is not supported: read pages.');
        },
      };
    },
  };
}

/** No memory map: what is read of a large database would count as ours, 300 MB of a million keys. */
const shared = ['busy_timeout = 5000', 'foreign_keys = ON', 'cache_size = -8192'];

/** `destroy` of Kysely leaves a connection open that was never used; an open one keeps the WAL from being settled. */
export interface Opened {
  readonly db: Db;
  close(): Promise<void>;
}

function open(database: ReturnType<typeof openSqlite>, observe: QueryObserver | null = null): Opened {
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }), ...loggerOf(observe) });
  const close = async () => {
    await db.destroy();
    database.close();
  };
  return { db, close };
}

/** For looking only: works beside a running server, changes nothing and keeps nobody waiting. The file must be there. */
export function openSqliteReadOnly(path: string): Opened {
  return open(openSqlite(path, ['busy_timeout = 5000'], true));
}

/** Files that are set aside when they are damaged, and begun anew: they must never keep requests from being served. */
export const expendableFiles = ['admissions.db', 'telemetry.db'] as const;

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** A file that is locked, or has no room to grow, is whole: it must stay where it is. */
function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === sqliteCorrupt || code === sqliteNotADatabase;
}

function expendable(directory: string, name: (typeof expendableFiles)[number], busyMs: number) {
  const path = join(directory, name);
  const pragmas = ['journal_mode = WAL', 'synchronous = NORMAL', `busy_timeout = ${busyMs}`];
  const attempt = () => {
    const database = openSqlite(path, pragmas);
    database.prepare('select count(*) from sqlite_master').all([]);
    chmodSync(path, 0o600);
    return database;
  };
  try {
    return attempt();
  } catch (error) {
    if (!isDamage(error)) throw error;
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.damaged-${Date.now()}${suffix}`);
    }
    return attempt();
  }
}

/** For a thread: it may wait for a lock, where the loop must not. */
export function openTelemetry(directory: string): Opened {
  return open(expendable(directory, 'telemetry.db', 1_000));
}

/** Opened when it is first used: a file that another program holds must not keep the server from starting. */
function openTelemetryLater(directory: string): Opened {
  let database: ReturnType<typeof openSqlite> | null = null;
  const dialect = new SqliteDialect({
    database: async () => (database ??= expendable(directory, 'telemetry.db', 1_000)),
  });
  const db = new Kysely<Schema>({ dialect });
  const close = async () => {
    await db.destroy();
    database?.close();
  };
  return { db, close };
}

/** The embedded database: `<directory>/keyward.db`, durable on return of a commit (WAL, synchronous=FULL). */
export function openSqliteDatabase(directory: string, observe: QueryObserver | null = null): Database {
  ensureDataDirectory(directory);
  const path = join(directory, 'keyward.db');
  try {
    const write = open(openSqlite(path, ['journal_mode = WAL', 'synchronous = FULL', ...shared]), observe);
    const read = open(openSqlite(path, [...shared, 'query_only = ON']), observe);
    chmodSync(path, 0o600);
    const admissions = open(expendable(directory, 'admissions.db', 0));
    const telemetry = openTelemetryLater(directory);
    const group = new GroupCommit(write.db);
    return {
      read: read.db,
      write: write.db,
      transaction: (work) => group.transaction(work),
      background: (work) => group.transaction(work, false),
      admissions: admissions.db,
      telemetry: telemetry.db,
      dialect: sqliteDialect,
      counts: () => {
        const { transactions, commits, waiting } = group;
        return { transactions, commits, waiting, connections: null };
      },
      close: async () => {
        for (const opened of [telemetry, admissions, read, write]) await opened.close();
      },
    };
  } catch (error) {
    throw new StartError(`The database ${path} cannot be opened: ${(error as Error).message}.`);
  }
}

const int8 = 20;
const parsers = new Map<number, (text: string) => unknown>([[int8, Number]]);

/** PostgreSQL: one pool for both ways. `maxConnections` is per process. */
export function openPostgresDatabase(
  url: string,
  maxConnections = 10,
  observe: QueryObserver | null = null,
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: 30_000,
    application_name: 'keyward',
    types: {
      getTypeParser: ((oid: number, format: 'text') =>
        parsers.get(oid) ?? pg.types.getTypeParser(oid, format)) as never,
    },
  });
  // A connection that breaks, idle or in use, must not end the process: the query on it, or the next one, reports it.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }), ...loggerOf(observe) });
  let transactions = 0;
  let commits = 0;
  const transaction = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    transactions++;
    const result = await kysely.transaction().execute(work);
    commits++;
    return result;
  };
  return {
    read: kysely,
    write: kysely,
    transaction: (work) => transaction(work),
    background: (work) =>
      transaction(async (tx) => {
        await sql`set local synchronous_commit = off`.execute(tx);
        return work(tx);
      }),
    admissions: kysely,
    telemetry: kysely,
    dialect: postgresDialect,
    counts: () => {
      const { totalCount, idleCount: idle, waitingCount: waiting } = pool;
      return { transactions, commits, waiting, connections: { busy: totalCount - idle, idle } };
    },
    close: () => kysely.destroy(),
  };
}
