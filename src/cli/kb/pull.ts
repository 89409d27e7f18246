import { mkdir } from 'node:fs/promises';
import type { ApiClient } from '../client.ts';
import { CliError, exitCodes } from '../exit.ts';
import { FileNames } from './file-names.ts';
import { type Folder, problemOf, readFolder } from './folder.ts';
import { writeFrontMatter } from './front-matter-text.ts';
import { deriveSource } from './git.ts';
import { indexLinks, type LinkIndex, rewriteLinks } from './links.ts';
import { readPage } from './page.ts';
import { baseOf, defaultLinkTemplate, topicsOf } from './paths.ts';
import { makePlan, patchFor } from './plan.ts';
import { compareTexts, type Problem, sortProblems } from './problem.ts';
import { type Article, listAll, listShelves, type ServerState, type Shelves } from './server.ts';
import { findByName, Shelving } from './shelves.ts';
import { type Written, writeWhole } from './write.ts';

export interface PullOptions {
  readonly mayReplace: boolean;
  readonly withArchived: boolean;
  /** Only articles of this source. */
  readonly source?: string;
  readonly linkTemplate?: string;
}

export interface PullReport {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: number;
  readonly errors: readonly Problem[];
}

/** One article and the file that it goes to. */
interface Target {
  readonly article: Article;
  readonly file: string;
  /** The file that is there says the same. */
  readonly isSame: boolean;
}

async function openFolder(path: string): Promise<Folder> {
  await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`The folder "${path}" cannot be made: ${error.code}.`, exitCodes.usage);
  });
  return readFolder(path);
}

/** Slugs of articles that files of the folder would not change, but perhaps for their source. */
function findSame(folder: Folder, state: ServerState, linkTemplate: string): ReadonlySet<string> {
  const options = { source: 'any', takesOver: true, prunes: false, linkTemplate, only: null };
  const { changes, problems } = makePlan(folder, state, new Shelving(state, folder.labels), options);
  const differing = new Set(problems.map(({ file }) => folder.slugs.get(file)));
  for (const change of changes) {
    if (change.kind !== 'update') continue;
    const patch = patchFor({ ...change.wanted, source: change.existing.source }, change.existing);
    if (patch !== null) differing.add(change.wanted.slug);
  }
  return new Set(folder.pages.map(({ slug }) => slug).filter((slug) => !differing.has(slug)));
}

/** A file that is there keeps its place; the others go to the folders of their category and subcategory. */
function chooseFiles(
  folder: Folder,
  articles: readonly Article[],
  shelves: Shelves,
  same: ReadonlySet<string>,
) {
  const names = new FileNames();
  const present = new Map(folder.pages.map(({ page, slug }) => [slug, page.file]));
  const slugOf = new Map([...shelves.categories, ...shelves.subcategories].map(({ id, slug }) => [id, slug]));
  return articles.map((article): Target => {
    const existing = present.get(article.slug);
    if (existing !== undefined) return { article, file: existing, isSame: same.has(article.slug) };
    const shelf = [article.categoryId, article.subcategoryId].filter((id) => id !== null);
    const parts: string[] = [];
    for (const id of shelf) parts.push(names.choose(`${parts.join('/')}/`, slugOf.get(id) ?? id));
    const file = [...parts, `${names.choose(parts.join('/'), article.slug)}.md`].join('/');
    return { article, file, isSame: false };
  });
}

/** The title where it means this one and no other, else the slug. */
function nameOf<T extends { id: string; slug: string; title: string }>(
  items: readonly T[],
  id: string | null,
) {
  const item = items.find((one) => one.id === id);
  if (item === undefined) return null;
  return findByName(items, item.title)?.id === id ? item.title : item.slug;
}

function writeArticle(
  { article, file }: Target,
  shelves: Shelves,
  source: string,
  keepsLinks: boolean,
): string {
  const { categoryId, subcategoryId } = article;
  const siblings = shelves.subcategories.filter((item) => item.categoryId === categoryId);
  const isInFolder = topicsOf(file).length > 0;
  const head = writeFrontMatter({
    title: article.title,
    slug: article.slug,
    summary: article.summary,
    category: nameOf(shelves.categories, categoryId) ?? (isInFolder ? null : undefined),
    subcategory: nameOf(siblings, subcategoryId) ?? undefined,
    tags: article.tags,
    status: article.status,
    order: article.sortOrder !== 0 || /^\d/.test(baseOf(file)) ? article.sortOrder : undefined,
    kb_links: keepsLinks ? 'keep' : undefined,
    kb_source: article.source === source ? undefined : article.source,
  });
  return `${head}\n${article.content}`;
}

/** The text of the file, which pushed again changes nothing; so links that a push would rewrite are marked to be kept. */
function composeText(target: Target, index: LinkIndex, shelves: Shelves, source: string): string {
  const text = writeArticle(target, shelves, source, false);
  const { content } = rewriteLinks(index, readPage(target.file, text));
  return content === target.article.content ? text : writeArticle(target, shelves, source, true);
}

async function readArticles(client: ApiClient, options: PullOptions): Promise<Article[]> {
  const query = new URLSearchParams({ include: 'content' });
  if (options.withArchived) query.set('includeArchived', 'true');
  if (options.source !== undefined) query.set('source', options.source);
  const articles = await listAll<Article>(client, `/kb/articles?${query}`, 50);
  return articles.sort((a, b) => compareTexts(a.slug, b.slug));
}

/** Writes articles as files. A file that is there and says something else stays, unless it may be replaced. */
export async function pullFolder(client: ApiClient, path: string, options: PullOptions): Promise<PullReport> {
  const articles = await readArticles(client, options);
  const state: ServerState = {
    ...(await listShelves(client)),
    tags: await listAll(client, '/kb/tags'),
    articles: new Map(articles.map((article) => [article.slug, article])),
  };
  const folder = await openFolder(path);
  const template = options.linkTemplate ?? defaultLinkTemplate;
  const targets = chooseFiles(folder, articles, state, findSame(folder, state, template));
  const slugs = new Map([
    ...folder.slugs,
    ...targets.map(({ file, article }) => [file, article.slug] as const),
  ]);
  const index = indexLinks(slugs, template, folder.exists);
  const source = await deriveSource(folder.root);
  const results: Record<Written, string[]> = { created: [], updated: [], unchanged: [] };
  const errors: Problem[] = [];
  for (const target of targets) {
    try {
      const text = target.isSame ? null : composeText(target, index, state, source);
      const written =
        text === null ? 'unchanged' : await writeWhole(folder.root, target.file, text, options.mayReplace);
      results[written].push(target.file);
    } catch (error) {
      errors.push(problemOf(target.file, error));
    }
  }
  const { created, updated, unchanged } = results;
  return { created, updated, unchanged: unchanged.length, errors: sortProblems(errors) };
}
