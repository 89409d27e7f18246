import { decodeCursor, encodeCursor } from '../core/cursor.ts';
import { type IdPrefix, isId } from '../core/id.ts';
import { invalid } from '../errors.ts';

export interface PageAsk {
  readonly limit: number;
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export function invalidCursor() {
  return invalid({
    path: 'cursor',
    message: 'is not a cursor of this list: send `nextCursor` of the page before, unchanged',
  });
}

/** The id before which the page begins; undefined for the first page. */
export function readCursor(prefix: IdPrefix, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = decodeCursor(cursor);
  if (id === null || !isId(prefix, id)) throw invalidCursor();
  return id;
}

/** Splits `limit + 1` rows into a page and whether another one follows. */
export function cutPage<R>(rows: readonly R[], limit: number, positionOf: (last: R) => string) {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null;
  return { kept, nextCursor };
}
