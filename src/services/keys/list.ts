import { decodeCursor, encodeCursor } from '../../core/cursor.ts';
import { isId } from '../../core/id.ts';
import { type KeySort, keySorts } from '../../core/key-sorts.ts';
import { isCleanText } from '../../core/text.ts';
import { invalid } from '../../errors.ts';
import type { Db } from '../../store/database.ts';
import { type KeyPosition, positionOf } from '../../store/key-list-order.ts';
import { listKeys as listNewest } from '../../store/key-lists.ts';
import { listKeysSorted } from '../../store/key-lists-sorted.ts';
import type { KeyRow } from '../../store/keys.ts';
import { type App, type Context, inEnvironment, reader } from '../app.ts';
import { invalidCursor, type Page } from '../page.ts';
import { filtersOf, type ListKeysInput } from './change.ts';
import { detailsOf, type KeyDetails } from './details.ts';

export interface SortedListInput extends ListKeysInput {
  readonly sort: KeySort;
}

/** Where a page ended. The order that has no name in it is the default. */
function cursorOf(sort: KeySort, key: KeyRow): string {
  const { id, value } = positionOf(sort, key);
  return encodeCursor(sort === '-created' ? id : `${sort} ${id} ${value}`);
}

function sortIn(text: string): KeySort {
  return keySorts.find((sort) => text.startsWith(`${sort} `)) ?? '-created';
}

function positionIn(text: string): KeyPosition | null {
  const [, sort, id = '', value = ''] = /^(?:(\S+) )?(key_\S+)(?: (.*))?$/s.exec(text) ?? [];
  if (!isId('key', id)) return null;
  if (sort === undefined) return value === '' ? { id, value } : null;
  if (sort.endsWith('name')) return isCleanText(value) ? { id, value } : null;
  return /^-?\d{1,16}$/.test(value) ? { id, value: Number(value) } : null;
}

function readPosition({ cursor, sort }: SortedListInput): KeyPosition | undefined {
  if (cursor === undefined) return undefined;
  const text = decodeCursor(cursor) ?? '';
  const position = positionIn(text);
  if (position === null) throw invalidCursor();
  const own = sortIn(text);
  if (own === sort) return position;
  const message = `is of a list sorted by ${own}: go on with that sort, or begin this one without a cursor`;
  throw invalid({ path: 'cursor', message });
}

function readRows(app: App, db: Db, ctx: Context, input: SortedListInput): Promise<KeyRow[]> {
  const after = readPosition(input);
  const { sort } = input;
  const { dialect } = app.database;
  const filters = filtersOf(app, ctx, input);
  const options = { limit: input.limit + 1, now: app.clock.wallMs() };
  return sort === '-created'
    ? listNewest(db, dialect, ctx, filters, { ...options, before: after?.id })
    : listKeysSorted(db, dialect, ctx, filters, { ...options, sort, after });
}

/** A key sees the keys of its own environment only. */
export async function listKeys(
  app: App,
  context: Context,
  input: SortedListInput,
): Promise<Page<KeyDetails>> {
  const environment = input.environment ?? context.environment;
  if (context.caller.kind === 'key' && environment !== context.environment)
    return { items: [], nextCursor: null };
  const ctx = inEnvironment(context, environment);
  const db = reader(app, ctx);
  const rows = await readRows(app, db, ctx, input);
  const shown = rows.slice(0, input.limit);
  const nextCursor = rows.length > input.limit ? cursorOf(input.sort, shown.at(-1)!) : null;
  return { items: await detailsOf(app, db, shown), nextCursor };
}
