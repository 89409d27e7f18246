import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { findAbandoned } from '../../services/installation/partial.ts';
import { hasUnfinishedRestore } from '../../services/installation/swap.ts';
import { expendableFiles } from '../../store/database.ts';
import { sizeOf } from '../../store/inspect.ts';
import { type Finding, fine, warn, wrong } from './finding.ts';

const megabyte = 1_000_000;
const roomNeeded = { warning: 1_000 * megabyte, error: 100 * megabyte };
/** SQLite settles its WAL at 4 MB or so; much more means that something keeps it from doing so. */
const largestWal = 256 * megabyte;

/** The directory holds the embedded database; with PostgreSQL only the set-up link of the first start. */
export async function checkDirectory(config: Config): Promise<readonly Finding[]> {
  const { dataDirectory: path } = config;
  if (config.KEYWARD_DATABASE_URL !== undefined) return [];
  const state = statSync(path, { throwIfNoEntry: false });
  if (!state) {
    return [
      warn(
        'data directory',
        `${path} does not exist.`,
        'The first start makes it; if there was one already, set KEYWARD_DATA_DIR to the data directory.',
      ),
    ];
  }
  if (!state.isDirectory()) {
    return [
      wrong('data directory', `${path} is not a directory.`, 'Set KEYWARD_DATA_DIR to the data directory.'),
    ];
  }
  if (!isAccessible(path)) {
    const message = `${path} cannot be read and written by this user.`;
    return [wrong('data directory', message, 'Run this as the user of Keyward.')];
  }
  const found = [
    ...checkOwner(path, state.uid, state.mode),
    judgeRoom(freeBytesOf(path)),
    ...checkLeftovers(path),
    ...(await checkBackups([path, process.cwd()])),
  ];
  return found.some(({ level }) => level !== 'ok')
    ? found
    : [fine('data directory', `${path} is private.`), ...found];
}

function isAccessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function checkOwner(path: string, owner: number, mode: number): Finding[] {
  const found: Finding[] = [];
  const me = process.getuid?.();
  if (me !== undefined && owner !== me) {
    found.push(
      warn(
        'data directory',
        `${path} belongs to user ${owner}, and this is user ${me}.`,
        'Run Keyward and its commands as the user who owns it, so that every file stays readable to that one.',
      ),
    );
  }
  if ((mode & 0o077) !== 0) {
    found.push(wrong('data directory', `Other users may enter ${path}.`, `Close it: chmod 700 ${path}`));
  }
  const secret = statSync(join(path, 'secret'), { throwIfNoEntry: false });
  if (secret && (secret.mode & 0o077) !== 0) {
    found.push(
      wrong('secret', 'Other users may read the file secret.', `Close it: chmod 600 ${join(path, 'secret')}`),
    );
  }
  return found;
}

function freeBytesOf(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

export function judgeRoom(freeBytes: number): Finding {
  const message = `${Math.floor(freeBytes / megabyte).toLocaleString('en-GB')} MB are free on its disk.`;
  if (freeBytes < roomNeeded.error)
    return wrong('disk', message, 'Make room: a full disk refuses every change.');
  return freeBytes < roomNeeded.warning ? warn('disk', message, 'Make room soon.') : fine('disk', message);
}

function checkLeftovers(path: string): Finding[] {
  const found: Finding[] = [];
  for (const file of expendableFiles) {
    const damaged = readdirSync(path).filter(
      (name) => name.startsWith(`${file}.damaged-`) && /\d$/.test(name),
    );
    if (damaged.length === 0) continue;
    found.push(
      warn(
        'telemetry',
        `${file} was damaged ${damaged.length === 1 ? 'once' : `${damaged.length} times`} and begun anew; the keys were not affected.`,
        `Check the disk, then delete ${damaged.join(', ')} in ${path}.`,
      ),
    );
  }
  if (hasUnfinishedRestore(path)) {
    found.push(wrong('restore', 'A restore was interrupted.', 'Start Keyward: that finishes it.'));
  }
  for (const name of ['keyward.db', ...expendableFiles].map((file) => `${file}-wal`)) {
    const bytes = existsSync(join(path, name)) ? sizeOf(join(path, name)) : 0;
    if (bytes <= largestWal) continue;
    found.push(
      warn(
        'disk',
        `${name} has grown to ${Math.floor(bytes / megabyte)} MB.`,
        'Close what has had the database open for long, then restart Keyward.',
      ),
    );
  }
  return found;
}

/** Where back-ups go is not known; the working directory is where they go unless told otherwise. */
async function checkBackups(directories: readonly string[]): Promise<Finding[]> {
  const left = await Promise.all([...new Set(directories)].map(findAbandoned));
  return left
    .flat()
    .map((path) =>
      warn(
        'back-up',
        `A back-up was killed, and left ${path}.`,
        'Back up to the same place again, which removes it, or delete it: it is of no use.',
      ),
    );
}
