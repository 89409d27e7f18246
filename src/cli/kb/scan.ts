import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CliError, exitCodes } from '../exit.ts';
import { isHidden, isMarkdown } from './paths.ts';
import { compareTexts, type Problem } from './problem.ts';
import { isInside } from './read.ts';

export interface Scan {
  /** Markdown files relative to the folder, with `/`, in a fixed order. */
  readonly files: readonly string[];
  /** `_category_.json` files, and those of the other spelling. */
  readonly labels: readonly string[];
  readonly problems: readonly Problem[];
}

/** The real path of a folder that a person named. */
export async function requireFolder(folder: string): Promise<string> {
  const path = await realpath(resolve(folder)).catch(() => null);
  if (path !== null && (await stat(path)).isDirectory()) return path;
  throw new CliError(`There is no folder "${folder}".`, exitCodes.usage);
}

/** Every file that may be pushed; links to folders are not followed. */
export async function scanFolder(root: string, isLeftOut: (path: string) => boolean): Promise<Scan> {
  const files: string[] = [];
  const labels: string[] = [];
  const problems: Problem[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => null);
    if (entries === null) problems.push({ file: folder, line: 1, message: 'the folder may not be read' });
    for (const entry of (entries ?? []).toSorted((a, b) => compareTexts(a.name, b.name))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isLeftOut(path)) continue;
      if (/^_category_\.(json|ya?ml)$/.test(entry.name)) labels.push(path);
      else if (isHidden(entry.name, entry.isDirectory())) continue;
      else if (entry.isDirectory()) await visit(path);
      else if (entry.isFile() && isMarkdown(entry.name)) files.push(path);
      else if (entry.isSymbolicLink()) await judgeLink(path, entry);
    }
  };
  const judgeLink = async (path: string, entry: Dirent): Promise<void> => {
    const target = await realpath(join(root, path)).catch(() => null);
    const isFolder = target !== null && (await stat(target).catch(() => null))?.isDirectory() === true;
    if (target !== null && !isInside(root, target) && (isFolder || isMarkdown(entry.name))) {
      problems.push({ file: path, line: 1, message: 'the link leads out of the folder' });
    } else if (!isFolder && isMarkdown(entry.name)) files.push(path);
  };
  await visit('');
  return { files: files.sort(compareTexts), labels, problems };
}
