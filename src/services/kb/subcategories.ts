import { invalid } from '../../errors.ts';
import { countByColumn, touchArticles } from '../../store/kb/articles.ts';
import { findItem } from '../../store/kb/items.ts';
import type { App, Context, Unit } from '../app.ts';
import type { CategoryInput } from './categories.ts';
import {
  createItem,
  getItem,
  type Item,
  type ItemKind,
  type ItemQuery,
  listItems,
  type Precondition,
  patchItem,
  refuseWithArticles,
  removeItem,
  slugFor,
} from './items.ts';

export type Subcategory = Item<'kb_subcategories'>;

export interface SubcategoryInput extends CategoryInput {
  readonly categoryId: string;
}

const kind: ItemKind<'kb_subcategories'> = {
  table: 'kb_subcategories',
  prefix: 'sub',
  noun: 'subcategory',
  countArticles: (db, ids, options) => countByColumn(db, 'subcategory_id', ids, options),
};

/** 400 where the category that a body names is not there. */
export async function requireCategory(ctx: Context, unit: Unit, id: string): Promise<void> {
  const row = await findItem(unit.tx, 'kb_categories', ctx, id);
  if (row === undefined)
    throw invalid({ path: 'categoryId', message: 'is not a category of this environment' });
}

/** The subcategory that a body names; 400 where it is not there. */
export async function requireSubcategory(ctx: Context, unit: Unit, id: string) {
  const row = await findItem(unit.tx, 'kb_subcategories', ctx, id);
  if (row === undefined)
    throw invalid({ path: 'subcategoryId', message: 'is not a subcategory of this environment' });
  return row;
}

export function listSubcategories(
  app: App,
  ctx: Context,
  query: ItemQuery & { readonly categoryId?: string },
) {
  const { categoryId } = query;
  return listItems(app, ctx, kind, query, categoryId === undefined ? {} : { category_id: categoryId });
}

export function getSubcategory(app: App, ctx: Context, id: string) {
  return getItem(app, ctx, kind, id);
}

/** A slug is taken within its category only. */
export async function createSubcategory(app: App, ctx: Context, input: SubcategoryInput) {
  const fields = { ...input, slug: slugFor(input.slug, input.title) };
  return createItem(app, ctx, kind, fields, (unit) => requireCategory(ctx, unit, input.categoryId));
}

/** A subcategory that moves to another category takes its articles along. */
export function patchSubcategory(
  app: App,
  ctx: Context,
  id: string,
  patch: Partial<SubcategoryInput>,
  precondition?: Precondition,
) {
  const { categoryId } = patch;
  return patchItem(app, ctx, kind, id, patch, {
    precondition,
    alongside: async (unit, row) => {
      if (categoryId === undefined || categoryId === row.category_id) return;
      await requireCategory(ctx, unit, categoryId);
      await touchArticles(unit.tx, { subcategoryId: id }, app.clock.wallMs(), { category_id: categoryId });
    },
  });
}

/** 409 while it has articles. */
export function deleteSubcategory(app: App, ctx: Context, id: string, precondition?: Precondition) {
  return removeItem(app, ctx, kind, id, {
    precondition,
    alongside: (unit) => refuseWithArticles(unit, kind, id),
  });
}
