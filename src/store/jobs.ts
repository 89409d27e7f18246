import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { JobTable } from './schema.ts';

export type JobRow = Selectable<JobTable>;

export interface JobFilters {
  readonly state?: string;
  readonly kind?: string;
}

function inPlace(db: Db, place: Place) {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('tenant_id', '=', place.tenantId)
    .where('environment', '=', place.environment);
}

export async function insertJob(tx: Tx, row: Insertable<JobTable>): Promise<void> {
  await tx.insertInto('jobs').values(row).execute();
}

export function findJob(db: Db, place: Place, id: string): Promise<JobRow | undefined> {
  return inPlace(db, place).where('id', '=', id).executeTakeFirst();
}

/** Newest first, at most `limit`, older than `before`. */
export function findJobs(
  db: Db,
  place: Place,
  filters: JobFilters,
  page: { readonly limit: number; readonly before?: string },
): Promise<JobRow[]> {
  let query = inPlace(db, place);
  if (filters.state !== undefined) query = query.where('state', '=', filters.state);
  if (filters.kind !== undefined) query = query.where('kind', '=', filters.kind);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query.orderBy('id', 'desc').limit(page.limit).execute();
}

/** The row stays as it is until the transaction ends. */
export function lockJob(tx: Tx, dialect: Dialect, place: Place, id: string): Promise<JobRow | undefined> {
  return dialect.forUpdate(inPlace(tx, place).where('id', '=', id)).executeTakeFirst();
}

/** The same of a job that this worker runs; undefined when it was cancelled, deleted or taken over meanwhile. */
export function lockOwnJob(
  tx: Tx,
  dialect: Dialect,
  worker: string,
  id: string,
): Promise<JobRow | undefined> {
  const query = tx
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', id)
    .where('worker', '=', worker)
    .where('state', '=', 'running');
  return dialect.forUpdate(query).executeTakeFirst();
}

export async function updateJob(tx: Tx, id: string, changes: Updateable<JobTable>): Promise<void> {
  await tx.updateTable('jobs').set(changes).where('id', '=', id).execute();
}

export async function deleteJobRow(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('jobs').where('id', '=', id).execute();
}

export interface Claim {
  readonly worker: string;
  readonly now: number;
  readonly leaseUntil: number;
}

/** Takes the job that has been due longest; a lease that ran out counts as a failure of whoever had it. */
export function claimJob(tx: Tx, { worker, now, leaseUntil }: Claim): Promise<JobRow | undefined> {
  return (
    tx
      .updateTable('jobs')
      .set({
        state: 'running',
        worker,
        due_at: leaseUntil,
        attempts: sql`attempts + 1`,
        failures: sql`case state when 'running' then failures + 1 else failures end`,
        started_at: sql`coalesce(started_at, ${now})`,
      })
      .where('id', '=', (e) =>
        e.selectFrom('jobs').select('id').where('due_at', '<=', now).orderBy('due_at').orderBy('id').limit(1),
      )
      // Again: another worker may have taken it while this one waited for the row.
      .where('due_at', '<=', now)
      .returningAll()
      .executeTakeFirst()
  );
}

/** When the next job, or the next clearing of parts, is due; null when none is. */
export async function nextDueAt(db: Db): Promise<number | null> {
  const row = await db
    .selectNoFrom((e) => [
      e
        .selectFrom('jobs')
        .select((job) => job.fn.min<number | null>('due_at').as('due'))
        .where('due_at', 'is not', null)
        .as('job'),
      e
        .selectFrom('job_clearings')
        .select((clearing) => clearing.fn.min<number | null>('due_at').as('due'))
        .as('clearing'),
    ])
    .executeTakeFirstOrThrow();
  const times = [row.job, row.clearing].filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
}

export async function findJobsEndedBefore(db: Db, before: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('ended_at', '<', before)
    .orderBy('ended_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
