import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Migration } from './index.ts';

const words: Record<Dialect['name'], { readonly id: string; readonly int: string; readonly bytes: string }> =
  {
    sqlite: { id: 'text', int: 'integer', bytes: 'blob' },
    postgres: { id: 'text collate "C"', int: 'bigint', bytes: 'bytea' },
  };

function statementsFor(name: Dialect['name']): string[] {
  const { id, int, bytes } = words[name];
  return [
    // `due_at`: when a worker may take it; of a running job that is the end of its lease. Null once it has ended.
    `create table jobs (
      id ${id} primary key, tenant_id ${id} not null references tenants (id) on delete cascade,
      environment text not null, kind text not null, state text not null, payload text not null, cursor text,
      done ${int} not null, total ${int}, steps ${int} not null, attempts ${int} not null,
      failures ${int} not null, due_at ${int}, worker text, error text, error_count ${int} not null, result text,
      created_by_kind text not null, created_by ${id} not null, request_id ${id}, ip text,
      created_at ${int} not null, started_at ${int}, ended_at ${int}
    )`,
    'create index jobs_place on jobs (tenant_id, environment, id)',
    'create index jobs_due on jobs (due_at, id) where due_at is not null',
    'create index jobs_ended on jobs (ended_at) where ended_at is not null',
    // Apart from the job, and in pieces: many megabytes come before it, and go after it, in short transactions.
    `create table job_parts (
      job_id ${id} not null, stream text not null, n ${int} not null, body ${bytes} not null,
      primary key (job_id, stream, n)
    )`,
    `create table job_clearings (
      job_id ${id} not null, stream text not null, due_at ${int} not null, primary key (job_id, stream)
    )`,
    'create index job_clearings_due on job_clearings (due_at)',
  ];
}

export const jobTables: Migration = {
  name: 'jobs',
  async up(db, dialect) {
    for (const statement of statementsFor(dialect.name)) await sql.raw(statement).execute(db);
  },
};
