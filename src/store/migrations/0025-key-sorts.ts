import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Migration } from './index.ts';

const minuteMs = 60_000;

/** Before every use that there can be. */
const beforeAllUses = 1e15;

/**
 * What lists of keys are sorted by. Names are the first line of `search_text`. Of the last use the minute is
 * indexed, and no longer the day: a time that changes with every use would make every use write an index, and with
 * PostgreSQL every index. Keys that were never used are there by their creation, before all others.
 */
const both = [
  sql`alter table keys rename column last_used_day to last_used_minute`,
  sql`update keys set last_used_minute = last_used_at / ${sql.lit(minuteMs)} where last_used_at is not null`,
  sql`create index keys_used on keys
    (tenant_id, environment, (coalesce(last_used_minute, created_at - ${sql.lit(beforeAllUses)})), id)`,
];

const statements: Record<Dialect['name'], { readonly before: string[]; readonly after: string[] }> = {
  sqlite: {
    before: ['drop trigger keys_used', 'drop index keys_used'],
    after: [
      `create trigger keys_used after update of last_used_at on keys
        when new.last_used_at / ${minuteMs} is not new.last_used_minute begin
        update keys set last_used_minute = new.last_used_at / ${minuteMs} where id = new.id;
      end`,
      `create index keys_named on keys
        (tenant_id, environment, substr(search_text, 1, min(instr(search_text, char(10)) - 1, 50)), id)`,
    ],
  },
  postgres: {
    before: ['drop trigger keys_used on keys', 'drop function note_day', 'drop index keys_used'],
    after: [
      `create function note_minute() returns trigger language plpgsql as $$ begin
        new.last_used_minute := new.last_used_at / ${minuteMs};
        return new;
      end $$`,
      'create trigger keys_used before update of last_used_at on keys for each row execute function note_minute()',
      `create index keys_named on keys
        (tenant_id, environment, (left(split_part(search_text, chr(10), 1), 50) collate "C"), id)`,
    ],
  },
};

export const keySorts: Migration = {
  name: 'key sorts',
  async up(db, dialect) {
    const { before, after } = statements[dialect.name];
    for (const text of before) await sql.raw(text).execute(db);
    for (const statement of both) await statement.execute(db);
    for (const text of after) await sql.raw(text).execute(db);
  },
};
