import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileError } from './problem.ts';
import { isInside } from './read.ts';

export type Written = 'created' | 'updated' | 'unchanged';

/** Makes the folders one by one, so that none of them is a link that leads elsewhere. */
async function makeFolder(root: string, folder: string): Promise<void> {
  const parts = folder === '.' ? [] : folder.split('/');
  let path = root;
  for (const part of parts) {
    path = join(path, part);
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw new FileError(`the folder cannot be made (${error.code})`);
    });
    if (!isInside(root, await realpath(path))) throw new FileError('a link leads out of the folder');
  }
}

/** Writes a file whole or not at all. One that is there and differs stays, unless it may be replaced. */
export async function writeWhole(
  root: string,
  file: string,
  text: string,
  mayReplace: boolean,
): Promise<Written> {
  await makeFolder(root, dirname(file));
  const path = join(root, file);
  const present = await lstat(path).catch(() => null);
  if (present?.isFile() && (await readFile(path)).equals(Buffer.from(text))) return 'unchanged';
  if (present?.isDirectory()) throw new FileError('there is a folder of this name');
  if (present && !mayReplace) throw new FileError('the file differs: --force replaces it');
  const draft = join(dirname(path), `.${basename(path).slice(0, 40)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(draft, 'wx');
    await handle.writeFile(text).finally(() => handle.close());
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new FileError(`the file cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  return present ? 'updated' : 'created';
}
