import type { Job } from '../../services/jobs/jobs.ts';
import type { LineError } from '../../services/jobs/kind.ts';
import { presentJob } from '../../services/jobs/view.ts';

export { presentJob } from '../../services/jobs/view.ts';

export function presentJobWithReport(job: Job, errors: readonly LineError[]) {
  return { ...presentJob(job), errors };
}
