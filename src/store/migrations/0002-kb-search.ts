import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Migration } from './index.ts';

/**
 * One document per article: its words, without order or position. FTS5 must see them as they are, hence the `ascii`
 * tokenizer, for which every byte beyond ASCII belongs to a word. `kb_search_rows` gives an article a number that, unlike
 * a hidden rowid, survives VACUUM; its trigger also fires for the cascade of a deleted article or tenant.
 */
const sqliteStatements = [
  sql`create table kb_search_rows (
    id integer primary key,
    article_id text not null unique references kb_articles (id) on delete cascade
  )`,
  sql`create virtual table kb_search using fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
  )`,
  sql`create trigger kb_search_rows_deleted after delete on kb_search_rows begin
    delete from kb_search where rowid = old.id;
  end`,
];

/** The vector is built word by word (`array_to_tsvector`): no parser, dictionary or locale of the server has a say.
 * Articles are read far more often than written: no list of pending entries that every search would walk through. */
const postgresStatements = [
  sql`alter table kb_articles add column search_vector tsvector`,
  sql`create index kb_articles_search on kb_articles using gin (search_vector) with (fastupdate = off)`,
];

const statements: Record<Dialect['name'], typeof sqliteStatements> = {
  sqlite: sqliteStatements,
  postgres: postgresStatements,
};

export const kbSearch: Migration = {
  name: 'kb-search',
  async up(db, dialect) {
    for (const statement of statements[dialect.name]) await statement.execute(db);
  },
};
