import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Migration } from './index.ts';

const dayMs = 86_400_000;

/**
 * What lists of keys are filtered and searched by. `key_terms` has a line for every scope that a key names (`s…`, an
 * empty name where it inherits) and for the hint of each of its secrets (`h…`, ASCII in lower case).
 */
const both = [
  sql`create index keys_status on keys (tenant_id, environment, is_active, tier, id)`,
  sql`create index keys_expires on keys (tenant_id, environment, expires_at, id)`,
  sql`create index keys_ends on keys (tenant_id, environment, ends_at, id) where ends_at is not null`,
  sql`create index keys_owner on keys (tenant_id, environment, owner, id) where owner <> 'tenant'`,
  // By days: a time that changes with every use would make every use write an index.
  sql`alter table keys add column last_used_day integer`,
  sql`update keys set last_used_day = last_used_at / ${sql.lit(dayMs)} where last_used_at is not null`,
  sql`create index keys_used on keys
    (tenant_id, environment, (coalesce(last_used_day, created_at / ${sql.lit(dayMs)})), id)`,
];

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** 2020, in epoch ms. */
const firstTime = 1_577_836_800_000;

/** Where the rows of an id's millisecond begin: node:sqlite refuses row numbers beyond 53 bits, which last until 2089. */
function firstRowOf(id: string): string {
  const digits = Array.from(
    { length: 10 },
    (_, i) => `max(instr('${alphabet}', substr(${id}, ${5 + i}, 1)) - 1, 0) * ${32 ** (9 - i)}`,
  );
  return `(max(${digits.join(' + ')} - ${firstTime}, 0) << 12)`;
}

const scopesOf = (json: string) => `json_each(case ${json} when '[]' then '[""]' else ${json} end)`;

const documents = `select row, code, search_text from key_search_rows
  join keys on keys.id = key_id join key_search_places using (tenant_id, environment)`;

/** FTS5 writes as much for one key as for many: new ones wait, and are looked at one by one until then. */
const maxPending = 64;

/**
 * A place's code is one trigram of its own, from a plane of Unicode for private use. The rows of `key_search` are
 * numbered by the time in their key's id, and within a millisecond in the order in which they came, so that FTS5
 * hands out what it finds newest first. `key_search_rows` remembers the numbers.
 */
const sqliteStatements = [
  `create table key_terms (
    tenant_id text not null, environment text not null, term text not null, key_id text not null,
    primary key (tenant_id, environment, term, key_id)
  ) without rowid`,
  `insert into key_terms select tenant_id, environment, 's' || value, keys.id from keys, ${scopesOf('scopes')}
    order by 1, 2, 3, 4`,
  `insert or ignore into key_terms select tenant_id, environment, 'h' || lower(hint), keys.id
    from secrets join keys on keys.id = secrets.key_id order by 1, 2, 3, 4`,
  `create table key_search_places (
    number integer primary key,
    tenant_id text not null references tenants (id) on delete cascade,
    environment text not null,
    code text as (char(983040 + (number >> 24), 983040 + (number >> 12 & 4095), 983040 + (number & 4095))),
    unique (tenant_id, environment)
  )`,
  `create table key_search_rows (
    row integer primary key,
    key_id text not null unique references keys (id) on delete cascade
  )`,
  `create table key_search_pending (
    n integer primary key,
    row integer not null unique references key_search_rows (row) on delete cascade
  )`,
  `create virtual table key_search using fts5 (
    place, words, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
  )`,
  `insert into key_search_places (tenant_id, environment) select distinct tenant_id, environment from keys`,
  `insert into key_search_rows (row, key_id)
    select start + row_number() over (partition by start order by id) - 1, id
    from (select id, ${firstRowOf('id')} as start from keys)`,
  `insert into key_search (rowid, place, words) ${documents} order by row`,
  `create trigger keys_listed after insert on keys begin
    insert into key_terms select new.tenant_id, new.environment, 's' || value, new.id from ${scopesOf('new.scopes')};
    insert or ignore into key_search_places (tenant_id, environment) values (new.tenant_id, new.environment);
    insert into key_search_rows (row, key_id)
      select case last when start + 4095 then (select max(row) from key_search_rows)
        else coalesce(last, start - 1) end + 1, new.id
      from (select distinct start,
        (select max(row) from key_search_rows where row between start and start + 4095) as last
        from (select distinct ${firstRowOf('new.id')} as start));
    insert into key_search_pending (row) values (last_insert_rowid());
  end`,
  `create trigger key_search_filled after insert on key_search_pending when new.n >= ${maxPending} begin
    insert into key_search (rowid, place, words) ${documents}
      where row in (select row from key_search_pending) order by row;
    delete from key_search_pending;
  end`,
  `create trigger keys_renamed after update of search_text on keys begin
    insert or replace into key_search (rowid, place, words) ${documents}
      where key_id = new.id and row not in (select row from key_search_pending);
  end`,
  `create trigger keys_used after update of last_used_at on keys
    when new.last_used_at / ${dayMs} is not new.last_used_day begin
    update keys set last_used_day = new.last_used_at / ${dayMs} where id = new.id;
  end`,
  `create trigger keys_unlisted before delete on keys begin
    delete from key_terms where tenant_id = old.tenant_id and environment = old.environment and key_id = old.id
      and term in (select 's' || value from ${scopesOf('old.scopes')}
        union all select 'h' || lower(hint) from secrets where secrets.key_id = old.id);
  end`,
  `create trigger secrets_listed after insert on secrets begin
    insert or ignore into key_terms
      select tenant_id, environment, 'h' || lower(new.hint), id from keys where id = new.key_id;
  end`,
  `create trigger key_search_rows_deleted after delete on key_search_rows begin
    delete from key_search where rowid = old.row;
  end`,
].map((text) => sql.raw(text));

/**
 * `key_grams` makes what is searched for: all runs of three characters, and the place. It is ours and not the
 * extension pg_trgm, which leaves out punctuation, and which not every owner may create.
 */
const postgresStatements = [
  `create table key_terms (
    tenant_id text collate "C" not null, environment text not null, term text collate "C" not null,
    key_id text collate "C" not null, primary key (tenant_id, environment, term, key_id)
  )`,
  `insert into key_terms select tenant_id, environment, 's' || scope, id from keys,
    jsonb_array_elements_text(case scopes when '[]' then '[""]' else scopes::jsonb end) as scope`,
  `insert into key_terms select tenant_id, environment, 'h' || lower(hint collate "C"), keys.id
    from secrets join keys on keys.id = secrets.key_id on conflict do nothing`,
  `create function key_grams(tenant_id text, environment text, words text) returns text[]
    language sql immutable strict parallel safe as $$
      select coalesce(array_agg(distinct gram collate "C"), '{}') || (tenant_id || ' ' || environment)
      from (select substr(words, n, 3) as gram from generate_series(1, length(words) - 2) as n) as grams
    $$`,
  `create index keys_search on keys using gin (key_grams(tenant_id, environment, search_text))`,
  `create function list_key() returns trigger language plpgsql as $$ begin
      insert into key_terms select new.tenant_id, new.environment, 's' || scope, new.id from
        jsonb_array_elements_text(case new.scopes when '[]' then '[""]' else new.scopes::jsonb end) as scope;
      return null;
    end $$`,
  `create function list_secret() returns trigger language plpgsql as $$ begin
      insert into key_terms select tenant_id, environment, 'h' || lower(new.hint collate "C"), id
        from keys where id = new.key_id on conflict do nothing;
      return null;
    end $$`,
  `create function note_day() returns trigger language plpgsql as $$ begin
      new.last_used_day := new.last_used_at / ${dayMs};
      return new;
    end $$`,
  `create function unlist_key() returns trigger language plpgsql as $$ begin
      delete from key_terms where tenant_id = old.tenant_id and environment = old.environment
        and key_id = old.id and term in (select 's' || scope from
          jsonb_array_elements_text(case old.scopes when '[]' then '[""]' else old.scopes::jsonb end) as scope
          union all select 'h' || lower(hint collate "C") from secrets where secrets.key_id = old.id);
      return old;
    end $$`,
  `create trigger keys_listed after insert on keys for each row execute function list_key()`,
  `create trigger keys_used before update of last_used_at on keys for each row execute function note_day()`,
  `create trigger secrets_listed after insert on secrets for each row execute function list_secret()`,
  `create trigger keys_unlisted before delete on keys for each row execute function unlist_key()`,
].map((text) => sql.raw(text));

const statements: Record<Dialect['name'], typeof both> = {
  sqlite: sqliteStatements,
  postgres: postgresStatements,
};

export const keyLists: Migration = {
  name: 'key-lists',
  async up(db, dialect) {
    for (const statement of [...both, ...statements[dialect.name]]) await statement.execute(db);
  },
};
