import { type RawBuilder, sql } from 'kysely';
import { hasMark, hasText } from './key-filters.ts';
import { fewOf, markedSource, type Search, type Source } from './key-list-sources.ts';
import { keySearchRun } from './key-search.ts';

interface TextSought {
  readonly condition: RawBuilder<boolean>;
  /** null: no index knows the text. */
  readonly source: Source | null;
}

/** What a text asks of a key: a part of its name or description, the beginning of a hint, or its id. */
export async function textSought(search: Search, q: string): Promise<TextSought> {
  const { keySearch, listOf } = search.dialect;
  const hints = markedSource(search.place, q);
  const marked = await fewOf(search, hints);
  if (marked === null) return { condition: sql<boolean>`(${hasText(q)} or ${hasMark(q)})`, source: null };
  const condition =
    marked.length === 0
      ? hasText(q)
      : sql<boolean>`(${hasText(q)} or keys.id in ${listOf(marked)} and ${hasMark(q)})`;
  if (Array.from(q).length < keySearchRun) return { condition, source: null };
  const runs = await keySearch.runsOf(search.db, q.toLowerCase());
  const source: Source = sql`${hints}
    union all select id from ${keySearch.pending} as waiting
    union all select id from (${keySearch.keysWith(search.place, runs, undefined)}) as worded`;
  return { condition, source };
}
