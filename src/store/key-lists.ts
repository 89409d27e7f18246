import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import type { Dialect } from './dialect.ts';
import { applyFilters, hasMark, hasText, inPlace, type KeyFilters, type KeyQuery } from './key-filters.ts';
import {
  fewOf,
  fewOfAny,
  isBelow,
  markedSource,
  type Search,
  type Source,
  sourcesOf,
  usualSizes,
} from './key-list-sources.ts';
import { keySearchRun } from './key-search.ts';
import type { KeyRow } from './keys.ts';

export interface KeyListOptions {
  readonly limit: number;
  readonly before?: string | undefined;
  readonly now: number;
}

interface List extends Search {
  readonly filters: KeyFilters;
  readonly options: KeyListOptions;
}

const maxBusyMs = 5;

/** The page after `before`, of what else is asked for than a text. */
function pageOf({ db, place, filters, options }: List, before = options.before): KeyQuery {
  let query = applyFilters(inPlace(db, place), filters, options.now);
  if (before !== undefined) query = query.where('keys.id', '<', before);
  return query.orderBy('keys.id', 'desc').limit(options.limit);
}

function among(list: List, ids: readonly string[]): KeyQuery {
  return pageOf(list).where(sql<boolean>`keys.id in ${list.dialect.listOf(ids)}`);
}

/** The keys that are wanted of the next `size` after `before`, and where to go on; undefined at the end. */
type Step = (
  before: string | undefined,
  size: number,
) => Promise<{ rows: KeyRow[]; next: string | undefined }>;

/** A page collected in steps: whatever is looked for and however rare, nobody waits long for their turn. */
async function collect({ options, sizes }: List, step: Step, steps = Number.POSITIVE_INFINITY) {
  const { limit, before } = options;
  const rows: KeyRow[] = [];
  let from = before;
  let size = Math.max(sizes.firstStep, limit);
  let busySince = performance.now();
  for (let i = 0; i < steps; i++) {
    const found = await step(from, size);
    rows.push(...found.rows);
    if (rows.length >= limit || found.next === undefined)
      return { rows: rows.slice(0, limit), isWhole: true };
    from = found.next;
    size = Math.min(size * 2, sizes.largestStep);
    if (performance.now() - busySince < maxBusyMs) continue;
    await nextTurn();
    busySince = performance.now();
  }
  return { rows, isWhole: false };
}

interface Walk {
  readonly condition: RawBuilder<boolean> | undefined;
  readonly steps?: number;
}

/** Looks at one key after the other. */
function walk(list: List, { condition, steps }: Walk) {
  const step: Step = async (before, size) => {
    let ids = inPlace(list.db, list.place).clearSelect().select('id');
    if (before !== undefined) ids = ids.where('id', '<', before);
    const last = await ids
      .orderBy('id', 'desc')
      .offset(size - 1)
      .limit(1)
      .executeTakeFirst();
    let page = pageOf(list, before);
    if (condition) page = page.where(condition);
    if (last) page = page.where('keys.id', '>=', last.id);
    return { rows: await page.execute(), next: last?.id };
  };
  return collect(list, step, steps);
}

/** Looks at what a source has, the newest first. */
async function sorted(list: List, source: Source, condition?: RawBuilder<boolean>): Promise<KeyRow[]> {
  const { rows } = await collect(list, async (before, size) => {
    const older = before === undefined ? sql`` : sql`where id < ${before}`;
    const query = sql<{ id: string }>`select distinct id from (${source}) as found ${older}
      order by id desc limit ${size}`;
    return lookAt(list, (await query.execute(list.db)).rows, size, condition);
  });
  return rows;
}

async function lookAt(list: List, found: { id: string }[], size: number, condition?: RawBuilder<boolean>) {
  if (found.length === 0) return { rows: [], next: undefined };
  let page = among(
    list,
    found.map(({ id }) => id),
  );
  if (condition) page = page.where(condition);
  return { rows: await page.execute(), next: found.length < size ? undefined : found.at(-1)?.id };
}

async function withText(list: List, q: string): Promise<KeyRow[]> {
  const { db, dialect, place } = list;
  const { keySearch } = dialect;
  const pending = pageOf(list).where(sql<boolean>`keys.id in ${keySearch.pending}`);
  const newest = await pending.where(hasText(q)).execute();
  const runs = await keySearch.runsOf(db, q.toLowerCase());
  const { rows } = await collect(list, async (before, size) => {
    const query = sql<{ id: string }>`${keySearch.keysWith(place, runs, before)} limit ${size}`;
    return lookAt(list, (await query.execute(db)).rows, size, hasText(q));
  });
  return [...newest, ...rows];
}

/** Where a source has not many: in its order. Otherwise it looks at one key after the other. */
async function browse(
  list: List,
  sources: readonly Source[],
  condition?: RawBuilder<boolean>,
): Promise<KeyRow[]> {
  const start = await walk(list, { condition, steps: 2 });
  if (start.isWhole) return start.rows;
  for (const source of sources) {
    if (await isBelow(list, source, list.sizes.many)) return sorted(list, source, condition);
  }
  return (await walk(list, { condition })).rows;
}

async function withMark(list: List, q: string): Promise<KeyRow[]> {
  const source = markedSource(list.place, q);
  const ids = await fewOf(list, source);
  if (ids === null) return browse(list, [source], hasMark(q));
  return ids.length === 0 ? [] : among(list, ids).where(hasMark(q)).execute();
}

async function search(list: List, q: string, sources: readonly Source[]): Promise<KeyRow[]> {
  if (Array.from(q).length < keySearchRun) {
    return browse(list, sources, sql`(${hasText(q)} or ${hasMark(q)})`);
  }
  const found = [...(await withText(list, q)), ...(await withMark(list, q))];
  const byId = new Map(found.map((key) => [key.id, key]));
  const newestFirst = [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  return newestFirst.slice(0, list.options.limit);
}

/** Newest first, at most `limit`, older than the key `before`. */
export async function listKeys(
  db: Db,
  dialect: Dialect,
  place: Place,
  filters: KeyFilters,
  options: KeyListOptions,
  sizes = usualSizes,
): Promise<KeyRow[]> {
  const list = { db, dialect, place, filters, options, sizes };
  const { q } = filters;
  if (filters.ids) return pageOf(list).execute();
  const sources = sourcesOf(place, filters, options.now);
  const ids = await fewOfAny(list, sources);
  if (ids !== null) {
    const page = among(list, ids);
    return (q === undefined ? page : page.where((e) => e.or([hasText(q), hasMark(q)]))).execute();
  }
  if (q !== undefined) return search(list, q, sources);
  return sources.length === 0 ? pageOf(list).execute() : browse(list, sources);
}
