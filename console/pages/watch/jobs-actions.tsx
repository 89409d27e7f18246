import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { Confirm } from '@/components/ui/confirm.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { isUnderWay, kindOf } from '@/lib/job-words.ts';
import { problemOf } from '@/problem.ts';
import { cancelJob, deleteJob, downloadJob, retryJob } from '@/queries/jobs.ts';
import type { ListedJob } from '@/types.ts';

type Asked = 'retry' | 'cancel' | 'delete';

interface JobDialogProps {
  readonly job: ListedJob;
  readonly asked: Asked;
  onClose(): void;
  /** After the job is gone. */
  onDeleted?(): void;
}

/** Asks before something is done with a job, and says what that will be. */
function JobDialog({ job, asked, onClose, onDeleted }: JobDialogProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const { label } = kindOf(job.kind);
  if (asked === 'retry') {
    return (
      <Confirm
        title={`Try again: ${label}`}
        action="Try again"
        onClose={onClose}
        run={() => retryJob(client, environment, job.id)}
      >
        <p>It goes on after the last step that was done. No step is done twice.</p>
      </Confirm>
    );
  }
  if (asked === 'cancel') {
    return (
      <Confirm
        title={`Stop: ${label}`}
        action="Stop the job"
        tone="danger"
        onClose={onClose}
        run={() => cancelJob(client, environment, job.id)}
      >
        <p>
          No further step begins, and the job counts as cancelled. What is done already stays done; trying
          again goes on from there.
        </p>
      </Confirm>
    );
  }
  const run = async () => {
    await deleteJob(client, environment, job.id);
    toast({ title: 'The job is deleted' });
    onDeleted?.();
  };
  return (
    <Confirm title={`Delete: ${label}`} action="Delete the job" tone="danger" onClose={onClose} run={run}>
      <p>
        The job goes with its report{job.downloadUrl && ' and the file it has made'}, for good. What it has
        done stays as it is.
      </p>
    </Confirm>
  );
}

/** What the person may do with the job as it stands, and the dialog that asks. */
export function useJobActions(job: ListedJob, onDeleted?: () => void) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isLoading, setLoading] = useState(false);
  const environment = useEnvironment();
  const holds = useHolds();
  const mayWrite = holds('jobs:write');
  const download = async () => {
    setLoading(true);
    try {
      await downloadJob(environment, job);
    } catch (error) {
      toast({ title: 'The file did not come', text: problemOf(error).message, tone: 'red' });
    }
    setLoading(false);
  };
  return {
    mayCancel: mayWrite && isUnderWay(job),
    mayRetry: mayWrite && (job.state === 'failed' || job.state === 'cancelled'),
    mayDelete: mayWrite && !isUnderWay(job),
    hasFile: job.downloadUrl !== null,
    isLoading,
    download,
    ask: setAsked,
    dialog: asked && (
      <JobDialog job={job} asked={asked} onClose={() => setAsked(null)} onDeleted={onDeleted} />
    ),
  };
}

/** Leaves the page of a job that is deleted. */
export function useToJobs(): () => void {
  const navigate = useNavigate();
  return () => void navigate({ to: '/jobs' });
}
