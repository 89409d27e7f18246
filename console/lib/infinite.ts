import { infiniteQueryOptions } from '@tanstack/react-query';
import type { Page } from '../types.ts';

/** Items a page: what a tall screen shows, twice. */
export const pageSize = 100;

/** A list that has more pages than these in hand is fetched again only when it was changed. */
const maxRefetchedPages = 3;

/** Keys begin with the resource and its environment, and end with the filters. */
function isSameList(before: readonly unknown[] | undefined, now: readonly unknown[]): boolean {
  return before !== undefined && before.length === now.length && before[0] === now[0] && before[1] === now[1];
}

/** The options of a list that goes on by cursor. `ask` gets the cursor of the page, or nothing for the first. */
export function pagesOf<T>(
  queryKey: readonly unknown[],
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => ask(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.nextCursor ?? undefined,
    // What is typed into a search field must not make the list flicker; another environment is another list.
    placeholderData: (before, query) => (isSameList(query?.queryKey, queryKey) ? before : undefined),
    // Who has scrolled far would fetch all of it again with each glance at another window.
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 0) <= maxRefetchedPages,
  });
}
