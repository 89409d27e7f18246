import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { CliError, exitCodes } from '../exit.ts';
import { printable } from '../output.ts';

const run = promisify(execFile);

async function git(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, ...args], { maxBuffer: 256 * 1024 * 1024 });
  return stdout;
}

/** The top folder of the repository around a folder; found without git, which refuses those of other owners. */
async function findTop(folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    if (await stat(join(at, '.git')).catch(() => null)) return at;
    if (dirname(at) === at) return null;
  }
}

/** Names a folder alike on every machine: the repository's top folder and the path in it, or the folder's name. */
export async function deriveSource(root: string): Promise<string> {
  const top = await findTop(root);
  const parts = top === null ? [basename(root)] : [basename(top), ...relative(top, root).split(sep)];
  return parts.filter((part) => part !== '').join('/') || 'folder';
}

/** Whether git ignores a path below the folder; nothing is ignored where git is missing, or ignores all of the folder. */
export async function findIgnored(root: string): Promise<(path: string) => boolean> {
  if ((await findTop(root)) === null) return () => false;
  const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'];
  const paths = (await git(root, args).catch(() => '')).split('\0').filter((path) => path !== '');
  if (paths.includes('./')) return () => false;
  const ignored = new Set(paths.map((path) => path.replace(/\/$/, '')));
  return (path) => ignored.has(path);
}

/** Files below the folder that differ from a commit, renamed and new ones included. */
export async function findChanged(root: string, ref: string): Promise<ReadonlySet<string>> {
  const commit = await git(root, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ]).catch((error: { code?: unknown; stderr?: string }) => {
    throw new CliError(whyNoCommit(ref, error), exitCodes.usage);
  });
  const diff = ['diff', '--name-only', '--no-ext-diff', '--relative', '-z', '-M', commit.trim(), '--', '.'];
  const others = ['ls-files', '--others', '--exclude-standard', '-z'];
  const lists = await Promise.all([git(root, diff), git(root, others)]).catch(
    (error: { stderr?: string }) => {
      throw new CliError(`git cannot compare: ${printable(error.stderr ?? String(error)).trim()}`);
    },
  );
  return new Set(lists.flatMap((list) => list.split('\0')).filter((path) => path !== ''));
}

function whyNoCommit(ref: string, error: { code?: unknown; stderr?: string }): string {
  if (error.code === 'ENOENT') return '--only changed-since needs git, which is not installed here.';
  const reason = printable(error.stderr ?? '').trim();
  if (reason !== '') return `--only changed-since: ${reason}`;
  return `--only changed-since: git knows no commit "${printable(ref)}". In a shallow clone, fetch it first.`;
}
