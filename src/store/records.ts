import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Expression, type ExpressionBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { CustomerTable, RecordColumns, Schema } from './schema.ts';

/** Tables whose rows belong to a place, have an id of their own and are changed in place. */
export type RecordTable =
  | 'customers'
  | 'contacts'
  | 'products'
  | 'licenses'
  | 'telemetry_records'
  | 'conversations'
  | 'alerts'
  | 'webhooks';
export type RecordRow<T extends RecordTable> = Selectable<Schema[T]>;

/** What records are filtered by, each of them in some of the tables. */
interface FilterColumns extends RecordColumns {
  customer_id: string | null;
  email: string | null;
  phone: string | null;
  product_id: string;
  license_key: string;
  machines: number;
  is_suspended: number;
  revoked_at: number | null;
  expires_at: number | null;
  license_id: string | null;
  group_name: string | null;
  type: string | null;
  name: string | null;
  is_flagged: number;
  status: string;
  channel: string;
  contact_id: string;
  assignee_id: string | null;
  external_reference: string | null;
  tags: string;
}

/** Names only columns that the table in question has. */
export type RecordFilter = (
  e: ExpressionBuilder<{ records: FilterColumns }, 'records'>,
) => readonly Expression<SqlBool>[];

/** The filter as a condition of a query on one of the tables. */
export function passing(filter: RecordFilter) {
  return (e: { and(all: Expression<SqlBool>[]): Expression<SqlBool> }) => e.and([...filter(e as never)]);
}

const asOne = (table: RecordTable) => table as 'customers';

/** Nothing outside of the place, and nothing that the filter keeps out, is ever found. */
function among(db: Db, table: RecordTable, { tenantId, environment }: Place, filter: RecordFilter) {
  return db
    .selectFrom(asOne(table))
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where(passing(filter));
}

export async function findRecord<T extends RecordTable>(
  db: Db,
  table: T,
  place: Place,
  id: string,
  filter: RecordFilter,
): Promise<RecordRow<T> | undefined> {
  const row = await among(db, table, place, filter).where('id', '=', id).executeTakeFirst();
  return row as RecordRow<T> | undefined;
}

/** The row stays as it is until the transaction ends. */
export async function lockRecord<T extends RecordTable>(
  tx: Tx,
  dialect: Dialect,
  table: T,
  place: Place,
  id: string,
  filter: RecordFilter,
): Promise<RecordRow<T> | undefined> {
  const query = among(tx, table, place, filter).where('id', '=', id);
  return (await dialect.forUpdate(query).executeTakeFirst()) as RecordRow<T> | undefined;
}

export interface RecordPage {
  readonly limit: number;
  readonly before?: string;
  /** In lower case; only for tables with `search_text`. */
  readonly text?: string;
}

const stepRows = 1_000;

/**
 * Newest first, at most `limit`, older than `before`. A text is looked for in steps, so that the loop has its turn
 * after each: nobody waits for somebody else's search.
 */
export async function findRecords<T extends RecordTable>(
  db: Db,
  table: T,
  place: Place,
  filter: RecordFilter,
  page: RecordPage,
): Promise<RecordRow<T>[]> {
  const older = (before: string | undefined) => {
    const query = among(db, table, place, filter).orderBy('id', 'desc');
    return before === undefined ? query : query.where('id', '<', before);
  };
  const { text, limit } = page;
  if (text === undefined)
    return (await older(page.before).limit(limit).execute()) as unknown as RecordRow<T>[];
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const found: Selectable<CustomerTable>[] = [];
  let { before } = page;
  for (;;) {
    const ids = await older(before).clearSelect().select('id').limit(stepRows).execute();
    const last = ids.at(-1)?.id;
    if (last === undefined) break;
    const rows = await older(before)
      .where('id', '>=', last)
      .where(sql<SqlBool>`search_text like ${pattern} escape '\\'`)
      .limit(limit - found.length)
      .execute();
    found.push(...rows);
    if (found.length === limit || ids.length < stepRows) break;
    before = last;
    await nextTurn();
  }
  return found as unknown as RecordRow<T>[];
}

/** Whether the row went in: not where one of its unique values is taken, also by a transaction that was still open. */
export async function insertRecord<T extends RecordTable>(
  tx: Tx,
  table: T,
  row: RecordRow<T>,
): Promise<boolean> {
  const result = await tx
    .insertInto(asOne(table))
    .values(row as Selectable<CustomerTable>)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows) === 1;
}

/** Writes the columns and raises the version. */
export async function updateRecord(tx: Tx, table: RecordTable, id: string, columns: object): Promise<void> {
  await tx
    .updateTable(asOne(table))
    .set({ ...columns, version: sql<number>`version + 1` })
    .where('id', '=', id)
    .execute();
}

export async function deleteRecord(tx: Tx, table: RecordTable, id: string): Promise<void> {
  await tx.deleteFrom(asOne(table)).where('id', '=', id).execute();
}
