import { AppError, invalid } from '../../errors.ts';
import { findArticleVersion } from '../../store/kb/import.ts';
import { findItem, findTwin } from '../../store/kb/items.ts';
import { withSavepoint } from '../../store/savepoint.ts';
import type { App } from '../app.ts';
import { readInput } from '../jobs/input.ts';
import { jobKind, type LineError, type Step, type StepAsk, type StepContext } from '../jobs/kind.ts';
import { type ArticleInput, createArticle, patchArticle } from './articles.ts';
import { changeKnowledgeBase, slugFor } from './items.ts';

/** What is left out stays as it is where the article exists; null clears. */
export interface ImportedArticle extends Partial<ArticleInput> {
  readonly title: string;
  /** Slug or id. */
  readonly category?: string | null;
  readonly subcategory?: string | null;
}

/** A line of an import as it waits in the store: an article, or what is wrong with it. */
export type ImportRecord =
  | readonly [line: number, article: ImportedArticle]
  | readonly [line: number, article: null, message: string];

/** The next record: `index` within the part. */
interface Cursor {
  readonly part: number;
  readonly index: number;
}

type Outcome = 'created' | 'updated' | 'unchanged';
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

async function putArticle(app: App, ctx: StepContext, given: ImportedArticle): Promise<Outcome> {
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

interface Tally {
  done: number;
  readonly counts: Record<Outcome | 'failed', number>;
  readonly errors: LineError[];
}

/** Everything that is wrong, in one line. */
export function messageOf(error: AppError): string {
  const errors = error.members.errors as readonly { path: string; message: string }[] | undefined;
  if (errors === undefined) return error.message;
  return errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}

/** An article that is refused leaves nothing behind, and the others stay. */
async function takeRecord(app: App, ctx: StepContext, record: ImportRecord, tally: Tally): Promise<void> {
  const [line, article, message] = record;
  tally.done++;
  try {
    if (article === null) throw new AppError('validation_failed', message);
    tally.counts[await withSavepoint(ctx.unit.tx, () => putArticle(app, ctx, article))]++;
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    tally.counts.failed++;
    tally.errors.push({ line, message: messageOf(error) });
  }
}

async function step(app: App, ctx: StepContext, ask: StepAsk<object, Cursor>): Promise<Step<Cursor>> {
  const { part, index } = ask.cursor ?? { part: 0, index: 0 };
  const records = await readInput(ctx.unit, ask.id, part);
  const tally: Tally = {
    done: ask.done,
    counts: { created: 0, updated: 0, unchanged: 0, failed: 0, ...ask.result },
    errors: [],
  };
  const told = () => ({ done: tally.done, result: tally.counts, errors: tally.errors });
  if (records === undefined) return { next: null, ...told() };
  let i = index;
  await changeKnowledgeBase(app, ctx, async () => {
    do {
      await takeRecord(app, ctx, JSON.parse(records[i++]!) as ImportRecord, tally);
    } while (i < records.length && ask.hasTime());
  });
  const next = i < records.length ? { part, index: i } : { part: part + 1, index: 0 };
  return { next, ...told() };
}

/** Puts articles into the knowledge base: new ones are created, those with a known slug updated, equal ones left alone. */
export const importArticles = jobKind<object, Cursor>({
  name: 'kb.import',
  scopes: ['knowledge:write', 'bulk:write'],
  step,
});
