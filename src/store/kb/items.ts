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

type ItemPage = Place & { readonly limit: number; readonly before?: string };

const pageOf = (table: ItemTable) =>
  prepared((db, { limit, before, tenantId, environment, ...filters }: ItemPage & Partial<ItemIdentity>) => {
    let query = inPlace(db, table, { tenantId, environment }).where((e) => e.and({ ...filters }));
    if (before !== undefined) query = query.where('id', '<', before);
    return query.orderBy('id', 'desc').limit(limit);
  });

const pages = {
  kb_categories: pageOf('kb_categories'),
  kb_subcategories: pageOf('kb_subcategories'),
  kb_tags: pageOf('kb_tags'),
};

/** Newest first, at most `limit`, older than `before`. */
export async function findItems<T extends ItemTable>(
  db: Db,
  table: T,
  { tenantId, environment }: Place,
  filters: Partial<ItemIdentity>,
  page: { readonly limit: number; readonly before?: string },
) {
  const rows: unknown[] = await pages[table](db, { tenantId, environment, ...filters, ...page });
  return rows as ItemRow<T>[];
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
