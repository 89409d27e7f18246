import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StartError } from '../errors.ts';
import { ensureDataDirectory } from './data-directory.ts';

/** Held by the one server (or command) that works on a store; gone with its process, however that ends. */
export interface StoreLock {
  release(): Promise<void>;
}

/** Takes a file, which is made where there is none; null where somebody else has it. The lock is the kernel's, so that a kill leaves nothing stale. */
export function lockFile(path: string): StoreLock | null {
  const db = new DatabaseSync(path);
  try {
    db.exec(
      'PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
    );
    chmodSync(path, 0o600);
  } catch (error) {
    db.close();
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5) return null;
    throw error;
  }
  return {
    release: async () => db.close(),
  };
}

/** Takes the data directory, by a file of its own in there. */
export function lockDirectory(directory: string): StoreLock {
  ensureDataDirectory(directory);
  let lock: StoreLock | null;
  try {
    lock = lockFile(join(directory, 'keyward.lock'));
  } catch (error) {
    throw new StartError(`The data directory ${directory} cannot be written: ${(error as Error).message}.`);
  }
  if (lock !== null) return lock;
  throw new StartError(
    `Another Keyward is using the data directory ${directory}: stop it first, or set KEYWARD_DATA_DIR to another one.`,
  );
}

/** "keyward" in the two halves of an advisory lock's number. */
export const lockNumber = [0x6b657977, 0x61726421] as const;
export const oldestServer = 150_000;
const retryEveryMs = 1_000;
/** A server that the database has not yet noticed to be gone may be ourselves, from before the connection broke. */
const patienceMs = 60_000;

export interface LockEvents {
  /** The lock is gone for now: another server might have it, so nothing remembered may be trusted. */
  onLost(): void;
  onRegained(): void;
  /** Another server has it for good: this one must stop. */
  onTaken(): void;
}

async function connect(url: string): Promise<pg.Client> {
  const options = {
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'keyward lock',
    keepAlive: true,
  };
  const client = new pg.Client(options);
  // Until somebody listens for it, a broken connection must not end the process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [
    ...lockNumber,
  ]);
  return rows[0]?.taken === true;
}

/** PostgreSQL needs a moment to notice that a server was killed: its lock must not refuse the next start. */
async function tryLockPatiently(client: pg.Client): Promise<boolean> {
  for (const waitMs of [0, 100, 200, 400, 800, 1_000]) {
    await delay(waitMs);
    if (await tryLock(client)) return true;
  }
  return false;
}

async function requireVersion(client: pg.Client): Promise<void> {
  const version = await client.query<{ server_version_num: string }>('show server_version_num');
  if (Number(version.rows[0]?.server_version_num) >= oldestServer) return;
  throw new StartError('PostgreSQL 15 or newer is needed; this server is older.');
}

/**
 * Takes the PostgreSQL database by an advisory lock on a connection of its own. When that connection breaks, the
 * lock is taken again as soon as the database answers.
 */
export async function lockPostgres(url: string, events: LockEvents): Promise<StoreLock> {
  let client: pg.Client;
  try {
    client = await connect(url);
  } catch (error) {
    throw new StartError(`PostgreSQL at ${describeServer(url)} cannot be reached: ${reasonOf(error)}.`);
  }
  try {
    await requireVersion(client);
    if (!(await tryLockPatiently(client))) {
      throw new StartError(`Another Keyward is using the database ${describeServer(url)}: stop it first.`);
    }
  } catch (error) {
    await client.end();
    throw error instanceof StartError
      ? error
      : new StartError(`PostgreSQL refused the start: ${reasonOf(error)}.`);
  }
  return keepLock(url, client, events);
}

function keepLock(url: string, first: pg.Client, events: LockEvents): StoreLock {
  let client: pg.Client | null = null;
  let isReleased = false;
  const hold = (connected: pg.Client) => {
    client = connected;
    connected.once('end', () => {
      client = null;
      if (isReleased) return;
      events.onLost();
      void regain();
    });
  };
  const regain = async () => {
    const since = performance.now();
    while (!isReleased) {
      await delay(retryEveryMs, undefined, { ref: false });
      const again = await connect(url).catch(() => null);
      if (again === null) continue;
      if (await tryLock(again).catch(() => false)) {
        hold(again);
        events.onRegained();
        return;
      }
      await again.end().catch(() => {});
      if (performance.now() - since > patienceMs) return events.onTaken();
    }
  };
  hold(first);
  return {
    release: async () => {
      isReleased = true;
      await client?.end();
    },
  };
}

/** Host and database, without the credentials that the URL may hold. */
export function describeServer(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.host || 'the local socket'}${parsed.pathname}` : 'the given URL';
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
}
