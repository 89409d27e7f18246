import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { deriveKey } from '../../core/derive-key.ts';
import { StartError } from '../../errors.ts';
import { walkAuditChains } from '../../store/audit-chain.ts';
import { copySqlite } from '../../store/backup.ts';
import { expendableFiles } from '../../store/database.ts';
import { countRows, findDamage, readSqlite } from '../../store/inspect.ts';
import { findFact } from '../../store/installation.ts';
import { sha256Of, syncToDisk } from './files.ts';
import { backupFiles, type FileEntry, type Manifest, manifestName, sealManifest } from './manifest.ts';
import { beginPartial, clearAbandoned } from './partial.ts';
import { readSecretFile, requireSecret, secretCheckOf } from './secret.ts';
import { hasUnfinishedRestore } from './swap.ts';

export interface BackupOptions {
  readonly dataDirectory: string;
  /** The back-up's directory, or one that is there and gets the back-up under a name of its time. */
  readonly target: string;
  /** KEYWARD_SECRET, where it is given. */
  readonly secretSetting: string | undefined;
  readonly withSecret: boolean;
  readonly program: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

export interface Backup {
  readonly path: string;
  readonly manifest: Manifest;
  /** What is in the data directory, and not in the back-up or not as it should be: sentences. */
  readonly warnings: readonly string[];
}

/** `20261121T091500Z`: sorts by time, and is a name on every system. */
export function stampOf(now: Date): string {
  return now.toISOString().replace(/[-:]|\.\d+/g, '');
}

/**
 * A copy of the embedded database, of one moment, that is checked before it gets its name. Works without the lock,
 * also while a server writes. Whatever fails is a `StartError`, and leaves nothing behind.
 */
export async function createBackup(options: BackupOptions): Promise<Backup> {
  const { dataDirectory } = options;
  if (hasUnfinishedRestore(dataDirectory)) {
    throw new StartError(
      `A restore into ${dataDirectory} was interrupted: start Keyward once, which finishes it.`,
    );
  }
  if (!existsSync(join(dataDirectory, 'keyward.db'))) {
    throw new StartError(
      `There is no database in ${dataDirectory}: set KEYWARD_DATA_DIR to the data directory.`,
    );
  }
  const secret = requireSecret(dataDirectory, options.secretSetting);
  const path = freePath(options);
  try {
    // What cannot be removed must not keep a back-up from being made.
    await clearAbandoned(dirname(path)).catch(() => {});
    return await make(path, options, secret);
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (options.signal?.aborted)
      throw new StartError('The back-up was interrupted, and nothing is left of it.');
    throw new StartError(
      `The back-up to ${path} failed, and nothing is left of it: ${(error as Error).message}.`,
    );
  }
}

async function make(path: string, options: BackupOptions, secret: string): Promise<Backup> {
  const partial = beginPartial(path);
  try {
    mkdirSync(partial.path, { mode: 0o700 });
    const { manifest, warnings } = await fill(partial.path, options, secret);
    for (const name of [...manifest.files.map((file) => file.name), manifestName])
      syncToDisk(join(partial.path, name));
    syncToDisk(partial.path);
    if (existsSync(path)) throw taken(path);
    renameSync(partial.path, path);
    syncToDisk(dirname(path));
    return { path, manifest, warnings };
  } finally {
    await partial.end();
  }
}

function freePath({ target, now }: BackupOptions): string {
  const path = resolve(target);
  if (!existsSync(path)) return path;
  if (!statSync(path).isDirectory() || existsSync(join(path, manifestName))) throw taken(path);
  const named = join(path, `keyward-${stampOf(now)}`);
  if (existsSync(named)) throw taken(named);
  return named;
}

function taken(path: string): StartError {
  return new StartError(
    `There is something at ${path} already, and a back-up overwrites nothing: give another path.`,
  );
}

async function fill(partial: string, options: BackupOptions, secret: string) {
  const { dataDirectory, signal } = options;
  const warnings: string[] = [];
  // The journal last: then it is never older than the counters that refer to it.
  await copySqlite(join(dataDirectory, 'keyward.db'), join(partial, 'keyward.db'), signal);
  const damage = findDamage(join(partial, 'keyward.db'), 'full');
  if (damage.length > 0) {
    throw new StartError(
      `The database in ${dataDirectory} is damaged (${damage[0]}), so that no back-up was made: restore the last good one.`,
    );
  }
  for (const name of expendableFiles) {
    if (await copyExpendable(name, partial, options)) continue;
    warnings.push(`${name} is missing or damaged and was left out; the keys do not need it.`);
  }
  const secretState = copySecret(partial, options, secret);
  signal?.throwIfAborted();
  const described = await describe(partial, secret);
  if (!described.audit.isWhole) {
    warnings.push(
      'The audit log is not as it was written; keyward doctor says where. It was copied as it is.',
    );
  }
  const manifest: Manifest = {
    format: 'keyward back-up',
    formatVersion: 1,
    createdAt: options.now.toISOString(),
    program: options.program,
    ...described,
    secret: secretState,
    files: await listFiles(partial),
  };
  writeFileSync(join(partial, manifestName), sealManifest(manifest, secret), { mode: 0o600 });
  return { manifest, warnings };
}

async function copyExpendable(
  name: string,
  partial: string,
  { dataDirectory, signal }: BackupOptions,
): Promise<boolean> {
  const source = join(dataDirectory, name);
  const target = join(partial, name);
  if (!existsSync(source)) return false;
  try {
    await copySqlite(source, target, signal);
    if (findDamage(target, 'quick').length === 0) return true;
  } catch (error) {
    // Only damage may be passed over: a full disk would make a poorer back-up look like a good one.
    if (signal?.aborted || !isDamage(error)) throw error;
  }
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(target + suffix, { force: true });
  return false;
}

/** CORRUPT and NOTADB. */
function isDamage(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && [11, 26].includes(Number(error.errcode) & 0xff);
}

function copySecret(partial: string, options: BackupOptions, secret: string): Manifest['secret'] {
  if (readSecretFile(options.dataDirectory) !== secret) return 'elsewhere';
  if (!options.withSecret) return 'left out';
  copyFileSync(join(options.dataDirectory, 'secret'), join(partial, 'secret'));
  return 'included';
}

/** What the copy says of itself. */
async function describe(partial: string, secret: string) {
  const reading = await readSqlite(partial);
  try {
    const { db } = reading;
    if ((await findFact(db, 'secret_check')) !== secretCheckOf(secret)) {
      throw new StartError(
        'KEYWARD_SECRET, or the file secret, is not the one this database was written with: give the right one, else the back-up is of no use.',
      );
    }
    const { entries, breaks } = await walkAuditChains(db, deriveKey(secret, 'audit'));
    return {
      schema: {
        main: reading.schema.main.version,
        admissions: reading.schema.admissions.version,
        telemetry: reading.schema.telemetry.version,
      },
      counts: await countRows(db),
      audit: { entries, isWhole: breaks.length === 0 },
    };
  } finally {
    await reading.close();
  }
}

async function listFiles(partial: string): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (const name of backupFiles) {
    const path = join(partial, name);
    if (!existsSync(path)) continue;
    entries.push({ name, bytes: statSync(path).size, sha256: await sha256Of(path) });
  }
  return entries;
}
