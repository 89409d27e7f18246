import { createHash } from 'node:crypto';
import { invalid, notFound } from '../../errors.ts';
import {
  type ArticleFilters,
  type ArticleRow,
  deleteArticle,
  findArticle,
  findArticleId,
  findArticles,
  insertArticle,
  type ListedArticleRow,
  lockArticle,
  updateArticle,
} from '../../store/kb/articles.ts';
import { replaceLinks, tagSlugsOf } from '../../store/kb/tags.ts';
import { type App, type Context, reader, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { differenceOf, type Fields, toColumns, toFields } from '../fields.ts';
import { cutPage, type Page, type PageAsk, readCursor } from '../page.ts';
import {
  changeKnowledgeBase,
  newRow,
  type Precondition,
  requireExpected,
  slugFor,
  slugTaken,
} from './items.ts';
import { requireCategory, requireSubcategory } from './subcategories.ts';
import { obtainTags } from './tags.ts';

/** Times are epoch ms; `tags` are slugs. */
export type Article = Fields<ArticleRow> & { readonly tags: readonly string[] };
export type ListedArticle = Fields<ListedArticleRow> & { readonly tags: readonly string[] };

export interface ArticleInput {
  readonly title: string;
  /** Made from the title where it is missing. */
  readonly slug?: string;
  readonly summary: string | null;
  readonly content: string;
  readonly categoryId?: string | null;
  readonly subcategoryId?: string | null;
  /** Slugs, each once. */
  readonly tags: readonly string[];
  readonly status: 'draft' | 'published' | 'archived';
  readonly sortOrder: number;
  /** Who keeps the article; null where nobody is named. */
  readonly source?: string | null;
}

export interface ArticleQuery extends PageAsk, ArticleFilters {
  readonly include?: 'content';
}

/** Lower-case hex SHA-256 of the UTF-8 text. */
export function contentHashOf(content: string): string {
  return createHash('sha256').update(content, 'utf8').digest('hex');
}

export async function listArticles(
  app: App,
  ctx: Context,
  query: ArticleQuery,
): Promise<Page<ListedArticle>> {
  const db = reader(app, ctx);
  const rows = await findArticles(db, app.database.dialect, ctx, query, {
    limit: query.limit + 1,
    before: readCursor('art', query.cursor),
    withContent: query.include === 'content',
  });
  const { kept, nextCursor } = cutPage(rows, query.limit, (row) => row.id);
  const tags = await tagSlugsOf(
    db,
    kept.map((row) => row.id),
  );
  return { items: kept.map((row) => ({ ...toFields(row), tags: tags.get(row.id) ?? [] })), nextCursor };
}

export async function getArticle(app: App, ctx: Context, id: string): Promise<Article> {
  const db = reader(app, ctx);
  const row = await findArticle(db, ctx, id);
  if (row === undefined) throw notFound('article');
  const tags = await tagSlugsOf(db, [id]);
  return { ...toFields(row), tags: tags.get(id) ?? [] };
}

interface Shelf {
  readonly categoryId: string | null;
  readonly subcategoryId: string | null;
}

const nowhere: Shelf = { categoryId: null, subcategoryId: null };

/**
 * Where an article comes to stand. A subcategory brings its category along, and is left behind when only another category
 * is named; naming two that do not belong together is 400.
 */
async function chooseShelf(ctx: Context, unit: Unit, current: Shelf, wanted: Partial<Shelf>): Promise<Shelf> {
  if (wanted.categoryId) await requireCategory(ctx, unit, wanted.categoryId);
  if (wanted.subcategoryId) {
    const { id, category_id: categoryId } = await requireSubcategory(ctx, unit, wanted.subcategoryId);
    if (wanted.categoryId === undefined || wanted.categoryId === categoryId)
      return { categoryId, subcategoryId: id };
    throw invalid({ path: 'subcategoryId', message: 'does not belong to the category named by categoryId' });
  }
  const categoryId = wanted.categoryId === undefined ? current.categoryId : wanted.categoryId;
  const isStaying = wanted.subcategoryId === undefined && categoryId === current.categoryId;
  return { categoryId, subcategoryId: isStaying ? current.subcategoryId : null };
}

/** The audit log keeps the hash of a text that may be long. */
function withoutContent(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { content: _content, ...rest } = fields;
  return rest;
}

export async function createArticle(app: App, ctx: Context, input: ArticleInput): Promise<Article> {
  const { tags, categoryId, subcategoryId, ...own } = input;
  const slug = slugFor(input.slug, input.title);
  return changeKnowledgeBase(app, ctx, async (unit) => {
    const shelf = await chooseShelf(ctx, unit, nowhere, { categoryId, subcategoryId });
    const fields = {
      ...own,
      slug,
      ...shelf,
      source: input.source ?? null,
      contentHash: contentHashOf(input.content),
      reviewedAt: null,
      publishedAt: input.status === 'published' ? app.clock.wallMs() : null,
    };
    const { tenant_id: _tenant, environment: _environment, ...columns } = newRow(app, ctx, 'art', fields);
    const row = columns as unknown as ArticleRow;
    if (!(await insertArticle(unit.tx, app.database.dialect, ctx, row))) {
      const existingId = await findArticleId(unit.tx, ctx, slug);
      throw slugTaken('article', slug, existingId!);
    }
    await replaceLinks(unit.tx, row.id, await obtainTags(app, ctx, unit, tags));
    const after = withoutContent({ ...fields, tags });
    await recordChange(app, ctx, unit, { action: 'article.created', targetId: row.id, after });
    return { ...toFields(row), tags };
  });
}

type ArticlePatch = Partial<ArticleInput> & { readonly reviewedAt?: number };

/** Everything a patch changes, with what follows from it; a list of tags counts as one value. */
function differenceOfArticle(
  app: App,
  row: ArticleRow,
  tags: readonly string[],
  patch: ArticlePatch & Shelf,
) {
  const isSameTags = patch.tags === undefined || JSON.stringify(patch.tags) === JSON.stringify(tags);
  const isFirstPublished = patch.status === 'published' && row.published_at === null;
  return differenceOf(
    { ...toFields(row), tags },
    {
      ...patch,
      tags: isSameTags ? undefined : patch.tags,
      contentHash: patch.content === undefined ? undefined : contentHashOf(patch.content),
      publishedAt: isFirstPublished ? app.clock.wallMs() : undefined,
    },
  );
}

async function changeArticle(
  app: App,
  ctx: Context,
  id: string,
  patch: ArticlePatch,
  action: string,
  precondition: Precondition | undefined,
): Promise<Article> {
  const { dialect } = app.database;
  return changeKnowledgeBase(app, ctx, async (unit) => {
    const row = await lockArticle(unit.tx, dialect, ctx, id);
    if (row === undefined) throw notFound('article');
    requireExpected(precondition, row);
    const current = toFields(row);
    const tags = (await tagSlugsOf(unit.tx, [id])).get(id) ?? [];
    const shelf = await chooseShelf(ctx, unit, current, patch);
    const { before, after } = differenceOfArticle(app, row, tags, { ...patch, ...shelf });
    if (Object.keys(after).length === 0) return { ...current, tags };
    const { tags: newTags, ...fields } = after as { tags?: string[]; slug?: string };
    const { slug } = fields;
    const existingId = slug === undefined ? undefined : await findArticleId(unit.tx, ctx, slug);
    if (slug !== undefined && existingId !== undefined) throw slugTaken('article', slug, existingId);
    const changes = { ...toColumns(fields), updated_at: app.clock.wallMs(), version: row.version + 1 };
    const changed = await updateArticle(unit.tx, dialect, ctx, row, changes);
    if (newTags !== undefined) await replaceLinks(unit.tx, id, await obtainTags(app, ctx, unit, newTags));
    const values = { before: withoutContent(before), after: withoutContent(after) };
    await recordChange(app, ctx, unit, { action, targetId: id, ...values });
    return { ...toFields(changed), tags: newTags ?? tags };
  });
}

export function patchArticle(
  app: App,
  ctx: Context,
  id: string,
  patch: Partial<ArticleInput>,
  precondition?: Precondition,
) {
  return changeArticle(app, ctx, id, patch, 'article.updated', precondition);
}

/** `publishedAt` keeps the first time; publishing what is published changes nothing. */
export function publishArticle(app: App, ctx: Context, id: string, precondition?: Precondition) {
  return changeArticle(app, ctx, id, { status: 'published' }, 'article.published', precondition);
}

/** Archiving what is archived changes nothing. */
export function archiveArticle(app: App, ctx: Context, id: string, precondition?: Precondition) {
  return changeArticle(app, ctx, id, { status: 'archived' }, 'article.archived', precondition);
}

/** Every call sets the time of the review anew. */
export function markReviewed(app: App, ctx: Context, id: string, precondition?: Precondition) {
  return changeArticle(app, ctx, id, { reviewedAt: app.clock.wallMs() }, 'article.reviewed', precondition);
}

export async function removeArticle(
  app: App,
  ctx: Context,
  id: string,
  precondition?: Precondition,
): Promise<void> {
  await changeKnowledgeBase(app, ctx, async (unit) => {
    const row = await lockArticle(unit.tx, app.database.dialect, ctx, id);
    if (row === undefined) throw notFound('article');
    requireExpected(precondition, row);
    await deleteArticle(unit.tx, id);
    const before = withoutContent(toFields(row));
    await recordChange(app, ctx, unit, { action: 'article.deleted', targetId: id, before });
  });
}
