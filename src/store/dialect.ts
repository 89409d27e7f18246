import {
  type QueryExecutorProvider,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import { TransactionLost } from './group-commit.ts';
import { type KeySearchDialect, postgresKeySearch, sqliteKeySearch } from './key-search.ts';

/** A word of the full-text index: letters and digits only, never a syntax of the database's own. */
export interface IndexedWord {
  readonly text: string;
  /** Stands for every word that begins so. */
  readonly isPrefix: boolean;
}

/** What finding one word more is worth. */
export interface WeightedWord {
  readonly word: IndexedWord;
  readonly weight: number;
}

/** The full-text index of migration 0002: which words an article has, made by `kb/words.ts` alike for both databases. */
export interface SearchDialect {
  /** Replaces the words of an article. A deleted article leaves the index by itself. */
  writeWords(tx: QueryExecutorProvider, articleId: string, words: readonly string[]): Promise<void>;
  /** A subquery of `article_id`: the articles that have all the words, of which there must be one. */
  articlesWith(words: readonly IndexedWord[]): RawBuilder<{ article_id: string }>;
  /** The same articles, each with the sum of the weights of what else it has: a subquery of `article_id`, `score`. */
  rankedWith(
    words: readonly IndexedWord[],
    weights: readonly WeightedWord[],
  ): RawBuilder<{ article_id: string; score: number }>;
}

/** Every difference between the databases, and nothing else. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  readonly types: {
    /** Text compared byte by byte, so that ids sort by time everywhere. */
    readonly id: RawBuilder<unknown>;
    readonly bigint: 'integer' | 'bigint';
    readonly bytes: 'blob' | 'bytea';
  };
  /** Locks the rows read until the transaction ends. SQLite has one writer and needs none. */
  forUpdate<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O>;
  /** The same, but rows that refer to it may come meanwhile: where many do, each of them would wait, and some for one another. */
  forChange<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O>;
  /** Locks these keys in order of ids, as everybody does who locks several. SQLite has one writer and needs none. */
  lockKeys(tx: QueryExecutorProvider, ids: readonly string[]): Promise<void>;
  /** A table to select from: one row for each object of a JSON list, its members as columns. Many rows, one statement. */
  rowsOf(list: readonly object[], columns: Readonly<Record<string, 'text' | 'bigint'>>): RawBuilder<unknown>;
  /** Stands for the n-th bound value, from 1. */
  placeholder(n: number): string;
  /** Values bound to one statement at most, where more would be slower or refused. */
  readonly maxBoundValues: number;
  /** Makes room for rows of the request log that came on this day (epoch ms of its 00:00 UTC). */
  prepareLogDay(tx: QueryExecutorProvider, day: number): Promise<void>;
  /** Drops whole days of the request log that ended before this moment, where days are kept apart. */
  dropLogDays(db: QueryExecutorProvider, before: number): Promise<void>;
  /** Waits for other open transactions that gave the same name, and makes later ones wait. SQLite needs none. */
  serialize(tx: QueryExecutorProvider, name: string): Promise<void>;
  isUniqueViolation(error: unknown): boolean;
  isForeignKeyViolation(error: unknown): boolean;
  /** The transaction was undone for the sake or by the fault of others: it may run again. */
  isLost(error: unknown): boolean;
  /** The database is away or refuses work for now: the caller may try again. */
  isUnavailable(error: unknown): boolean;
  /** A subquery of these texts, however many. */
  listOf(texts: readonly string[]): RawBuilder<string>;
  /** Whether a column of a JSON list of texts has none but these. */
  isWithin(column: string, texts: readonly string[]): RawBuilder<SqlBool>;
  /** The value below which this share of the values of a group lies, between two of them in proportion. Null is no value. */
  percentile(share: number, value: RawBuilder<unknown>): RawBuilder<number | null>;
  readonly search: SearchDialect;
  readonly keySearch: KeySearchDialect;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
}

const sqliteUnique = new Set([2067, 1555]);
const sqliteForeignKey = 787;
/** BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: the low byte of the extended code. */
const sqliteUnavailable = new Set([5, 6, 8, 10, 11, 13, 14, 26]);

const sqliteSearch: SearchDialect = {
  async writeWords(tx, articleId, words) {
    await sql`insert into kb_search_rows (article_id) values (${articleId}) on conflict do nothing`.execute(
      tx,
    );
    await sql`insert or replace into kb_search (rowid, words)
      select id, ${words.join(' ')} from kb_search_rows where article_id = ${articleId}`.execute(tx);
  },
  articlesWith(words) {
    const expression = words.map((word) => `"${word.text}"${word.isPrefix ? ' *' : ''}`).join(' AND ');
    return sql`select kb_search_rows.article_id from kb_search
      join kb_search_rows on kb_search_rows.id = kb_search.rowid where kb_search match ${expression}`;
  },
  rankedWith(words, weights) {
    const found = weights.map(
      ({ word, weight }) =>
        sql`select article_id, ${sql.lit(weight)} as weight from (${this.articlesWith([word])})`,
    );
    return sql`select article_id, coalesce(score, 0) as score from (${this.articlesWith(words)}) left join (
      select article_id, sum(weight) as score from (${sql.join(found, sql` union all `)}) group by article_id
    ) using (article_id)`;
  },
};

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  types: { id: sql`text`, bigint: 'integer', bytes: 'blob' },
  forUpdate: (query) => query,
  forChange: (query) => query,
  lockKeys: async () => {},
  rowsOf: (list, columns) => {
    const members = Object.keys(columns).map((name) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`);
    return sql`(select ${sql.join(members)} from json_each(${JSON.stringify(list)}))`;
  },
  placeholder: () => '?',
  maxBoundValues: 1_000,
  prepareLogDay: async () => {},
  dropLogDays: async () => {},
  serialize: async () => {},
  isUniqueViolation: (error) => sqliteUnique.has(sqliteCode(error)),
  isForeignKeyViolation: (error) => sqliteCode(error) === sqliteForeignKey,
  isLost: (error) => error instanceof TransactionLost,
  isUnavailable: (error) =>
    error instanceof TransactionLost || sqliteUnavailable.has(sqliteCode(error) & 0xff),
  listOf: (texts) => sql`(select value from json_each(${JSON.stringify(texts)}))`,
  isWithin: (column, texts) => sql`not exists (select value from json_each(${sql.ref(column)})
    except select value from json_each(${JSON.stringify(texts)}))`,
  percentile: (share, value) => sql`percentile_cont(${value}, ${sql.lit(share)})`,
  search: sqliteSearch,
  keySearch: sqliteKeySearch,
};

const networkErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
]);
/** Classes 08 (connection), 40 (deadlock), 53 (resources), 57 (operator), 58 (system), 25006 (read only), 55000 (closed to connections). */
const postgresUnavailable = /^(08|40|53|57|58)...$|^25006$|^55000$/;
const lostConnection = /Connection terminated|timeout exceeded when trying to connect|not queryable/;

function tsquery(words: readonly IndexedWord[]) {
  const expression = words.map((word) => `'${word.text}'${word.isPrefix ? ':*' : ''}`).join(' & ');
  return sql`${expression}::tsquery`;
}

const postgresSearch: SearchDialect = {
  async writeWords(tx, articleId, words) {
    await sql`update kb_articles set search_vector = array_to_tsvector(${words}::text[])
      where id = ${articleId}`.execute(tx);
  },
  articlesWith(words) {
    return sql`select id as article_id from kb_articles where search_vector @@ ${tsquery(words)}`;
  },
  rankedWith(words, weights) {
    const found = weights.map(
      ({ word, weight }) => sql`case when vector @@ ${tsquery([word])} then ${sql.lit(weight)} else 0 end`,
    );
    // strip() makes a copy, and `offset 0` keeps it: else each comparison would decompress the stored vector anew.
    return sql`select article_id, ${sql.join(found, sql` + `)} as score from (
      select id as article_id, strip(search_vector) as vector from kb_articles
      where search_vector @@ ${tsquery(words)} offset 0) as found`;
  },
};

/** Tables that have a partition for each day. */
const daily = ['request_log', 'log_bodies'] as const;

/** The partition of a moment's day. */
function dayName(table: string, at: number): string {
  return `${table}_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

export const postgresDialect: Dialect = {
  name: 'postgres',
  types: { id: sql`text collate "C"`, bigint: 'bigint', bytes: 'bytea' },
  forUpdate: (query) => query.forUpdate(),
  forChange: (query) => query.forNoKeyUpdate(),
  lockKeys: async (tx, ids) => {
    await sql`select id from keys where id = any(${ids}::text[]) order by id for update`.execute(tx);
  },
  rowsOf: (list, columns) => {
    const members = Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`);
    return sql`(select * from jsonb_to_recordset(${JSON.stringify(list)}::jsonb) as given(${sql.join(members)}))`;
  },
  placeholder: (n) => `$${n}`,
  maxBoundValues: 20_000,
  async dropLogDays(db, before) {
    for (const table of daily) {
      const { rows } = await sql<{ name: string }>`select relname as name from pg_inherits
        join pg_class on pg_class.oid = inhrelid where inhparent = ${table}::regclass
        and relname < ${dayName(table, before)}`.execute(db);
      for (const { name } of rows) await sql`drop table ${sql.table(name)}`.execute(db);
    }
  },
  async prepareLogDay(tx, day) {
    for (const table of daily) {
      await sql`create table if not exists ${sql.table(dayName(table, day))} partition of ${sql.table(table)}
        for values from (${sql.lit(day)}) to (${sql.lit(day + 86_400_000)})`.execute(tx);
    }
  },
  serialize: async (tx, name) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
  },
  isUniqueViolation: (error) => codeOf(error) === '23505',
  isForeignKeyViolation: (error) => codeOf(error) === '23503',
  isLost: (error) => /^40(P01|001)$/.test(codeOf(error)),
  isUnavailable: (error) =>
    // With a system call: a client that hangs up is an ECONNRESET, too, but without one.
    (networkErrors.has(codeOf(error)) && error instanceof Error && 'syscall' in error) ||
    postgresUnavailable.test(codeOf(error)) ||
    (error instanceof Error && lostConnection.test(error.message)),
  listOf: (texts) => sql`(select unnest(${texts}::text[]))`,
  isWithin: (column, texts) => sql`${sql.ref(column)}::jsonb <@ ${JSON.stringify(texts)}::jsonb`,
  percentile: (share, value) => sql`percentile_cont(${sql.lit(share)}) within group (order by ${value})`,
  search: postgresSearch,
  keySearch: postgresKeySearch,
};

/** `%` and `_` of a person's text stand for themselves. Use with `escape '\'`. */
export function likePattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
}
