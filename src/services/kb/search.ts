import { decodeCursor } from '../../core/cursor.ts';
import { isId } from '../../core/id.ts';
import { type SearchPosition, searchArticles } from '../../store/kb/search.ts';
import { tagSlugsOf } from '../../store/kb/tags.ts';
import { queryWords } from '../../store/kb/words.ts';
import { type App, type Context, reader } from '../app.ts';
import { toFields } from '../fields.ts';
import { cutPage, invalidCursor, type Page, type PageAsk } from '../page.ts';
import type { ListedArticle } from './articles.ts';
import { makeSnippet } from './snippet.ts';
import { plainTextOf } from './snippet-text.ts';

export interface SearchAsk extends PageAsk {
  readonly q: string;
  readonly include?: 'content';
}

/** `snippet` is HTML. */
export type FoundArticle = ListedArticle & { readonly snippet: string };

function readPosition(cursor: string | undefined): SearchPosition | undefined {
  if (cursor === undefined) return undefined;
  const [, score, id] = /^(\d{1,9})\.(.+)$/.exec(decodeCursor(cursor) ?? '') ?? [];
  if (score === undefined || id === undefined || !isId('art', id)) throw invalidCursor();
  return { score: Number(score), id };
}

/** Published articles that have every word of `q`, best first. A text without a word finds nothing. */
export async function searchKnowledgeBase(
  app: App,
  ctx: Context,
  query: SearchAsk,
): Promise<Page<FoundArticle>> {
  const after = readPosition(query.cursor);
  const words = queryWords(query.q);
  if (words.length === 0) return { items: [], nextCursor: null };
  const db = reader(app, ctx);
  const rows = await searchArticles(db, app.database.dialect, ctx, words, {
    limit: query.limit + 1,
    after,
    withContent: query.include === 'content',
  });
  const { kept, nextCursor } = cutPage(rows, query.limit, (row) => `${row.score}.${row.id}`);
  const tags = await tagSlugsOf(
    db,
    kept.map((row) => row.id),
  );
  const items = kept.map(({ score: _score, head, ...row }) => ({
    ...toFields(row),
    tags: tags.get(row.id) ?? [],
    snippet: makeSnippet([plainTextOf(head), row.summary, row.title, head], words),
  }));
  return { items, nextCursor };
}
