import type { Job } from '../services/jobs/jobs.ts';
import type { Reply } from './route.ts';
import { presentJobWithReport } from './views/jobs.ts';

/** The answer to what takes longer than a request. */
export function accepted(job: Job): Reply {
  const location = `/api/v1/jobs/${job.id}`;
  return { status: 202, body: presentJobWithReport(job, []), headers: { location } };
}
