import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Migration } from './index.ts';

const columns = (int: string) => `seq ${int} not null, at ${int} not null,
  request_body text, request_type text, request_note text,
  response_body text, response_type text, response_note text`;

/** Apart from the rows that lists look through, and gone with them. */
const statements: Record<Dialect['name'], readonly string[]> = {
  sqlite: [
    `create table log_bodies (${columns('integer')}, primary key (seq))`,
    `create trigger log_bodies_go after delete on request_log begin
      delete from log_bodies where seq = old.seq;
    end`,
  ],
  postgres: [
    `create table log_bodies (${columns('bigint')}, primary key (seq, at)) partition by range (at)`,
    `create function log_bodies_go() returns trigger language plpgsql as $$
    begin
      delete from log_bodies using gone where log_bodies.seq = gone.seq and log_bodies.at = gone.at;
      return null;
    end $$`,
    // Days that are dropped as a whole take both tables' partitions with them.
    `create trigger log_bodies_go after delete on request_log
      referencing old table as gone for each statement execute function log_bodies_go()`,
  ],
};

export const logBodies: Migration = {
  name: 'log-bodies',
  async up(db, dialect) {
    for (const statement of statements[dialect.name]) await sql.raw(statement).execute(db);
  },
};
