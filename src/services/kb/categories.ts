import { countByColumn } from '../../store/kb/articles.ts';
import { countSubcategories } from '../../store/kb/subcategories.ts';
import type { App, Context } from '../app.ts';
import {
  createItem,
  getItem,
  type Item,
  type ItemKind,
  type ItemQuery,
  listItems,
  type Precondition,
  patchItem,
  refuseNonEmpty,
  refuseWithArticles,
  removeItem,
  slugFor,
} from './items.ts';

export type Category = Item<'kb_categories'>;

export interface CategoryInput {
  readonly title: string;
  /** Made from the title where it is missing. */
  readonly slug?: string;
  readonly description: string | null;
  readonly sortOrder: number;
}

const kind: ItemKind<'kb_categories'> = {
  table: 'kb_categories',
  prefix: 'cat',
  noun: 'category',
  countArticles: (db, ids, options) => countByColumn(db, 'category_id', ids, options),
};

export function listCategories(app: App, ctx: Context, query: ItemQuery) {
  return listItems(app, ctx, kind, query);
}

export function getCategory(app: App, ctx: Context, id: string) {
  return getItem(app, ctx, kind, id);
}

export async function createCategory(app: App, ctx: Context, input: CategoryInput) {
  return createItem(app, ctx, kind, { ...input, slug: slugFor(input.slug, input.title) });
}

export function patchCategory(
  app: App,
  ctx: Context,
  id: string,
  patch: Partial<CategoryInput>,
  precondition?: Precondition,
) {
  return patchItem(app, ctx, kind, id, patch, { precondition });
}

/** 409 while it has subcategories or articles. */
export function deleteCategory(app: App, ctx: Context, id: string, precondition?: Precondition) {
  return removeItem(app, ctx, kind, id, {
    precondition,
    alongside: async (unit) => {
      await refuseWithArticles(unit, kind, id);
      const count = await countSubcategories(unit.tx, id);
      refuseNonEmpty(kind.noun, count, 'subcategory', 'subcategories', 'Delete them first');
    },
  });
}
