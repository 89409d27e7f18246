import { infiniteQueryOptions } from '@tanstack/react-query';
import type { Page } from '../types.ts';

/** Items a page: what a tall screen shows, twice. */
export const pageSize = 100;

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
    // What is typed into a search field must not make the list flicker.
    placeholderData: (before) => before,
  });
}
