import { sql } from 'kysely';
import type { Place } from '../../core/policy.ts';
import type { Db } from '../database.ts';
import type { Dialect, IndexedWord, WeightedWord } from '../dialect.ts';
import { articlesIn, type ListedArticleRow } from './articles.ts';
import { atPlace } from './items.ts';
import { entryMaker, type Level, levels } from './words.ts';

export type SearchRow = ListedArticleRow & {
  readonly score: number;
  /** As much of the content as a snippet is looked for in. */
  readonly head: string;
};

/** Where a page of results ended. */
export interface SearchPosition {
  readonly score: number;
  readonly id: string;
}

const headLength = 100_000;

/**
 * What a word is worth where it stands: a title beats any summary, a summary beats any number of mentions. The score
 * depends on the article and the query alone (unlike bm25, whose word statistics span all tenants): nobody's articles
 * move anybody else's, and a cursor stays where it is.
 */
const weights: readonly (readonly [Level, number])[] = [
  [levels.title, 40],
  [levels.summary, 15],
  [levels.twice, 2],
  [levels.fourTimes, 2],
  [levels.eightTimes, 2],
];
/** For the last word in full, over words that only begin with it. */
const wholeWordWeight = 5;

function weightsOf(place: Place, words: readonly IndexedWord[]): WeightedWord[] {
  const entry = entryMaker(place);
  return words.flatMap((word) => {
    const parts = weights.map(([level, weight]) => ({
      word: { ...word, text: entry(level, word.text) },
      weight,
    }));
    const whole = { text: entry(levels.anywhere, word.text), isPrefix: false };
    return word.isPrefix ? [...parts, { word: whole, weight: wholeWordWeight }] : parts;
  });
}

/** Ids and scores of a page; nothing of the articles is read but what the order needs. */
function bestArticles(
  db: Db,
  dialect: Dialect,
  place: Place,
  words: readonly IndexedWord[],
  page: { readonly limit: number; readonly after?: SearchPosition },
) {
  const entry = entryMaker(place);
  const everyWord = words.map((word) => ({ ...word, text: entry(levels.anywhere, word.text) }));
  const ranked = sql<{
    article_id: string;
    score: number;
  }>`(${dialect.search.rankedWith(everyWord, weightsOf(place, words))})`;
  let query = db
    .selectFrom('kb_articles')
    .innerJoin(ranked.as('ranked'), 'ranked.article_id', 'kb_articles.id')
    .select(['ranked.article_id', 'ranked.score'])
    .where((e) => e.and({ ...atPlace(place), status: 'published' }));
  if (page.after !== undefined) {
    const { score, id } = page.after;
    query = query.where((e) =>
      e.or([
        e('ranked.score', '<', score),
        e.and([e('ranked.score', '=', score), e('kb_articles.id', '<', id)]),
      ]),
    );
  }
  return query.orderBy('ranked.score', 'desc').orderBy('kb_articles.id', 'desc').limit(page.limit);
}

/** Published articles that have all the words (at least one), best first, then newest. */
export function searchArticles(
  db: Db,
  dialect: Dialect,
  place: Place,
  words: readonly IndexedWord[],
  page: { readonly limit: number; readonly after?: SearchPosition; readonly withContent: boolean },
): Promise<SearchRow[]> {
  return articlesIn(db, place, page.withContent)
    .innerJoin(bestArticles(db, dialect, place, words, page).as('best'), 'best.article_id', 'kb_articles.id')
    .select(['best.score', sql<string>`substr(content, 1, ${sql.lit(headLength)})`.as('head')])
    .orderBy('best.score', 'desc')
    .orderBy('kb_articles.id', 'desc')
    .execute();
}
