import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Download, ListChecks, RotateCcw, SquareX, Trash2 } from 'lucide-react';
import { JobProgress, JobState } from '@/components/job-progress.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Facts, PageFrame, Panel } from '@/components/ui/page.tsx';
import { PageSkeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatDuration } from '@/lib/format.ts';
import { isUnderWay, kindOf, resultFacts } from '@/lib/job-words.ts';
import { problemOf } from '@/problem.ts';
import { jobQuery } from '@/queries/jobs.ts';
import type { Job } from '@/types.ts';
import { ActorName } from './audit-log-names.tsx';
import { JobErrors } from './job-errors.tsx';
import { useJobActions, useToJobs } from './jobs-actions.tsx';

const toJobs = (
  <Link to="/jobs" className="hover:text-ink hover:underline">
    Jobs
  </Link>
);

export function JobPage() {
  const environment = useEnvironment();
  const { id = '' } = useParams({ strict: false });
  const mayRead = useHolds()('jobs:read');
  const query = useQuery({ ...jobQuery(environment, id), enabled: mayRead });
  if (!mayRead) {
    return (
      <PageFrame title="Job" above={toJobs}>
        <Empty icon={ListChecks} title="Jobs are not shown to viewers">
          Owners, admins and developers may see them.
        </Empty>
      </PageFrame>
    );
  }
  if (query.data) return <LoadedJob job={query.data} />;
  if (query.isPending) return <PageSkeleton />;
  return (
    <PageFrame title="Job" above={toJobs}>
      <ProblemAlert problem={problemOf(query.error)} />
      {problemOf(query.error).status === 404 && (
        <p className="mt-3 text-muted">
          It may belong to another environment, which the switch in the header chooses, or have been deleted:
          jobs that have ended are kept for as long as the settings say.
        </p>
      )}
    </PageFrame>
  );
}

function LoadedJob({ job }: { readonly job: Job }) {
  const { label, about } = kindOf(job.kind);
  const result = resultFacts(job);
  return (
    <PageFrame
      title={label}
      above={toJobs}
      badge={<JobState job={job} />}
      description={
        <>
          {about} <Copyable text={job.id} />
        </>
      }
      actions={<JobButtons job={job} />}
    >
      <div className="flex flex-col gap-4">
        <Failure job={job} />
        <div className="grid gap-4 lg:grid-cols-2">
          <Panel title="Progress">
            <div className="flex flex-col gap-4">
              <JobProgress job={job} isTall />
              <Facts facts={timesOf(job)} />
            </div>
          </Panel>
          <Panel title={isUnderWay(job) ? 'Done so far' : 'Result'}>
            {result.length > 0 ? <Facts facts={result} /> : <p className="text-muted">Nothing yet.</p>}
          </Panel>
        </div>
        {job.errors.length > 0 && <JobErrors job={job} />}
      </div>
    </PageFrame>
  );
}

/** Why it failed, or why it waits to be tried again. */
function Failure({ job: { state, error, nextAttemptAt } }: { readonly job: Job }) {
  if (error === null) return null;
  if (state === 'failed') {
    return (
      <Alert tone="red" role="alert" title="It was given up">
        {error}
      </Alert>
    );
  }
  return (
    <Alert tone="amber" role="status" title="A step went wrong and is tried again">
      {error}{' '}
      {nextAttemptAt && (
        <>
          The next attempt is due <Time at={nextAttemptAt} />.
        </>
      )}
    </Alert>
  );
}

function timesOf(job: Job) {
  const { startedAt, endedAt, createdAt, createdBy, attempts, nextAttemptAt, error, kind } = job;
  const tookMs = startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : null;
  return [
    { label: 'Started by', value: <ActorName id={createdBy} environment={null} /> },
    { label: 'Asked for', value: <Time at={createdAt} as="exact" /> },
    { label: 'Begun', value: <Time at={startedAt} as="exact" never="Not yet" /> },
    ...(endedAt ? [{ label: 'Ended', value: <Time at={endedAt} as="exact" /> }] : []),
    ...(tookMs === null ? [] : [{ label: 'Took', value: formatDuration(tookMs) }]),
    ...(nextAttemptAt && error === null ? [{ label: 'Due', value: <Time at={nextAttemptAt} /> }] : []),
    { label: 'Attempts', value: attempts },
    { label: 'Kind', value: <code className="font-mono text-sm">{kind}</code> },
  ];
}

function JobButtons({ job }: { readonly job: Job }) {
  const actions = useJobActions(job, useToJobs());
  return (
    <>
      {actions.hasFile && (
        <Button tone="primary" isBusy={actions.isLoading} onClick={() => void actions.download()}>
          {!actions.isLoading && <Download aria-hidden />}
          Download
        </Button>
      )}
      {actions.mayRetry && (
        <Button onClick={() => actions.ask('retry')}>
          <RotateCcw aria-hidden />
          Try again
        </Button>
      )}
      {actions.mayCancel && (
        <Button onClick={() => actions.ask('cancel')}>
          <SquareX aria-hidden />
          Stop
        </Button>
      )}
      {actions.mayDelete && (
        <Button onClick={() => actions.ask('delete')}>
          <Trash2 aria-hidden />
          Delete
        </Button>
      )}
      {actions.dialog}
    </>
  );
}
