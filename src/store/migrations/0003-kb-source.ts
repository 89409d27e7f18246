import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Migration } from './index.ts';

/** SQLite walks through all of a long text to reach a column behind it: the content moves to the end again. */
const moveContent: Record<Dialect['name'], readonly ReturnType<typeof sql>[]> = {
  sqlite: [
    sql`alter table kb_articles add column moved_content text not null default ''`,
    sql`update kb_articles set moved_content = content`,
    sql`alter table kb_articles drop column content`,
    sql`alter table kb_articles rename column moved_content to content`,
  ],
  postgres: [],
};

export const kbSource: Migration = {
  name: 'kb-source',
  async up(db, dialect) {
    await sql`alter table kb_articles add column source text`.execute(db);
    for (const statement of moveContent[dialect.name]) await statement.execute(db);
    await sql`create index kb_articles_source on kb_articles (tenant_id, environment, source, id)`.execute(
      db,
    );
  },
};
