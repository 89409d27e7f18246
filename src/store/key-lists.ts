import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import type { Dialect } from './dialect.ts';
import { applyFilters, hasMark, hasText, inPlace, type KeyFilters, type KeyQuery } from './key-filters.ts';
import { keySearchRun } from './key-search.ts';
import type { KeyRow } from './keys.ts';

export interface KeyListOptions {
  readonly limit: number;
  readonly before?: string | undefined;
  readonly now: number;
}

const dayMs = 86_400_000;
/** What is worth which way; tests choose their own. */
export interface Sizes {
  /** So many keys or fewer are looked at one by one. */
  readonly few: number;
  /** Of more than this, a page is soon found where they lie; what an index knows of fewer is sorted. */
  readonly many: number;
  readonly firstStep: number;
  readonly largestStep: number;
}

const usualSizes: Sizes = { few: 1_000, many: 20_000, firstStep: 500, largestStep: 4_000 };

/** A query of `id`: keys of a place that one filter asks for and an index finds, perhaps some more. */
type Source = RawBuilder<{ id: string }>;

function statusSources(place: RawBuilder<unknown>, { status }: KeyFilters, now: number): Source[] {
  if (status === undefined) return [];
  if (status === 'inactive') {
    return [
      sql`select id from keys where ${place} and is_active = 0
        union all select id from keys where ${place} and ends_at <= ${now}`,
    ];
  }
  const isTime = status === 'expired' ? sql`expires_at <= ${now}` : sql`expires_at > ${now}`;
  const isTimely = sql`select id from keys where ${place} and ${isTime}`;
  if (status === 'expired') return [sql`${isTimely}`];
  return [
    sql`select id from keys where ${place} and is_active = 1`,
    sql`select id from keys where ${place} and expires_at is null union all ${isTimely}`,
  ];
}

/** All but the text that is searched for. */
function sourcesOf({ tenantId, environment }: Place, filters: KeyFilters, now: number): Source[] {
  const place = sql`tenant_id = ${tenantId} and environment = ${environment}`;
  const sources = statusSources(place, filters, now);
  const { tier, owner, ownedBy, scope, unusedSince } = filters;
  if (tier !== undefined) {
    sources.push(sql`select id from keys where ${place} and is_active in (0, 1) and tier = ${sql.lit(tier)}`);
  }
  if (owner !== undefined && owner !== 'tenant') {
    sources.push(sql`select id from keys where ${place} and owner <> 'tenant' and owner = ${owner}`);
  }
  if (ownedBy !== undefined) {
    sources.push(sql`select id from keys where ${place} and owner_user_id = ${ownedBy}`);
  }
  if (scope !== undefined) {
    const names = scope.isInherited ? [...scope.names, ''] : scope.names;
    const terms = sql.join(names.map((name) => sql`${`s${name}`}`));
    sources.push(sql`select key_id as id from key_terms where ${place} and term in (${terms})`);
  }
  if (unusedSince !== undefined) {
    sources.push(
      sql`select id from keys where ${place}
        and coalesce(last_used_day, created_at / ${sql.lit(dayMs)}) <= ${Math.floor(unusedSince / dayMs)}`,
    );
  }
  return sources;
}

interface List {
  readonly db: Db;
  readonly dialect: Dialect;
  readonly place: Place;
  readonly filters: KeyFilters;
  readonly options: KeyListOptions;
  readonly sizes: Sizes;
}

/** The ids that a source has in all, or null where these are not few. */
async function fewOf({ db, sizes: { few } }: List, source: Source): Promise<readonly string[] | null> {
  const query = sql<{ id: string }>`select id from (${source}) as found limit ${sql.lit(few + 1)}`;
  const { rows } = await query.execute(db);
  return rows.length > few ? null : rows.map(({ id }) => id);
}

async function isBelowMany({ db, sizes: { many } }: List, source: Source): Promise<boolean> {
  const query = sql<{ n: number }>`select count(*) as n from (
    select id from (${source}) as found limit ${sql.lit(many)}) as counted`;
  const { rows } = await query.execute(db);
  return Number(rows[0]?.n) < many;
}

/** Those of the first source that has few. */
async function fewOfAny(list: List, sources: readonly Source[]): Promise<readonly string[] | null> {
  for (const source of sources) {
    const ids = await fewOf(list, source);
    if (ids !== null) return ids;
  }
  return null;
}

const lastCharacter = '\u{10ffff}';
const longestHint = 40;

/** Keys with a hint that begins so, whatever the case of ASCII letters; the id as such. */
function markedSource({ tenantId, environment }: Place, q: string): Source {
  const start = `h${q.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())}`;
  return sql`select key_id as id from key_terms
    where tenant_id = ${tenantId} and environment = ${environment}
    and term between ${start} and ${start + lastCharacter.repeat(longestHint)}
    union all select id from keys where id = ${q}`;
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
    if (await isBelowMany(list, source)) return sorted(list, source, condition);
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
