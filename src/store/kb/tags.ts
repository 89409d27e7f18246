import type { Selectable } from 'kysely';
import type { Place } from '../../core/policy.ts';
import type { Db, Tx } from '../database.ts';
import type { KbTagTable } from '../schema.ts';
import type { CountOptions } from './articles.ts';
import { atPlace } from './items.ts';

export type TagRow = Selectable<KbTagTable>;

/** The slugs of each article's tags, in the order in which they were given. */
export async function tagSlugsOf(db: Db, articleIds: readonly string[]): Promise<Map<string, string[]>> {
  const slugs = new Map<string, string[]>(articleIds.map((id) => [id, []]));
  if (articleIds.length === 0) return slugs;
  const rows = await db
    .selectFrom('kb_article_tags')
    .innerJoin('kb_tags', 'kb_tags.id', 'kb_article_tags.tag_id')
    .select(['kb_article_tags.article_id', 'kb_tags.slug'])
    .where('kb_article_tags.article_id', 'in', articleIds)
    .orderBy('kb_article_tags.position')
    .execute();
  for (const row of rows) slugs.get(row.article_id)?.push(row.slug);
  return slugs;
}

export async function countByTag(db: Db, tagIds: readonly string[], options: CountOptions) {
  if (tagIds.length === 0) return new Map<string, number>();
  let query = db
    .selectFrom('kb_article_tags')
    .innerJoin('kb_articles', 'kb_articles.id', 'kb_article_tags.article_id')
    .select((e) => ['kb_article_tags.tag_id as id', e.fn.countAll<number>().as('total')])
    .where('kb_article_tags.tag_id', 'in', tagIds)
    .groupBy('kb_article_tags.tag_id');
  if (!options.withArchived) query = query.where('kb_articles.status', '<>', 'archived');
  const rows = await query.execute();
  return new Map(rows.map((row) => [row.id, row.total]));
}

/** Slug → id of those that exist. */
export async function findTagIds(
  db: Db,
  place: Place,
  slugs: readonly string[],
): Promise<Map<string, string>> {
  if (slugs.length === 0) return new Map();
  const rows = await db
    .selectFrom('kb_tags')
    .select(['id', 'slug'])
    .where((e) => e.and(atPlace(place)))
    .where('slug', 'in', slugs)
    .execute();
  return new Map(rows.map((row) => [row.slug, row.id]));
}

export async function insertTags(tx: Tx, rows: readonly TagRow[]): Promise<void> {
  if (rows.length > 0)
    await tx
      .insertInto('kb_tags')
      .values([...rows])
      .execute();
}

/** Makes these the article's tags, in this order. */
export async function replaceLinks(tx: Tx, articleId: string, tagIds: readonly string[]): Promise<void> {
  await tx.deleteFrom('kb_article_tags').where('article_id', '=', articleId).execute();
  if (tagIds.length === 0) return;
  const rows = tagIds.map((tagId, position) => ({ article_id: articleId, tag_id: tagId, position }));
  await tx.insertInto('kb_article_tags').values(rows).execute();
}
