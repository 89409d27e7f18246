import { toTimestamp } from '../../contract/common.ts';
import type { Job } from '../../services/jobs/jobs.ts';
import type { LineError } from '../../services/jobs/kind.ts';

export function presentJob(job: Job) {
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    progress: { done: job.done, total: job.total },
    attempts: job.attempts,
    error: job.error,
    errorCount: job.error_count,
    result: job.result === null ? null : (JSON.parse(job.result) as Record<string, number>),
    createdBy: job.created_by,
    createdAt: toTimestamp(job.created_at),
    startedAt: toTimestamp(job.started_at),
    endedAt: toTimestamp(job.ended_at),
    nextAttemptAt: job.state === 'queued' ? toTimestamp(job.due_at) : null,
    downloadUrl: job.hasOutput ? `/api/v1/jobs/${job.id}/download` : null,
  };
}

export function presentJobWithReport(job: Job, errors: readonly LineError[]) {
  return { ...presentJob(job), errors };
}
