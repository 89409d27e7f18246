import { invalid } from '../../errors.ts';
import { findArticleVersion } from '../../store/kb/import.ts';
import { findItem, findTwin } from '../../store/kb/items.ts';
import type { App } from '../app.ts';
import { type ImportOutcome, importKind } from '../jobs/import.ts';
import type { StepContext } from '../jobs/kind.ts';
import { type ArticleInput, createArticle, patchArticle } from './articles.ts';
import { changeKnowledgeBase, slugFor } from './items.ts';

/** What is left out stays as it is where the article exists; null clears. */
export interface ImportedArticle extends Partial<ArticleInput> {
  readonly title: string;
  /** Slug or id. */
  readonly category?: string | null;
  readonly subcategory?: string | null;
}

type Shelf = Pick<ArticleInput, 'categoryId' | 'subcategoryId'>;

async function categoryNamed(ctx: StepContext, name: string) {
  const { tx } = ctx.unit;
  const row =
    (await findTwin(tx, 'kb_categories', ctx, { slug: name })) ??
    (await findItem(tx, 'kb_categories', ctx, name));
  if (row === undefined)
    throw invalid({ path: 'category', message: 'is no slug or id of a category of this environment' });
  return row.id;
}

async function subcategoryNamed(ctx: StepContext, name: string, categoryId: string | null | undefined) {
  const { tx } = ctx.unit;
  const row =
    (categoryId && (await findTwin(tx, 'kb_subcategories', ctx, { slug: name, category_id: categoryId }))) ||
    (await findItem(tx, 'kb_subcategories', ctx, name));
  if (row) return row.id;
  const message = categoryId
    ? 'is no slug or id of a subcategory of that category'
    : 'is no id of a subcategory; to name it by its slug, name its category too';
  throw invalid({ path: 'subcategory', message });
}

/** The ids that the record names, by whichever of their names. */
async function shelfOf(ctx: StepContext, article: ImportedArticle): Promise<Shelf> {
  const { category, subcategory } = article;
  const categoryId = category ? await categoryNamed(ctx, category) : (category ?? article.categoryId);
  const subcategoryId = subcategory
    ? await subcategoryNamed(ctx, subcategory, categoryId)
    : (subcategory ?? article.subcategoryId);
  return {
    ...(categoryId === undefined ? {} : { categoryId }),
    ...(subcategoryId === undefined ? {} : { subcategoryId }),
  };
}

const defaults = { summary: null, content: '', tags: [], status: 'draft', sortOrder: 0 } as const;

async function putArticle(app: App, ctx: StepContext, given: ImportedArticle): Promise<ImportOutcome> {
  const { category: _category, subcategory: _subcategory, ...own } = given;
  const slug = slugFor(given.slug, given.title);
  const article = { ...own, ...(await shelfOf(ctx, given)) };
  const existing = await findArticleVersion(ctx.unit.tx, ctx, slug);
  if (existing === undefined) {
    await createArticle(app, ctx, { ...defaults, ...article, slug });
    return 'created';
  }
  const { version } = await patchArticle(app, ctx, existing.id, article);
  return version === existing.version ? 'unchanged' : 'updated';
}

/** Puts articles into the knowledge base: new ones are created, those with a known slug updated, equal ones left alone. */
export const importArticles = importKind<ImportedArticle>({
  name: 'kb.import',
  scopes: ['knowledge:write', 'bulk:write'],
  put: putArticle,
  within: (app, ctx, work) => changeKnowledgeBase(app, ctx, work),
});
