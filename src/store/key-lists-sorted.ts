import { type RawBuilder, sql } from 'kysely';
import type { KeySort } from '../core/key-sorts.ts';
import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import type { Dialect } from './dialect.ts';
import { applyFilters, type KeyFilters, type KeyQuery } from './key-filters.ts';
import { KeyOrder, type KeyPosition } from './key-list-order.ts';
import { fewOfAny, idsOf, isBelow, type Search, sourcesOf, usualSizes } from './key-list-sources.ts';
import { inSteps } from './key-list-steps.ts';
import { textSought } from './key-list-text.ts';
import { lastUse, usedAt } from './key-uses.ts';
import type { KeyRow } from './keys.ts';

export interface SortedKeyListOptions {
  readonly sort: KeySort;
  readonly limit: number;
  readonly after?: KeyPosition | undefined;
  readonly now: number;
}

interface List extends Search {
  readonly filters: KeyFilters;
  readonly options: SortedKeyListOptions;
  readonly order: KeyOrder;
  /** What the text searched for asks of a key. */
  readonly condition: RawBuilder<boolean> | undefined;
}

function keysAlong({ db, dialect, place }: List, index: string): KeyQuery {
  return db
    .selectFrom(dialect.keySearch.along(index))
    .selectAll('keys')
    .where('keys.tenant_id', '=', place.tenantId)
    .where('keys.environment', '=', place.environment) as unknown as KeyQuery;
}

/** Of these keys, the page of those that fulfil all that is asked for. */
function pageOf({ filters, options, order, condition }: List, keys: KeyQuery): Promise<KeyRow[]> {
  const { after, now, limit } = options;
  let query = applyFilters(keys, filters, now);
  if (condition) query = query.where(condition);
  if (after) query = query.where(order.isAfter(after));
  return query
    .orderBy(order.terms as never)
    .limit(limit)
    .execute();
}

async function among(list: List, ids: readonly string[]): Promise<KeyRow[]> {
  if (ids.length === 0) return [];
  return pageOf(
    list,
    keysAlong(list, 'keys_place').where(sql<boolean>`keys.id in ${list.dialect.listOf(ids)}`),
  );
}

/** The first of what was found so far. */
class Page {
  readonly #list: List;
  rows: KeyRow[] = [];

  constructor(list: List) {
    this.#list = list;
  }

  get isFull(): boolean {
    return this.rows.length >= this.#list.options.limit;
  }

  add(found: readonly KeyRow[]): void {
    const { order, options } = this.#list;
    if (found.length === 0) return;
    this.rows = [...this.rows, ...found].sort((a, b) => order.compare(a, b)).slice(0, options.limit);
  }
}

/** What an index has next: `keys` of which the last is `end`, undefined where nothing is behind them. */
interface Stretch {
  readonly keys: KeyQuery;
  readonly end: KeyPosition | undefined;
}

/** Where the order of the list begins, as far as that is known. */
function beginningOf({ order, options: { after }, filters: { unusedSince } }: List) {
  if (after) return order.isAfter(after);
  const isByUse = order.index === 'keys_used' && unusedSince !== undefined;
  return isByUse ? sql<boolean>`${lastUse} <= ${usedAt(unusedSince)}` : undefined;
}

interface Walk {
  /** In which keys are looked at. */
  readonly order: KeyOrder;
  readonly from: RawBuilder<boolean> | undefined;
  /** So many at most, where another way is better then. */
  readonly most?: number | undefined;
  /** Finds what is wanted. */
  look(stretch: Stretch): Promise<KeyRow[]>;
}

/** Looks at one key after the other; null where there are more than `most`. */
async function walk(list: List, { order, from, most, look }: Walk): Promise<KeyRow[] | null> {
  const page = new Page(list);
  const isOrdered = order === list.order;
  let start = from;
  const { firstStep: first, largestStep: largest } = list.sizes;
  const isWhole = await inSteps({ first, largest, most }, async (size) => {
    let keys = keysAlong(list, order.index);
    if (start) keys = keys.where(start);
    const end = await keys
      .clearSelect()
      .select([order.value.as('value'), 'keys.id as id'])
      .orderBy(order.terms as never)
      .offset(size - 1)
      .limit(1)
      .executeTakeFirst();
    if (end) keys = keys.where(order.isUpTo(end));
    page.add(await look({ keys, end }));
    if (end) start = order.isAfter(end);
    return end === undefined || (isOrdered && page.isFull);
  });
  return isWhole ? page.rows : null;
}

/** Looks at all of these keys, those together that lie together. */
async function gather(list: List, ids: readonly string[]): Promise<KeyRow[]> {
  const page = new Page(list);
  const left = [...ids].sort();
  const { gatherStep: step } = list.sizes;
  await inSteps({ first: step, largest: step }, async (size) => {
    page.add(await among(list, left.splice(0, size)));
    return left.length === 0;
  });
  return page.rows;
}

/** To look at a key costs so many times as much as to find it in the index. */
const lookCost = 6;

/** Of what comes next in the list, looks at the candidates only; where that takes too long, at all candidates. */
async function pick(list: List, ids: readonly string[]): Promise<KeyRow[]> {
  const { order } = list;
  const candidates = new Set(ids);
  const look = async ({ keys }: Stretch) => {
    const next = await keys.clearSelect().select('keys.id').execute();
    return among(
      list,
      next.map(({ id }) => id).filter((id) => candidates.has(id)),
    );
  };
  const own = { order, from: beginningOf(list), most: candidates.size * lookCost, look };
  return (await walk(list, own)) ?? gather(list, ids);
}

/**
 * Looks at what comes next in the list. Neighbours by name or use lie far apart, and to look at one costs as much as at
 * ten that lie together: where it takes many, it looks at everything in the order in which it lies.
 */
async function browse(list: List): Promise<KeyRow[]> {
  const { order, sizes, dialect } = list;
  const look = ({ keys }: Stretch) => pageOf(list, keys);
  const own = { order, from: beginningOf(list), most: order.isById ? undefined : sizes.few, look };
  const next = await walk(list, own);
  if (next) return next;
  const all = { order: new KeyOrder(dialect, '-created'), from: undefined, look };
  return (await walk(list, all)) ?? [];
}

/** In the order that is asked for, at most `limit`, after the position. */
export async function listKeysSorted(
  db: Db,
  dialect: Dialect,
  place: Place,
  filters: KeyFilters,
  options: SortedKeyListOptions,
  sizes = usualSizes,
): Promise<KeyRow[]> {
  const order = new KeyOrder(dialect, options.sort);
  const search = { db, dialect, place, sizes };
  const sought = filters.q === undefined ? null : await textSought(search, filters.q);
  const list = { ...search, filters, options, order, condition: sought?.condition };
  const sources = sourcesOf(place, filters, options.now);
  if (sought?.source) sources.push(sought.source);
  const few = await fewOfAny(list, sources);
  if (few) return among(list, few);
  for (const source of sources) {
    const ids = (await isBelow(list, source, sizes.some)) ? await idsOf(list, source, sizes.some) : null;
    if (ids) return pick(list, ids);
  }
  return browse(list);
}
