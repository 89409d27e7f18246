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

/** Where jobs are looked for; those that ended before `keptSince` are past their retention, and not found. */
export interface JobPlace extends Place {
  readonly keptSince: number;
}

function inPlace(db: Db, { tenantId, environment, keptSince }: JobPlace) {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where((e) => e.or([e('ended_at', 'is', null), e('ended_at', '>=', keptSince)]));
}

export async function insertJob(tx: Tx, row: Insertable<JobTable>): Promise<void> {
  await tx.insertInto('jobs').values(row).execute();
}

export function findJob(db: Db, place: JobPlace, id: string): Promise<JobRow | undefined> {
  return inPlace(db, place).where('id', '=', id).executeTakeFirst();
}

/** Newest first, at most `limit`, older than `before`. */
export function findJobs(
  db: Db,
  place: JobPlace,
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
export function lockJob(tx: Tx, dialect: Dialect, place: JobPlace, id: string): Promise<JobRow | undefined> {
  return dialect.forUpdate(inPlace(tx, place).where('id', '=', id)).executeTakeFirst();
}

function ownJob(db: Db, worker: string, id: string) {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', id)
    .where('worker', '=', worker)
    .where('state', '=', 'running');
}

/** A job that this worker runs; undefined when it was cancelled, deleted or taken over meanwhile. */
export function findOwnJob(db: Db, worker: string, id: string): Promise<JobRow | undefined> {
  return ownJob(db, worker, id).executeTakeFirst();
}

/** The same, and the row stays as it is until the transaction ends. */
export function lockOwnJob(
  tx: Tx,
  dialect: Dialect,
  worker: string,
  id: string,
): Promise<JobRow | undefined> {
  return dialect.forUpdate(ownJob(tx, worker, id)).executeTakeFirst();
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

/** Of a kind, at a place, that have not ended. */
export async function countOpenJobs(db: Db, { tenantId, environment }: Place, kind: string): Promise<number> {
  const { n } = await db
    .selectFrom('jobs')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('due_at', 'is not', null)
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('kind', '=', kind)
    .executeTakeFirstOrThrow();
  return n;
}

/** What the newest jobs of a kind have counted so far; those that failed are left out. */
export async function findResults(
  db: Db,
  place: JobPlace,
  kind: string,
  limit: number,
): Promise<Readonly<Record<string, number>>[]> {
  const rows = await inPlace(db, place)
    .clearSelect()
    .select('result')
    .where('kind', '=', kind)
    .where('state', '<>', 'failed')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ result }) => (result === null ? {} : JSON.parse(result)));
}

export interface EndedJob {
  readonly id: string;
  readonly endedAt: number;
}

/** A tenant's, the oldest first, after `after`. */
export function findEndedJobs(
  db: Db,
  tenantId: string,
  before: number,
  { after, limit }: { readonly after?: EndedJob | undefined; readonly limit: number },
): Promise<EndedJob[]> {
  let query = db
    .selectFrom('jobs')
    .select(['id', 'ended_at as endedAt'])
    .where('tenant_id', '=', tenantId)
    .where('ended_at', '<', before)
    .$narrowType<{ endedAt: number }>();
  if (after !== undefined) {
    query = query
      .where('ended_at', '>=', after.endedAt)
      .where((e) => e.or([e('ended_at', '>', after.endedAt), e('id', '>', after.id)]));
  }
  return query.orderBy('ended_at').orderBy('id').limit(limit).execute();
}

export interface JobCounts {
  readonly byState: ReadonlyMap<string, number>;
  /** Epoch ms: since when the job that waits longest could have been taken; null where none is due. */
  readonly oldestDueAt: number | null;
}

/** Over all tenants. */
export async function countJobs(db: Db): Promise<JobCounts> {
  const counts = await db
    .selectFrom('jobs')
    .select((e) => ['state', e.fn.countAll<number>().as('n')])
    .groupBy('state')
    .execute();
  const oldest = await db
    .selectFrom('jobs')
    .select((e) => e.fn.min<number | null>('due_at').as('at'))
    .where('due_at', 'is not', null)
    .where('state', '=', 'queued')
    .executeTakeFirstOrThrow();
  return { byState: new Map(counts.map(({ state, n }) => [state, n])), oldestDueAt: oldest.at };
}
