import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { findIgnored } from './git.ts';
import { type Page, readPage } from './page.ts';
import { folderOf, isIndex } from './paths.ts';
import { FileError, type Problem } from './problem.ts';
import { readText } from './read.ts';
import { requireFolder, scanFolder } from './scan.ts';
import { type Named, nameSlugs } from './slugs.ts';

/** A folder as it was read: every file that can be pushed, and why the others cannot. */
export interface Folder {
  readonly root: string;
  /** Every Markdown file, with its slug; null where it has none. */
  readonly slugs: ReadonlyMap<string, string | null>;
  readonly pages: readonly Named[];
  readonly problems: readonly Problem[];
  /** Files whose slug is not known, because they could not be read. */
  readonly unreadable: readonly string[];
  /** Every slug that a file lays claim to. */
  readonly claimed: ReadonlySet<string>;
  /** Folder → title of its category. */
  readonly labels: ReadonlyMap<string, string>;
  readonly exists: (path: string) => boolean;
}

export function problemOf(file: string, error: unknown): Problem {
  if (!(error instanceof FileError)) throw error;
  return { file, line: error.line, message: error.message };
}

/** Title of a folder from Docusaurus' `_category_.json`; what is wrong in it is a problem of that file. */
async function readLabel(root: string, file: string): Promise<string | null> {
  const text = await readText(root, file);
  try {
    const label = (parse(text, { logLevel: 'silent' }) as { label?: unknown } | null)?.label;
    return typeof label === 'string' && label.trim() !== '' ? label.trim() : null;
  } catch {
    throw new FileError('this is neither JSON nor YAML');
  }
}

async function readLabels(
  root: string,
  files: readonly string[],
  pages: readonly Page[],
  problems: Problem[],
) {
  const labels = new Map<string, string>();
  for (const page of pages) {
    if (isIndex(page.file) && page.label !== null) labels.set(folderOf(page.file), page.label);
  }
  for (const file of files) {
    const label = await readLabel(root, file).catch((error: unknown) => {
      problems.push(problemOf(file, error));
      return null;
    });
    if (label !== null) labels.set(folderOf(file), label);
  }
  return labels;
}

/** How many files are read at once. */
const readersAtOnce = 16;

async function readPages(root: string, files: readonly string[], problems: Problem[]): Promise<Page[]> {
  const pages: (Page | undefined)[] = [];
  let next = 0;
  const work = async () => {
    for (let i = next++; i < files.length; i = next++) {
      const file = files[i]!;
      try {
        pages[i] = readPage(file, await readText(root, file));
      } catch (error) {
        problems.push(problemOf(file, error));
      }
    }
  };
  await Promise.all(Array.from({ length: readersAtOnce }, work));
  return pages.filter((page) => page !== undefined);
}

/** Reads a folder for `kb push`. Throws only where there is no such folder. */
export async function readFolder(folder: string): Promise<Folder> {
  const root = await requireFolder(folder);
  const scan = await scanFolder(root, await findIgnored(root));
  const problems = [...scan.problems];
  const pages = await readPages(root, scan.files, problems);
  const read = new Set(pages.map((page) => page.file));
  const unreadable = [
    ...scan.files.filter((file) => !read.has(file)),
    ...scan.problems.map((problem) => problem.file),
  ];
  const { named, claimed, problems: sharing } = nameSlugs(pages, unreadable, basename(root));
  const labels = await readLabels(root, scan.labels, pages, problems);
  const slugs = new Map<string, string | null>(scan.files.map((file) => [file, null]));
  for (const { page, slug } of named) slugs.set(page.file, slug);
  return {
    root,
    slugs,
    pages: named,
    problems: [...problems, ...sharing],
    unreadable,
    claimed,
    labels,
    exists: (path) => existsSync(join(root, path)),
  };
}
