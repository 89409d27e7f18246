import { slugify } from '../../core/text.ts';
import { AppError, invalid, notFound } from '../../errors.ts';
import type { Db } from '../../store/database.ts';
import type { CountOptions } from '../../store/kb/articles.ts';
import {
  deleteItem,
  findItem,
  findItems,
  findTwin,
  type ItemIdentity,
  type ItemRow,
  type ItemTable,
  insertItem,
  lockItem,
  updateItem,
} from '../../store/kb/items.ts';
import { type App, type Context, change, reader, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { differenceOf, type Fields, toColumns, toFields } from '../fields.ts';
import { cutPage, type Page, type PageAsk, readCursor } from '../page.ts';
import { checkPrecondition } from '../precondition.ts';

/** A category, subcategory or tag. `articleCount` counts all but archived articles; times are epoch ms. */
export type Item<T extends ItemTable> = Fields<ItemRow<T>> & { readonly articleCount: number };

/** As a list has it: without the version, which is for ETags. */
export type ListedItem<T extends ItemTable> = Omit<Item<T>, 'version'>;

/** What tells the three kinds of items apart. */
export interface ItemKind<T extends ItemTable> {
  readonly table: T;
  readonly prefix: 'cat' | 'sub' | 'tag';
  readonly noun: 'category' | 'subcategory' | 'tag';
  countArticles(db: Db, ids: readonly string[], options: CountOptions): Promise<Map<string, number>>;
}

/** The slug that was sent, or one made from the title. */
export function slugFor(sent: string | undefined, title: string): string {
  const slug = sent ?? slugify(title);
  if (slug !== '') return slug;
  throw invalid({
    path: 'slug',
    message: 'cannot be made from a title without letters and digits: send a slug',
  });
}

export function slugTaken(noun: string, slug: string, existingId: string): AppError {
  return new AppError('slug_taken', `Another ${noun} has the slug "${slug}".`, { members: { existingId } });
}

/**
 * All changes to the knowledge base of one place run one after the other, on every node: what one of them has read stays
 * true until it commits, and none waits for another in a circle.
 */
export function changeKnowledgeBase<T>(app: App, ctx: Context, work: (unit: Unit) => Promise<T>): Promise<T> {
  return change(app, ctx, async (unit) => {
    await app.database.dialect.serialize(unit.tx, `knowledge base of ${ctx.tenantId}/${ctx.environment}`);
    return work(unit);
  });
}

async function withCount<T extends ItemTable>(db: Db, kind: ItemKind<T>, row: ItemRow<T>): Promise<Item<T>> {
  const counts = await kind.countArticles(db, [row.id], { withArchived: false });
  return { ...toFields(row), articleCount: counts.get(row.id) ?? 0 } as Item<T>;
}

export interface ItemQuery extends PageAsk {
  readonly slug?: string;
}

export async function listItems<T extends ItemTable>(
  app: App,
  ctx: Context,
  kind: ItemKind<T>,
  ask: ItemQuery,
  filters: Partial<ItemIdentity> = {},
): Promise<Page<ListedItem<T>>> {
  const page = { limit: ask.limit + 1, before: readCursor(kind.prefix, ask.cursor) };
  const slug = ask.slug === undefined ? {} : { slug: ask.slug };
  const rows = await findItems(reader(app, ctx), kind.table, ctx, { ...filters, ...slug }, page);
  const { kept, nextCursor } = cutPage(rows, ask.limit, (row) => row.id);
  return { items: kept as readonly unknown[] as readonly ListedItem<T>[], nextCursor };
}

export async function getItem<T extends ItemTable>(app: App, ctx: Context, kind: ItemKind<T>, id: string) {
  const db = reader(app, ctx);
  const row = await findItem(db, kind.table, ctx, id);
  if (row === undefined) throw notFound(kind.noun);
  return withCount(db, kind, row);
}

/** A new row of any kind, from its fields. */
export function newRow(app: App, ctx: Context, prefix: 'cat' | 'sub' | 'tag' | 'art', fields: object) {
  const now = app.clock.wallMs();
  return {
    id: app.newId(prefix),
    tenant_id: ctx.tenantId,
    environment: ctx.environment,
    ...toColumns(fields),
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

const identityOf = (row: { slug: string; category_id?: string }): ItemIdentity =>
  row.category_id === undefined ? { slug: row.slug } : { slug: row.slug, category_id: row.category_id };

/** Makes the item, or answers the one that has its slug already, unchanged; callers at the same moment get the same one. */
export async function createItem<T extends ItemTable>(
  app: App,
  ctx: Context,
  kind: ItemKind<T>,
  fields: Readonly<Record<string, unknown>> & { readonly slug: string },
  requireParent?: (unit: Unit) => Promise<void>,
): Promise<{ item: Item<T>; isNew: boolean }> {
  return changeKnowledgeBase(app, ctx, async (unit) => {
    await requireParent?.(unit);
    const row = newRow(app, ctx, kind.prefix, fields) as unknown as ItemRow<T>;
    if (!(await insertItem(unit.tx, kind.table, row))) {
      const twin = await findTwin(unit.tx, kind.table, ctx, identityOf(row));
      return { item: await withCount(unit.tx, kind, twin!), isNew: false };
    }
    await recordChange(app, ctx, unit, { action: `${kind.noun}.created`, targetId: row.id, after: fields });
    return { item: await withCount(unit.tx, kind, row), isNew: true };
  });
}

/** What the caller knows of the thing it changes: the If-Match header, and how a version is written in one. */
export interface Precondition {
  readonly ifMatch: string | undefined;
  readonly tagOf: (row: Versioned) => string;
}

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** 412 where the row is no longer what the caller read. */
export function requireExpected(precondition: Precondition | undefined, row: Versioned): void {
  if (precondition !== undefined) checkPrecondition(precondition.ifMatch, precondition.tagOf(row));
}

export interface ItemChange<T extends ItemTable> {
  readonly precondition?: Precondition;
  /** What else must be true, or happen, in the same transaction, before the item changes or goes. */
  readonly alongside?: (unit: Unit, row: ItemRow<T>) => Promise<void>;
}

async function lockExpected<T extends ItemTable>(
  app: App,
  ctx: Context,
  unit: Unit,
  kind: ItemKind<T>,
  id: string,
  options: ItemChange<T>,
): Promise<ItemRow<T>> {
  const row = await lockItem(unit.tx, app.database.dialect, kind.table, ctx, id);
  if (row === undefined) throw notFound(kind.noun);
  requireExpected(options.precondition, row);
  return row;
}

/** Applies a merge patch; one that changes nothing leaves no trace. */
export async function patchItem<T extends ItemTable>(
  app: App,
  ctx: Context,
  kind: ItemKind<T>,
  id: string,
  patch: object,
  options: ItemChange<T> = {},
): Promise<Item<T>> {
  return changeKnowledgeBase(app, ctx, async (unit) => {
    const row = await lockExpected(app, ctx, unit, kind, id, options);
    const { before, after } = differenceOf(toFields(row), patch);
    if (Object.keys(after).length === 0) return withCount(unit.tx, kind, row);
    const changes = { ...toColumns(after), updated_at: app.clock.wallMs(), version: row.version + 1 };
    const changed: ItemRow<T> = { ...row, ...changes };
    const twin = await findTwin(unit.tx, kind.table, ctx, identityOf(changed));
    if (twin !== undefined && twin.id !== id) throw slugTaken(kind.noun, twin.slug, twin.id);
    await options.alongside?.(unit, row);
    await updateItem(unit.tx, kind.table, id, changes);
    await recordChange(app, ctx, unit, { action: `${kind.noun}.updated`, targetId: id, before, after });
    return withCount(unit.tx, kind, changed);
  });
}

export async function removeItem<T extends ItemTable>(
  app: App,
  ctx: Context,
  kind: ItemKind<T>,
  id: string,
  options: ItemChange<T>,
): Promise<void> {
  await changeKnowledgeBase(app, ctx, async (unit) => {
    const row = await lockExpected(app, ctx, unit, kind, id, options);
    await options.alongside?.(unit, row);
    await deleteItem(unit.tx, kind.table, id);
    const before = toFields(row);
    await recordChange(app, ctx, unit, { action: `${kind.noun}.deleted`, targetId: id, before });
  });
}

/** 409 while anything is filed under the item. */
export async function refuseWithArticles<T extends ItemTable>(
  unit: Unit,
  kind: ItemKind<T>,
  id: string,
): Promise<void> {
  const counts = await kind.countArticles(unit.tx, [id], { withArchived: true });
  refuseNonEmpty(
    kind.noun,
    counts.get(id) ?? 0,
    'article',
    'articles',
    'Move or delete them first; archived ones count too',
  );
}

export function refuseNonEmpty(noun: string, count: number, one: string, many: string, advice: string): void {
  if (count === 0) return;
  throw new AppError('conflict', `This ${noun} still has ${count} ${count === 1 ? one : many}. ${advice}.`);
}
