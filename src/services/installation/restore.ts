import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deriveKey } from '../../core/derive-key.ts';
import { StartError } from '../../errors.ts';
import { walkAuditChains } from '../../store/audit-chain.ts';
import { countRows, findDamage, type Reading, readSqlite } from '../../store/inspect.ts';
import { findFact } from '../../store/installation.ts';
import { lockDirectory } from '../../store/lock.ts';
import { stampOf } from './backup.ts';
import { sha256Of, syncToDisk } from './files.ts';
import { type BackupFile, isSealed, type Manifest, manifestName, readManifest } from './manifest.ts';
import { readSecretFile, secretCheckOf } from './secret.ts';
import { asidePath, commitRestore, finishRestore, hasUnfinishedRestore, stagingPath } from './swap.ts';

export interface RestoreOptions {
  readonly backup: string;
  readonly dataDirectory: string;
  readonly secretSetting: string | undefined;
  /** Sets aside a database that is there, instead of refusing. */
  readonly isForced: boolean;
  readonly now: Date;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where the files that were there before are now. */
  readonly replacedPath: string | null;
}

/**
 * Puts a back-up in place of the data. Everything is checked before the data directory is touched; then either the
 * old data or the back-up is there, whenever the process ends. Whatever fails is a `StartError`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const backup = resolve(options.backup);
  try {
    const manifest = await verifyBackup(backup, options);
    return await replaceData(backup, manifest, options);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const outcome = hasUnfinishedRestore(options.dataDirectory)
      ? 'The next start of Keyward, or the next restore, finishes it.'
      : 'Nothing was changed.';
    throw new StartError(`The restore failed: ${(error as Error).message}. ${outcome}`);
  }
}

async function replaceData(backup: string, manifest: Manifest, options: RestoreOptions): Promise<Restored> {
  const { dataDirectory } = options;
  const lock = lockDirectory(dataDirectory);
  try {
    finishRestore(dataDirectory);
    requireRoom(options);
    const stamp = stampOf(options.now);
    await stage(backup, stagingPath(dataDirectory, stamp), manifest);
    commitRestore(dataDirectory, stamp);
    finishRestore(dataDirectory);
    const aside = asidePath(dataDirectory, stamp);
    return { manifest, replacedPath: existsSync(aside) ? aside : null };
  } finally {
    await lock.release();
  }
}

function requireRoom({ dataDirectory, isForced, now }: RestoreOptions): void {
  if (existsSync(asidePath(dataDirectory, stampOf(now)))) {
    throw new StartError('Another restore was made in this very second: try again.');
  }
  if (isForced || !existsSync(join(dataDirectory, 'keyward.db'))) return;
  throw new StartError(
    `There is a database in ${dataDirectory} already: give --force to set it aside, or set KEYWARD_DATA_DIR to another directory.`,
  );
}

async function stage(backup: string, staging: string, manifest: Manifest): Promise<void> {
  mkdirSync(staging, { mode: 0o700 });
  try {
    for (const { name, sha256 } of manifest.files) {
      const path = join(staging, name);
      copyFileSync(join(backup, name), path, constants.COPYFILE_EXCL);
      chmodSync(path, 0o600);
      syncToDisk(path);
      if ((await sha256Of(path)) !== sha256) throw damaged(backup, name, 'changed while it was copied');
    }
    await checkContent(staging, (reading) => requireCounts(reading, manifest, backup));
    syncToDisk(staging);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    throw error;
  }
}

function damaged(backup: string, name: BackupFile | typeof manifestName, what: string): StartError {
  return new StartError(
    `The back-up ${backup} cannot be used: its file ${name} ${what}. Nothing was changed; take another back-up.`,
  );
}

/** Size, digest, seal, integrity, version, secret, counts and audit chain, in the order of how clearly they speak. */
async function verifyBackup(backup: string, options: RestoreOptions): Promise<Manifest> {
  const sealed = readManifest(backup);
  const { manifest } = sealed;
  for (const { name, bytes, sha256 } of manifest.files) {
    const path = join(backup, name);
    const state = statSync(path, { throwIfNoEntry: false });
    if (!state?.isFile()) throw damaged(backup, name, 'is missing');
    if (state.size !== bytes) throw damaged(backup, name, `has ${state.size} bytes instead of ${bytes}`);
    if ((await sha256Of(path)) !== sha256) throw damaged(backup, name, 'is damaged');
  }
  const secret = requireBackupSecret(backup, manifest, options);
  if (!isSealed(sealed, secret)) {
    throw new StartError(
      `The back-up ${backup} cannot be used: its ${manifestName} was changed, or the secret is not the one of this back-up. Nothing was changed.`,
    );
  }
  const [fault] = findDamage(join(backup, 'keyward.db'), 'full');
  if (fault) throw damaged(backup, 'keyward.db', `is damaged (${fault})`);
  await checkContent(backup, async (reading) => {
    requireKnownSchema(reading);
    if ((await findFact(reading.db, 'secret_check')) !== secretCheckOf(secret)) {
      throw damaged(backup, 'keyward.db', 'was written with another secret');
    }
    await requireCounts(reading, manifest, backup);
    const { breaks } = await walkAuditChains(reading.db, deriveKey(secret, 'audit'));
    if (manifest.audit.isWhole && breaks.length > 0) {
      throw damaged(backup, 'keyward.db', 'has an audit log that is not as it was written');
    }
  });
  return manifest;
}

/** The one in the back-up, else that of the settings, else that of the directory, which then stays in place. */
function requireBackupSecret(backup: string, manifest: Manifest, options: RestoreOptions): string {
  const setting = options.secretSetting ?? null;
  if (manifest.secret !== 'included') {
    const secret = setting ?? readSecretFile(options.dataDirectory);
    if (secret !== null) return secret;
    throw new StartError(
      `The back-up ${backup} was made without its secret: set KEYWARD_SECRET to it. Nothing was changed.`,
    );
  }
  const secret = manifest.files.some(({ name }) => name === 'secret') ? readSecretFile(backup) : null;
  if (secret === null) throw damaged(backup, 'secret', 'is missing');
  if (setting === null || setting === secret) return secret;
  throw new StartError(
    'KEYWARD_SECRET is set to another secret than that of the back-up: unset it, so that the one of the back-up counts. Nothing was changed.',
  );
}

async function checkContent(directory: string, check: (reading: Reading) => Promise<void>): Promise<void> {
  let reading: Reading;
  try {
    reading = await readSqlite(directory);
  } catch (error) {
    throw new StartError(
      `The database in ${directory} cannot be read: ${(error as Error).message}. Nothing was changed.`,
    );
  }
  try {
    await check(reading);
  } finally {
    await reading.close();
  }
}

function requireKnownSchema({ schema }: Reading): void {
  for (const { version, known } of Object.values(schema)) {
    if (version <= known) continue;
    throw new StartError(
      `The back-up was made by a newer version of Keyward (schema ${version}, this program knows ${known}): restore it with that version. Nothing was changed.`,
    );
  }
}

async function requireCounts({ db }: Reading, { counts }: Manifest, backup: string): Promise<void> {
  const found = await countRows(db);
  for (const [table, count] of Object.entries(counts)) {
    if (found[table] === count) continue;
    throw damaged(backup, 'keyward.db', `holds ${found[table] ?? 'no'} ${table} instead of ${count}`);
  }
}
