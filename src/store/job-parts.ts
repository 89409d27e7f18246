import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';

/** What a job is given, what it makes, and the lines it could not use. */
export const jobStreams = ['input', 'output', 'errors'] as const;
export type JobStream = (typeof jobStreams)[number];

export interface JobPart {
  readonly n: number;
  readonly body: Buffer;
}

export async function insertParts(
  tx: Tx,
  jobId: string,
  stream: JobStream,
  parts: readonly JobPart[],
): Promise<void> {
  const rows = parts.map(({ n, body }) => ({ job_id: jobId, stream, n, body }));
  await tx.insertInto('job_parts').values(rows).execute();
}

/** The first part from number `from` on. */
export async function findPart(
  db: Db,
  jobId: string,
  stream: JobStream,
  from: number,
): Promise<JobPart | undefined> {
  const row = await db
    .selectFrom('job_parts')
    .select(['n', 'body'])
    .where('job_id', '=', jobId)
    .where('stream', '=', stream)
    .where('n', '>=', from)
    .orderBy('n')
    .limit(1)
    .executeTakeFirst();
  return row && { n: row.n, body: Buffer.from(row.body.buffer, row.body.byteOffset, row.body.byteLength) };
}

/** The parts of these streams will be removed, piece by piece, from `dueAt` on. */
export async function clearLater(
  tx: Tx,
  jobId: string,
  streams: readonly JobStream[],
  dueAt: number,
): Promise<void> {
  const rows = streams.map((stream) => ({ job_id: jobId, stream, due_at: dueAt }));
  await tx
    .insertInto('job_clearings')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['job_id', 'stream']).doUpdateSet((e) => ({ due_at: e.ref('excluded.due_at') })),
    )
    .execute();
}

/** Whether the parts were still to be cleared, and are not any more. */
export async function keepParts(tx: Tx, jobId: string, stream: JobStream): Promise<boolean> {
  const result = await tx
    .deleteFrom('job_clearings')
    .where('job_id', '=', jobId)
    .where('stream', '=', stream)
    .executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

/** Removes up to `limit` parts that are due to go; false when there are none. */
export async function clearSomeParts(tx: Tx, now: number, limit: number): Promise<boolean> {
  const due = await tx
    .selectFrom('job_clearings')
    .select(['job_id', 'stream'])
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(1)
    .executeTakeFirst();
  if (due === undefined) return false;
  const { job_id: jobId, stream } = due;
  const removed = await sql`delete from job_parts where job_id = ${jobId} and stream = ${stream} and n in (
    select n from job_parts where job_id = ${jobId} and stream = ${stream} order by n limit ${limit})`.execute(
    tx,
  );
  if (Number(removed.numAffectedRows) < limit) await keepParts(tx, jobId, stream as JobStream);
  return true;
}

/** How much the parts of these jobs hold. */
export async function sizeOfParts(db: Db, jobIds: readonly string[]): Promise<number> {
  if (jobIds.length === 0) return 0;
  const { bytes } = await db
    .selectFrom('job_parts')
    .select(sql<number>`cast(coalesce(sum(length(body)), 0) as bigint)`.as('bytes'))
    .where('job_id', 'in', jobIds)
    .executeTakeFirstOrThrow();
  return bytes;
}
