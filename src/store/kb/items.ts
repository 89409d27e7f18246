import { sql } from 'kysely';
import type { Place } from '../../core/policy.ts';
import type { Db, Tx } from '../database.ts';
import type { Dialect } from '../dialect.ts';
import { prepared } from '../prepared.ts';
import type { KbCategoryTable, KbSubcategoryTable, KbTagTable } from '../schema.ts';

/** What articles are filed under: three tables that behave alike. */
interface ItemTables {
  kb_categories: KbCategoryTable;
  kb_subcategories: KbSubcategoryTable;
  kb_tags: KbTagTable;
}

export type ItemTable = keyof ItemTables;
/** Reads as an intersection, so that code for all kinds sees the columns they share. */
export type ItemRow<T extends ItemTable> = ItemTables[T] &
  Omit<KbTagTable, 'name'> & { readonly category_id?: string };

/** The slug and, for a subcategory, its category: what exists once in a place. */
export interface ItemIdentity {
  readonly slug: string;
  readonly category_id?: string;
}

/** The tables differ only in columns that no query here names, so each query is written as if for one of them. */
const asOne = (table: ItemTable) => table as 'kb_tags';

export function atPlace(place: Place) {
  return { tenant_id: place.tenantId, environment: place.environment };
}

function inPlace(db: Db, table: ItemTable, place: Place) {
  return db
    .selectFrom(asOne(table))
    .selectAll()
    .where((e) => e.and(atPlace(place)));
}

export async function findItem<T extends ItemTable>(db: Db, table: T, place: Place, id: string) {
  const row = await inPlace(db, table, place).where('id', '=', id).executeTakeFirst();
  return row as ItemRow<T> | undefined;
}

/** The row stays as it is until the transaction ends. */
export async function lockItem<T extends ItemTable>(
  tx: Tx,
  dialect: Dialect,
  table: T,
  place: Place,
  id: string,
) {
  const row = await dialect.forUpdate(inPlace(tx, table, place).where('id', '=', id)).executeTakeFirst();
  return row as ItemRow<T> | undefined;
}

export async function findTwin<T extends ItemTable>(db: Db, table: T, place: Place, identity: ItemIdentity) {
  const row = await inPlace(db, table, place)
    .where((e) => e.and({ ...identity }))
    .executeTakeFirst();
  return row as ItemRow<T> | undefined;
}

const ofCategory = sql<number>`(select count(*) from kb_articles
  where kb_articles.category_id = kb_categories.id and kb_articles.status <> 'archived')`;
const ofSubcategory = sql<number>`(select count(*) from kb_articles
  where kb_articles.subcategory_id = kb_subcategories.id and kb_articles.status <> 'archived')`;
const ofTag = sql<number>`(select count(*) from kb_article_tags
  join kb_articles on kb_articles.id = kb_article_tags.article_id
  where kb_article_tags.tag_id = kb_tags.id and kb_articles.status <> 'archived')`;

/** What lists have of every item; besides, the columns of its table, under the names that the contract has for them. */
export interface ListedRow {
  readonly id: string;
  readonly slug: string;
  /** All but archived ones. */
  readonly articleCount: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const titled = ['id', 'title', 'slug', 'description', 'sort_order as sortOrder'];
const listed = {
  kb_categories: { columns: titled, count: ofCategory },
  kb_subcategories: { columns: [...titled, 'category_id as categoryId'], count: ofSubcategory },
  kb_tags: { columns: ['id', 'name', 'slug'], count: ofTag },
};

type ItemPage = Place & { readonly limit: number; readonly before?: string };

const pageOf = (table: ItemTable) =>
  prepared((db, { limit, before, tenantId, environment, ...filters }: ItemPage & Partial<ItemIdentity>) => {
    const { columns, count } = listed[table];
    let query = db
      .selectFrom(asOne(table))
      .select(columns as ['id', 'slug'])
      .select([count.as('articleCount'), 'created_at as createdAt', 'updated_at as updatedAt'])
      .where((e) => e.and({ ...atPlace({ tenantId, environment }), ...filters }));
    if (before !== undefined) query = query.where('id', '<', before);
    // SQLite plans by the value of a bare `limit ?`, and so would plan anew at every run.
    return query.orderBy('id', 'desc').limit(sql<number>`${limit} + 0`);
  });

const pages = {
  kb_categories: pageOf('kb_categories'),
  kb_subcategories: pageOf('kb_subcategories'),
  kb_tags: pageOf('kb_tags'),
};

/** Newest first, at most `limit`, older than `before`; one statement, the counts of articles among it. */
export function findItems(
  db: Db,
  table: ItemTable,
  { tenantId, environment }: Place,
  filters: Partial<ItemIdentity>,
  page: { readonly limit: number; readonly before?: string },
): Promise<ListedRow[]> {
  return pages[table](db, { tenantId, environment, ...filters, ...page });
}

/** Whether the row went in: not where its identity is taken, also by a transaction that was still open. */
export async function insertItem<T extends ItemTable>(tx: Tx, table: T, row: ItemRow<T>): Promise<boolean> {
  const result = await tx
    .insertInto(asOne(table))
    .values(row as ItemRow<'kb_tags'>)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows) === 1;
}

export async function updateItem(tx: Tx, table: ItemTable, id: string, changes: object): Promise<void> {
  await tx.updateTable(asOne(table)).set(changes).where('id', '=', id).execute();
}

export async function deleteItem(tx: Tx, table: ItemTable, id: string): Promise<void> {
  await tx.deleteFrom(asOne(table)).where('id', '=', id).execute();
}
