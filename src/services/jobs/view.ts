import { toTimestamp } from '../../core/timestamp.ts';
import type { JobRow } from '../../store/jobs.ts';
import type { App } from '../app.ts';
import type { Job } from './jobs.ts';

export function jobOf(app: App, row: JobRow): Job {
  const hasOutput = row.state === 'succeeded' && app.jobs.kinds.get(row.kind)?.output !== undefined;
  return { ...row, hasOutput };
}

/** A job as the contract shows it, without its report. */
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
