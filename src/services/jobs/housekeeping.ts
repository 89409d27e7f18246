import { clearLater, clearSomeParts, jobStreams } from '../../store/job-parts.ts';
import { deleteJobRow, findEndedJobs } from '../../store/jobs.ts';
import type { App, Unit } from '../app.ts';

/** Of 64 KiB mostly; what one transaction removes must not hold up the others. */
const partsAtOnce = 16;
const jobsAtOnce = 50;

/** Removes some of the parts that nobody needs any more; false when there are none. */
export function clearParts(app: App): Promise<boolean> {
  return app.database.transaction((tx) => clearSomeParts(tx, app.clock.wallMs(), partsAtOnce));
}

/** Removes some of the tenant's jobs that ended before this moment; their parts go later. Answers how many. */
export async function deleteEndedJobs(
  app: App,
  { tx, afterCommit }: Unit,
  tenantId: string,
  before: number,
): Promise<{ readonly removed: number; readonly isMore: boolean }> {
  const jobs = await findEndedJobs(tx, tenantId, before, { limit: jobsAtOnce });
  for (const { id } of jobs) {
    await deleteJobRow(tx, id);
    await clearLater(tx, id, jobStreams, app.clock.wallMs());
  }
  if (jobs.length > 0) afterCommit.push(() => app.jobs.wake());
  return { removed: jobs.length, isMore: jobs.length === jobsAtOnce };
}
