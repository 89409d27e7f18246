import { createHash } from 'node:crypto';
import { createArticleBody } from '../../contract/kb.ts';
import type { Folder } from './folder.ts';
import { problemOf } from './folder.ts';
import { indexLinks, type LinkIndex, rewriteLinks } from './links.ts';
import type { Page, Status } from './page.ts';
import { FileError, type Problem } from './problem.ts';
import type { ListedArticle, ServerState } from './server.ts';
import type { Shelving } from './shelves.ts';
import type { Named } from './slugs.ts';

/** An article as a file wants it; ids may still be keys of what is to be made. */
export interface Wanted {
  readonly page: Page;
  readonly slug: string;
  readonly title: string;
  readonly summary: string | null;
  readonly content: string;
  readonly contentHash: string;
  readonly categoryId: string | null;
  readonly subcategoryId: string | null;
  readonly tags: readonly string[];
  readonly status: Status;
  readonly sortOrder: number;
  readonly source: string | null;
}

export type Change =
  | { readonly kind: 'create'; readonly wanted: Wanted }
  | { readonly kind: 'update'; readonly wanted: Wanted; readonly existing: ListedArticle }
  | { readonly kind: 'archive'; readonly existing: ListedArticle };

export interface Plan {
  /** In the order of the files, archived ones last. */
  readonly changes: readonly Change[];
  readonly unchanged: number;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface PlanOptions {
  readonly source: string;
  /** Whether `source` also holds for files that name one of their own. */
  readonly isSourceChosen?: boolean;
  readonly takesOver: boolean;
  readonly prunes: boolean;
  readonly linkTemplate: string;
  /** Only these files; null for all. */
  readonly only: ReadonlySet<string> | null;
}

const compared = ['title', 'summary', 'contentHash', 'status', 'sortOrder', 'source'] as const;

/** What a merge patch must name to make an article what the file wants; null where they are alike. */
export function patchFor(
  wanted: Wanted,
  existing: Omit<ListedArticle, 'content'>,
): Record<string, unknown> | null {
  const patch: Record<string, unknown> = {};
  for (const field of compared) {
    if (wanted[field] === existing[field]) continue;
    if (field === 'contentHash') patch.content = wanted.content;
    else patch[field] = wanted[field];
  }
  if (JSON.stringify(wanted.tags) !== JSON.stringify(existing.tags)) patch.tags = wanted.tags;
  const isShelved =
    wanted.categoryId === existing.categoryId && wanted.subcategoryId === existing.subcategoryId;
  if (!isShelved)
    Object.assign(patch, { categoryId: wanted.categoryId, subcategoryId: wanted.subcategoryId });
  return Object.keys(patch).length === 0 ? null : patch;
}

export function foreignMessage(slug: string, theirs: string, ours: string | null): string {
  return `the article "${slug}" belongs to the source "${theirs}", and this file to "${ours ?? ''}": choose another slug, or push with --take-over`;
}

/** The body of a request, which the server would refuse for the same reasons. */
export function bodyOf({ page: _page, contentHash: _hash, ...body }: Wanted) {
  return body;
}

/** The line of the front matter that a field of the API came from. */
export function lineOfField(page: Page, path: string): number {
  return page.lines[path.split(/[.[]/, 1)[0]!] ?? 1;
}

function checkBody(wanted: Wanted): void {
  const result = createArticleBody.safeParse(bodyOf(wanted));
  const issue = result.error?.issues[0];
  if (!issue) return;
  const field = String(issue.path[0] ?? 'article');
  throw new FileError(`${field} ${issue.message}`, lineOfField(wanted.page, field));
}

function buildWanted(
  { page, slug }: Named,
  content: string,
  shelving: Shelving,
  options: PlanOptions,
): Wanted {
  const isOwn = page.source !== undefined && !options.isSourceChosen;
  const wanted: Wanted = {
    page,
    slug,
    title: page.title,
    summary: page.summary,
    content,
    contentHash: createHash('sha256').update(content, 'utf8').digest('hex'),
    ...shelving.place(page),
    tags: shelving.tagsOf(page),
    status: page.status,
    sortOrder: page.sortOrder,
    source: isOwn ? (page.source ?? null) : options.source,
  };
  checkBody(wanted);
  return wanted;
}

function judge(wanted: Wanted, state: ServerState, options: PlanOptions): Change | null {
  const existing = state.articles.get(wanted.slug);
  if (existing === undefined) return { kind: 'create', wanted };
  if (existing.source !== null && existing.source !== wanted.source && !options.takesOver) {
    throw new FileError(foreignMessage(wanted.slug, existing.source, wanted.source), wanted.page.lines.slug);
  }
  return patchFor(wanted, existing) === null ? null : { kind: 'update', wanted, existing };
}

/** Files that are no articles are named once, where they are linked first. */
function warningsOf(index: LinkIndex, named: Named, seen: Set<string>, warnings: Problem[]): string {
  const { content, warnings: found } = rewriteLinks(index, named.page);
  for (const { asset, ...warning } of found) {
    if (asset !== undefined && seen.has(asset)) continue;
    if (asset !== undefined) seen.add(asset);
    warnings.push(warning);
  }
  return content;
}

function planPruning(folder: Folder, state: ServerState, source: string, warnings: Problem[]): Change[] {
  const gone = [...state.articles.values()].filter(
    (article) =>
      article.source === source && article.status !== 'archived' && !folder.claimed.has(article.slug),
  );
  const [file] = folder.unreadable;
  if (file === undefined || gone.length === 0) return gone.map((existing) => ({ kind: 'archive', existing }));
  warnings.push({ file, line: 1, message: 'nothing was archived, because this file may be one of those' });
  return [];
}

/** Compares a folder with the server. Sends nothing. */
export function makePlan(folder: Folder, state: ServerState, shelving: Shelving, options: PlanOptions): Plan {
  const isChosen = (file: string) => options.only === null || options.only.has(file);
  const index = indexLinks(folder.slugs, options.linkTemplate, folder.exists);
  const problems = folder.problems.filter(({ file }) => isChosen(file));
  const warnings: Problem[] = [];
  const seen = new Set<string>();
  const changes: Change[] = [];
  let unchanged = 0;
  const pages = folder.pages.filter(({ page }) => isChosen(page.file));
  for (const named of pages.toSorted((a, b) => (a.page.file < b.page.file ? -1 : 1))) {
    try {
      const content = warningsOf(index, named, seen, warnings);
      const change = judge(buildWanted(named, content, shelving, options), state, options);
      if (change) changes.push(change);
      else unchanged++;
    } catch (error) {
      problems.push(problemOf(named.page.file, error));
    }
  }
  if (options.prunes) changes.push(...planPruning(folder, state, options.source, warnings));
  return { changes, unchanged, problems, warnings };
}
