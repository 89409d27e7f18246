import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Migration } from './index.ts';

interface Words {
  readonly id: string;
  readonly int: string;
  readonly bytes: string;
  /** After a table whose primary key is what it is always looked up by. */
  readonly clustered: string;
  /** PostgreSQL keeps a partition for each day, so that a day can go as a whole. */
  readonly logEnd: string;
}

const words: Record<Dialect['name'], Words> = {
  sqlite: {
    id: 'text',
    int: 'integer',
    bytes: 'blob',
    clustered: 'without rowid',
    logEnd: 'primary key (seq))',
  },
  postgres: {
    id: 'text collate "C"',
    int: 'bigint',
    bytes: 'bytea',
    clustered: '',
    logEnd: 'primary key (seq, at)) partition by range (at)',
  },
};

const usageTable = ({ id, int, clustered }: Words, table: string, span: string) => `create table ${table} (
  key_id ${id} not null, ${span} ${int} not null, place ${int} not null,
  total ${int} not null, ok ${int} not null, client_error ${int} not null, rate_limited ${int} not null,
  server_error ${int} not null, routes text not null, latency text not null,
  primary key (key_id, ${span})
) ${clustered}`;

/** Dictionaries, so that a row of the log names its key, route and place by a number. */
const dictionaries = ({ id, int }: Words) => [
  `create table log_places (
    ref ${int} primary key, tenant_id text not null, environment text not null, unique (tenant_id, environment)
  )`,
  `create table log_keys (
    ref ${int} primary key, place ${int} not null, key_id ${id} not null, key_name text not null,
    version ${int} not null, secret_id ${id} not null, hint text not null, policy text, unique (secret_id, version)
  )`,
  'create index log_keys_key on log_keys (key_id)',
  `create table log_routes (
    ref ${int} primary key, method text not null, template text not null, scopes text not null,
    unique (method, template)
  )`,
];

function statementsFor(name: Dialect['name']): string[] {
  const { id, int, bytes, clustered, logEnd } = words[name];
  return [
    ...dictionaries(words[name]),
    `create table request_log (
      seq ${int} not null, at ${int} not null, place ${int} not null, key_ref ${int} not null,
      route_ref ${int} not null, method text not null, path text not null, status ${int} not null, code text,
      environment text not null, duration_us ${int} not null, ip text not null, user_agent text not null,
      request_bytes ${int} not null, response_bytes ${int} not null,
      request_id ${id} not null, client_request_id text, details text, ${logEnd}`,
    // What a run of rows may hold, instead of an index on each column.
    `create table log_blocks (
      first_seq ${int} primary key, last_seq ${int} not null, from_at ${int} not null, to_at ${int} not null,
      from_id ${id} not null, to_id ${id} not null, filter ${bytes} not null
    )`,
    usageTable(words[name], 'usage_minutes', 'minute'),
    usageTable(words[name], 'usage_hours', 'hour'),
    'create index usage_minutes_minute on usage_minutes (minute)',
    'create index usage_hours_hour on usage_hours (place, hour)',
    `create table usage_callers (
      key_id ${id} not null, day ${int} not null, secret_id ${id} not null, ip text not null,
      user_agent text not null, total ${int} not null, last_seen_at ${int} not null,
      primary key (key_id, day, secret_id, ip, user_agent)
    ) ${clustered}`,
    'create index usage_callers_day on usage_callers (day)',
    // How far the hours are summed up, and the like.
    `create table telemetry_facts (name text primary key, value ${int} not null)`,
  ];
}

export const requestLogTables: Migration = {
  name: 'request-log',
  async up(db, dialect) {
    for (const statement of statementsFor(dialect.name)) await sql.raw(statement).execute(db);
  },
};
