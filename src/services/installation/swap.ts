import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncToDisk } from './files.ts';
import { backupFiles } from './manifest.ts';

/**
 * A restore puts its files into a directory below the data directory, and the name of that directory is how far it
 * has come: `staging` counts for nothing; from `pending` on it will be carried out, whoever gets to it first, because
 * several files cannot be renamed at once. First the old ones go aside (`pending`), then the new ones in (`moving`).
 */
const stages = /^restore-(staging|pending|moving)-([0-9A-Za-z]+)$/;

const sideFiles = ['-wal', '-shm', '-journal'];

export function stagingPath(directory: string, stamp: string): string {
  return join(directory, `restore-staging-${stamp}`);
}

function stagesIn(directory: string) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name) => {
    const match = stages.exec(name);
    return match ? [{ path: join(directory, name), stage: match[1]!, stamp: match[2]! }] : [];
  });
}

/** Whether the directory is between its old content and its new one. */
export function hasUnfinishedRestore(directory: string): boolean {
  return stagesIn(directory).some(({ stage }) => stage !== 'staging');
}

/** The point of no return: what is staged, whole and on the disk, will be the data. */
export function commitRestore(directory: string, stamp: string): void {
  renameSync(stagingPath(directory, stamp), join(directory, `restore-pending-${stamp}`));
  syncToDisk(directory);
}

/** Under the lock, before anything is opened: ends what a restore began, or clears away what it did not get to. */
export function finishRestore(directory: string): void {
  for (const { path, stage, stamp } of stagesIn(directory)) {
    const moving = join(directory, `restore-moving-${stamp}`);
    if (stage === 'staging') rmSync(path, { recursive: true, force: true });
    if (stage === 'pending') {
      setAside(directory, path, stamp);
      renameSync(path, moving);
      syncToDisk(directory);
    }
    if (stage !== 'staging') moveIn(directory, moving);
  }
}

export function asidePath(directory: string, stamp: string): string {
  return join(directory, `replaced-${stamp}`);
}

/** A secret that the back-up does not bring along stays. */
function setAside(directory: string, pending: string, stamp: string): void {
  const aside = asidePath(directory, stamp);
  const old = backupFiles
    .filter((name) => name !== 'secret' || existsSync(join(pending, name)))
    .flatMap((name) => [name, ...sideFiles.map((suffix) => name + suffix)])
    .filter((name) => existsSync(join(directory, name)));
  if (old.length === 0) return;
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const name of old) renameSync(join(directory, name), join(aside, name));
  syncToDisk(aside);
  syncToDisk(directory);
}

function moveIn(directory: string, moving: string): void {
  for (const name of readdirSync(moving)) renameSync(join(moving, name), join(directory, name));
  syncToDisk(directory);
  rmdirSync(moving);
  syncToDisk(directory);
}
