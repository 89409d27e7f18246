import { type RawBuilder, sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { KeyFilters } from './key-filters.ts';
import { lastUse, neverUsed, usedAt } from './key-uses.ts';

/** What is worth which way; tests choose their own. */
export interface Sizes {
  /** So many keys or fewer are looked at one by one. */
  readonly few: number;
  /** So many ids or fewer are held to find what a list has of them. */
  readonly some: number;
  /** Of more than this, a page is soon found where they lie; what an index knows of fewer is sorted. */
  readonly many: number;
  readonly firstStep: number;
  readonly largestStep: number;
  /** Of keys that lie far apart. */
  readonly gatherStep: number;
}

export const usualSizes: Sizes = {
  few: 1_000,
  some: 5_000,
  many: 20_000,
  firstStep: 500,
  largestStep: 4_000,
  gatherStep: 1_000,
};

/** A query of `id`: keys of a place that one filter asks for and an index finds, perhaps some more. */
export type Source = RawBuilder<{ id: string }>;

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
export function sourcesOf({ tenantId, environment }: Place, filters: KeyFilters, now: number): Source[] {
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
    // Without the place, which SQLite would rather take an index for: of the other places there are few, too.
    sources.push(sql`select id from keys where owner_user_id = ${ownedBy}`);
  }
  if (scope !== undefined) {
    const names = scope.isInherited ? [...scope.names, ''] : scope.names;
    const terms = sql.join(names.map((name) => sql`${`s${name}`}`));
    sources.push(sql`select key_id as id from key_terms where ${place} and term in (${terms})`);
  }
  if (unusedSince !== undefined) {
    sources.push(
      sql`select id from keys where ${place} and ${lastUse} >= 0 and ${lastUse} <= ${usedAt(unusedSince)}
        union all select id from keys where ${place} and ${lastUse} < ${neverUsed(unusedSince)}`,
    );
  }
  return sources;
}

/** Where to look, and what is worth which way. */
export interface Search {
  readonly db: Db;
  readonly dialect: Dialect;
  readonly place: Place;
  readonly sizes: Sizes;
}

/** The ids that a source has in all, or null where there are more than `most`. */
export async function idsOf({ db }: Search, source: Source, most: number): Promise<readonly string[] | null> {
  const query = sql<{ id: string }>`select id from (${source}) as found limit ${sql.lit(most + 1)}`;
  const { rows } = await query.execute(db);
  return rows.length > most ? null : rows.map(({ id }) => id);
}

export function fewOf(search: Search, source: Source): Promise<readonly string[] | null> {
  return idsOf(search, source, search.sizes.few);
}

export async function isBelow({ db }: Search, source: Source, count: number): Promise<boolean> {
  const query = sql<{ n: number }>`select count(*) as n from (
    select id from (${source}) as found limit ${sql.lit(count)}) as counted`;
  const { rows } = await query.execute(db);
  return Number(rows[0]?.n) < count;
}

/** Those of the first source that has few. */
export async function fewOfAny(
  search: Search,
  sources: readonly Source[],
): Promise<readonly string[] | null> {
  for (const source of sources) {
    const ids = await fewOf(search, source);
    if (ids !== null) return ids;
  }
  return null;
}

const lastCharacter = '\u{10ffff}';
const longestHint = 40;

/** Keys with a hint that begins so, whatever the case of ASCII letters; the id as such. */
export function markedSource({ tenantId, environment }: Place, q: string): Source {
  const start = `h${q.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())}`;
  return sql`select key_id as id from key_terms
    where tenant_id = ${tenantId} and environment = ${environment}
    and term between ${start} and ${start + lastCharacter.repeat(longestHint)}
    union all select id from keys where id = ${q}`;
}
