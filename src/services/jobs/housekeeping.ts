import { clearLater, clearSomeParts, jobStreams } from '../../store/job-parts.ts';
import { deleteJobRow, findJobsEndedBefore } from '../../store/jobs.ts';
import type { App } from '../app.ts';

const keptMs = 30 * 86_400_000;
/** Of 64 KiB mostly; what one transaction removes must not hold up the others. */
const partsAtOnce = 16;
const jobsAtOnce = 50;

/** Removes some of the parts that nobody needs any more; false when there are none. */
export function clearParts(app: App): Promise<boolean> {
  return app.database.transaction((tx) => clearSomeParts(tx, app.clock.wallMs(), partsAtOnce));
}

/** Removes some of the jobs that ended more than 30 days ago; false when there are none. */
export async function deleteOldJobs(app: App): Promise<boolean> {
  const now = app.clock.wallMs();
  const ids = await findJobsEndedBefore(app.database.read, now - keptMs, jobsAtOnce);
  if (ids.length === 0) return false;
  await app.database.transaction(async (tx) => {
    for (const id of ids) {
      await deleteJobRow(tx, id);
      await clearLater(tx, id, jobStreams, now);
    }
  });
  return true;
}
