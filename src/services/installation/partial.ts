import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lockFile, type StoreLock } from '../../store/lock.ts';
import { backupFiles, manifestName } from './manifest.ts';

/**
 * Where a back-up is made, beside its later name: `.<name>.partial-<random>`. A lock on the file of that name and
 * `.lock` says that its process lives; the file is there before the directory, and goes after it.
 */
export interface Partial {
  /** Still to be made. */
  readonly path: string;
  /** Removes what has not got its later name by then. */
  end(): Promise<void>;
}

const lockName = /^\..+\.partial-[0-9a-f]{8}\.lock$/;
const known: ReadonlySet<string> = new Set([
  manifestName,
  ...backupFiles.flatMap((name) => ['', '-wal', '-shm', '-journal'].map((suffix) => name + suffix)),
]);

export function beginPartial(target: string): Partial {
  const directory = dirname(target);
  accessSync(directory, constants.W_OK);
  const path = join(directory, `.${basename(target)}.partial-${randomBytes(4).toString('hex')}`);
  const lock = lockFile(`${path}.lock`);
  // Who clears up took it for a left one, in the moment between the file and its lock.
  if (lock === null) return beginPartial(target);
  return {
    path,
    end: async () => {
      rmSync(path, { recursive: true, force: true });
      await removeLock(path, lock);
    },
  };
}

async function removeLock(path: string, lock: StoreLock): Promise<void> {
  await lock.release();
  for (const suffix of ['.lock', '.lock-journal']) rmSync(path + suffix, { force: true });
}

/** Back-ups in a directory whose process ended before it could clear up. */
export async function findAbandoned(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of partialsIn(directory)) {
    const lock = lockFile(`${path}.lock`);
    if (lock === null) continue;
    await lock.release();
    if (existsSync(path)) found.push(path);
  }
  return found;
}

/** Removes them; a directory that holds anything else than what a back-up writes stays as it is. */
export async function clearAbandoned(directory: string): Promise<void> {
  for (const path of partialsIn(directory)) {
    const lock = lockFile(`${path}.lock`);
    if (lock === null) continue;
    if (removeKnown(path)) await removeLock(path, lock);
    else await lock.release();
  }
}

/** By their lock files, which are always empty. */
function partialsIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => lockName.test(name))
    .map((name) => join(directory, name))
    .filter((path) => isOurs(path, 'isFile') && lstatSync(path).size === 0)
    .map((path) => path.replace(/\.lock$/, ''));
}

/** No link, and of this user. */
function isOurs(path: string, kind: 'isFile' | 'isDirectory'): boolean {
  const state = lstatSync(path, { throwIfNoEntry: false });
  return state?.[kind]() === true && (process.getuid === undefined || state.uid === process.getuid());
}

function removeKnown(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return true;
  if (!isOurs(path, 'isDirectory')) return false;
  const names = readdirSync(path);
  if (!names.every((name) => known.has(name) && isOurs(join(path, name), 'isFile'))) return false;
  for (const name of names) rmSync(join(path, name));
  rmdirSync(path);
  return true;
}
