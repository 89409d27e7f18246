import { type AliasedRawBuilder, type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { KeyTable } from './schema.ts';

/** The index of migration 0005: which runs of three characters the text of a key has. */
export interface KeySearchDialect {
  /** The first line of a name in lower case, 50 characters at most, compared byte by byte; as the index of migration 0025 has it. */
  readonly name: RawBuilder<string>;
  /** The table `keys`, read in the order of this index. SQLite, which does not know how many rows a value has, would rather sort all. */
  along(index: string): AliasedRawBuilder<KeyTable, 'keys'>;
  /** Of the runs in `text` (lower-cased) those that are worth looking for, because the fewest keys have them. */
  runsOf(db: QueryExecutorProvider, text: string): Promise<readonly string[]>;
  /** A subquery of `id`: keys that the index does not have yet; they are few. */
  readonly pending: RawBuilder<{ id: string }>;
  /** A query of `id`, newest first: the keys of the place that have all these runs, older than the key `before`. */
  keysWith(place: Place, runs: readonly string[], before: string | undefined): RawBuilder<{ id: string }>;
}

/** Characters in a row, which the index of keys is made of: a shorter text cannot be looked up in it. */
export const keySearchRun = 3;

function runsIn(text: string): string[] {
  const characters = Array.from(text);
  const starts = characters.slice(keySearchRun - 1);
  return [...new Set(starts.map((_, i) => characters.slice(i, i + keySearchRun).join('')))];
}

/** Looking for more runs than this costs more than it leaves out. */
const maxRuns = 12;

/** From all over the text. */
function someOf(runs: readonly string[]): readonly string[] {
  if (runs.length <= maxRuns) return runs;
  return Array.from({ length: maxRuns }, (_, i) => runs[Math.floor((i * runs.length) / maxRuns)]!);
}

function ftsTerm(run: string): string {
  return `"${run.replaceAll('"', '""')}"`;
}

/** How far back the newest keys with a run lie tells how rare it is. */
const newest = 64;
const rareRuns = 3;

export const sqliteKeySearch: KeySearchDialect = {
  name: sql`substr(keys.search_text, 1, min(instr(keys.search_text, char(10)) - 1, 50))`,
  along: (index) => sql<KeyTable>`keys`.as<'keys'>(sql`keys indexed by ${sql.id(index)}`),
  pending: sql`(select key_id as id from key_search_pending cross join key_search_rows using (row))`,
  async runsOf(db, text) {
    const runs = someOf(runsIn(text));
    if (runs.length <= rareRuns) return runs;
    const reaches = runs.map(
      (run) => sql<{ run: string; reach: number }>`select ${run} as run,
        iif(count(*) = ${sql.lit(newest)}, max(rowid) - min(rowid), 1e300) as reach from (
        select rowid from key_search where key_search match ${ftsTerm(run)}
        order by rowid desc limit ${sql.lit(newest)})`,
    );
    const { rows } = await sql<{ run: string }>`${sql.join(reaches, sql` union all `)}
      order by reach desc limit ${sql.lit(rareRuns)}`.execute(db);
    return rows.map(({ run }) => run);
  },
  keysWith({ tenantId, environment }, runs, before) {
    const terms = runs.map((run) => ` AND ${ftsTerm(run)}`).join('');
    const place = sql`select code from key_search_places
      where tenant_id = ${tenantId} and environment = ${environment}`;
    // Rows of one millisecond are together, in whatever order.
    const end = sql`(select (row | 4095) + 1 from key_search_rows where key_id >= ${before} order by key_id limit 1)`;
    const older =
      before === undefined
        ? sql``
        : sql`and key_search.rowid < coalesce(${end}, 9223372036854775807) and key_id < ${before}`;
    return sql`select key_id as id from key_search cross join key_search_rows on row = key_search.rowid
      where key_search match '"' || (${place}) || '"' || ${terms} ${older} order by key_search.rowid desc`;
  },
};

export const postgresKeySearch: KeySearchDialect = {
  name: sql`(left(split_part(keys.search_text, chr(10), 1), 50) collate "C")`,
  along: () => sql<KeyTable>`keys`.as('keys'),
  pending: sql`(select id from keys where false)`,
  runsOf: async (_db, text) => someOf(runsIn(text)),
  keysWith({ tenantId, environment }, runs, before) {
    const older = before === undefined ? sql`` : sql`and id < ${before}`;
    return sql`select id from keys where tenant_id = ${tenantId} and environment = ${environment} ${older}
      and key_grams(tenant_id, environment, search_text) @> ${[...runs, `${tenantId} ${environment}`]}::text[]
      order by id desc`;
  },
};
