import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { countLines } from './front-matter.ts';
import { FileError } from './problem.ts';

const maxCharacters = 1_000_000;
/** No text of that many characters, with its front matter, is longer in UTF-8. */
const maxBytes = 4 * maxCharacters + 1_000_000;
const attempts = 5;
const pauseMs = 50;
/** A file that was written to more recently is perhaps not finished; writers pause between two blocks. */
const quietMs = 100;

/** Whether a path lies inside a folder; both real. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The text of a file, without a byte order mark. `root` is a real path that no link may lead out of. */
export async function readText(root: string, path: string): Promise<string> {
  const real = await realpath(join(root, path)).catch((error: NodeJS.ErrnoException) => {
    throw new FileError(error.code === 'ENOENT' ? 'the file or link leads nowhere' : reasonOf(error));
  });
  if (!isInside(root, real)) throw new FileError('the link leads out of the folder');
  return decode(await readWhole(real));
}

/** All bytes of a file that nobody wrote to meanwhile, so that half a file is never taken for a whole one. */
async function readWhole(path: string): Promise<Buffer> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const bytes = await readOnce(path).catch((error: NodeJS.ErrnoException) => {
      throw error instanceof FileError ? error : new FileError(reasonOf(error));
    });
    if (bytes !== null) return bytes;
    await delay(pauseMs * attempt);
  }
  throw new FileError('the file changed while it was read, again and again: push once it is finished');
}

async function readOnce(path: string): Promise<Buffer | null> {
  const file = await open(path, 'r');
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw new FileError('this is not a file');
    if (before.size > maxBytes) throw tooLong();
    const bytes = await file.readFile();
    const after = await file.stat({ bigint: true });
    const ageMs = Date.now() - Number(after.mtimeMs);
    // A time in the future is that of another machine's clock, and says nothing.
    if (ageMs >= 0 && ageMs < quietMs) return null;
    const isSame = before.size === after.size && before.mtimeNs === after.mtimeNs;
    return isSame && BigInt(bytes.length) === after.size ? bytes : null;
  } finally {
    await file.close();
  }
}

function tooLong(): FileError {
  return new FileError('the content has more than 1,000,000 characters: divide it');
}

export function checkLength(content: string): void {
  if (content.length > maxCharacters) throw tooLong();
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const reasons: Record<string, string> = {
    EACCES: 'the file may not be read',
    EPERM: 'the file may not be read',
    ELOOP: 'the link leads in a circle',
    ENOENT: 'the file is gone',
  };
  return reasons[error.code ?? ''] ?? `the file cannot be read (${error.code})`;
}

function decode(bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError('the file is not UTF-8', lineOfBadByte(bytes));
  }
  const zero = text.indexOf('\0');
  if (zero >= 0)
    throw new FileError('the file contains U+0000: is it a text?', countLines(text.slice(0, zero)) + 1);
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** The line of the first byte at which the lenient reading differs from the bytes. */
function lineOfBadByte(bytes: Buffer): number {
  const lenient = Buffer.from(bytes.toString('utf8'));
  const at = bytes.findIndex((byte, i) => byte !== lenient[i]);
  return countLines(bytes.subarray(0, Math.max(0, at)).toString('latin1')) + 1;
}
