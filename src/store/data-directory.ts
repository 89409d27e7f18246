import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '../errors.ts';

/** One step at a time: Node's own `recursive` never returns where a parent refuses with ENOENT, as /proc does. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/**
 * Makes the data directory (mode 0700), or closes one of ours to others. A path that is something else is refused and
 * left as it is: closing, say, /tmp would break the whole machine.
 */
export function ensureDataDirectory(path: string): void {
  try {
    makeDirectory(path);
    const state = statSync(path);
    if (!state.isDirectory())
      throw new StartError(`The data directory ${path} is not a directory: set KEYWARD_DATA_DIR to one.`);
    if ((state.mode & 0o077) === 0) return;
    const names = readdirSync(path);
    if (names.length > 0 && !names.includes('keyward.lock')) {
      throw new StartError(
        `The data directory ${path} is open to other users and holds other things: set KEYWARD_DATA_DIR to a directory of its own.`,
      );
    }
    chmodSync(path, 0o700);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The data directory ${path} cannot be created or made private: ${(error as Error).message}.`,
    );
  }
}
