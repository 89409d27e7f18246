import { type Selectable, type SqlBool, sql } from 'kysely';
import type { Place } from '../../core/policy.ts';
import type { Db, Tx } from '../database.ts';
import { type Dialect, likePattern } from '../dialect.ts';
import type { KbArticleTable } from '../schema.ts';
import { atPlace } from './items.ts';
import { entryMaker, indexEntries, levels, queryWords } from './words.ts';

const listColumns = [
  'kb_articles.id',
  'title',
  'slug',
  'summary',
  'content_hash',
  'category_id',
  'subcategory_id',
  'status',
  'sort_order',
  'source',
  'reviewed_at',
  'published_at',
  'created_at',
  'updated_at',
  'version',
] as const;

export type ArticleRow = Omit<Selectable<KbArticleTable>, 'tenant_id' | 'environment' | 'search_vector'>;
/** Without the content, unless it was asked for. */
export type ListedArticleRow = Omit<ArticleRow, 'content'> & { readonly content?: string };

export interface CountOptions {
  readonly withArchived: boolean;
}

/** The articles of a place; their content is read only where it is needed. */
export function articlesIn(db: Db, place: Place, withContent: boolean) {
  return db
    .selectFrom('kb_articles')
    .select(listColumns)
    .$if(withContent, (query) => query.select('content'))
    .where((e) => e.and(atPlace(place)));
}

export function findArticle(db: Db, place: Place, id: string): Promise<ArticleRow | undefined> {
  const query = articlesIn(db, place, true).where('kb_articles.id', '=', id);
  return query.executeTakeFirst() as Promise<ArticleRow | undefined>;
}

/** The row stays as it is until the transaction ends. */
export function lockArticle(
  tx: Tx,
  dialect: Dialect,
  place: Place,
  id: string,
): Promise<ArticleRow | undefined> {
  const query = articlesIn(tx, place, true).where('kb_articles.id', '=', id);
  return dialect.forUpdate(query).executeTakeFirst() as Promise<ArticleRow | undefined>;
}

export async function findArticleId(db: Db, place: Place, slug: string): Promise<string | undefined> {
  const query = db
    .selectFrom('kb_articles')
    .select('id')
    .where((e) => e.and({ ...atPlace(place), slug }));
  return (await query.executeTakeFirst())?.id;
}

export interface ArticleFilters {
  readonly slug?: string;
  readonly status?: string;
  readonly categoryId?: string;
  /** A tag's slug. */
  readonly tag?: string;
  readonly source?: string;
  readonly q?: string;
  readonly includeArchived: boolean;
}

/** Whole words, the last perhaps begun only, anywhere in the article; or a part of the title or slug, letter by letter. */
function matchesText(dialect: Dialect, place: Place, q: string) {
  const pattern = likePattern(q.toLowerCase());
  const literal = sql<SqlBool>`lower(title) like ${pattern} escape '\\' or lower(slug) like ${pattern} escape '\\'`;
  const entry = entryMaker(place);
  const words = queryWords(q).map((word) => ({ ...word, text: entry(levels.anywhere, word.text) }));
  if (words.length === 0) return sql<SqlBool>`(${literal})`;
  return sql<SqlBool>`(${literal} or kb_articles.id in (${dialect.search.articlesWith(words)}))`;
}

/** Newest first, at most `limit`, older than `before`. */
export function findArticles(
  db: Db,
  dialect: Dialect,
  place: Place,
  filters: ArticleFilters,
  page: { readonly limit: number; readonly before?: string; readonly withContent: boolean },
): Promise<ListedArticleRow[]> {
  let query = articlesIn(db, place, page.withContent);
  if (filters.slug !== undefined) query = query.where('slug', '=', filters.slug);
  if (filters.status !== undefined) query = query.where('status', '=', filters.status);
  else if (!filters.includeArchived) query = query.where('status', '<>', 'archived');
  if (filters.categoryId !== undefined) query = query.where('category_id', '=', filters.categoryId);
  if (filters.source !== undefined) query = query.where('source', '=', filters.source);
  if (filters.tag !== undefined) {
    const tag = filters.tag;
    query = query.where('kb_articles.id', 'in', (e) =>
      e
        .selectFrom('kb_article_tags')
        .innerJoin('kb_tags', 'kb_tags.id', 'kb_article_tags.tag_id')
        .select('kb_article_tags.article_id')
        .where((t) => t.and({ ...atPlace(place), slug: tag })),
    );
  }
  if (filters.q !== undefined) query = query.where(matchesText(dialect, place, filters.q));
  if (page.before !== undefined) query = query.where('kb_articles.id', '<', page.before);
  return query.orderBy('kb_articles.id', 'desc').limit(page.limit).execute();
}

/** Whether the article went in: not where its slug is taken. */
export async function insertArticle(
  tx: Tx,
  dialect: Dialect,
  place: Place,
  row: ArticleRow,
): Promise<boolean> {
  const result = await tx
    .insertInto('kb_articles')
    .values({ ...row, ...atPlace(place) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (Number(result.numInsertedOrUpdatedRows) !== 1) return false;
  await dialect.search.writeWords(tx, row.id, indexEntries(place, row));
  return true;
}

/** Writes the changed columns, and the index where it depends on them. */
export async function updateArticle(
  tx: Tx,
  dialect: Dialect,
  place: Place,
  before: ArticleRow,
  changes: Partial<ArticleRow>,
): Promise<ArticleRow> {
  const after = { ...before, ...changes };
  await tx.updateTable('kb_articles').set(changes).where('id', '=', before.id).execute();
  const isTextChanged =
    after.title !== before.title || after.summary !== before.summary || after.content !== before.content;
  if (isTextChanged) await dialect.search.writeWords(tx, after.id, indexEntries(place, after));
  return after;
}

export async function deleteArticle(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('kb_articles').where('id', '=', id).execute();
}

/** Category or subcategory → number of its articles; those without any are left out. */
export async function countByColumn(
  db: Db,
  column: 'category_id' | 'subcategory_id',
  ids: readonly string[],
  options: CountOptions,
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  let query = db
    .selectFrom('kb_articles')
    .select((e) => [`${column} as id`, e.fn.countAll<number>().as('total')])
    .where(column, 'in', ids)
    .groupBy(column);
  if (!options.withArchived) query = query.where('status', '<>', 'archived');
  const rows = await query.execute();
  return new Map(rows.map((row) => [row.id as string, row.total]));
}

/** All articles with one tag, or of one subcategory. */
export type ArticleGroup = { readonly tagId: string } | { readonly subcategoryId: string };

function belongsTo(group: ArticleGroup) {
  if ('subcategoryId' in group) return sql<SqlBool>`subcategory_id = ${group.subcategoryId}`;
  return sql<SqlBool>`id in (select article_id from kb_article_tags where tag_id = ${group.tagId})`;
}

/** Something an answer shows of these articles has changed: their version, and with it the ETag, must too. */
export async function touchArticles(
  tx: Tx,
  group: ArticleGroup,
  now: number,
  changes: { readonly category_id?: string } = {},
): Promise<void> {
  await tx
    .updateTable('kb_articles')
    .set((e) => ({ ...changes, updated_at: now, version: e('version', '+', 1) }))
    .where(belongsTo(group))
    .execute();
}
