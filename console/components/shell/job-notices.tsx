import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { LoaderCircle } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useEnvironment } from '@/environment.ts';
import { plural } from '@/lib/format.ts';
import { endWords, isUnderWay } from '@/lib/job-words.ts';
import { recentJobsQuery } from '@/queries/jobs.ts';
import { useSession } from '@/session.ts';
import type { Environment, ListedJob } from '@/types.ts';
import { Button } from '../ui/button.tsx';
import { toast } from '../ui/toast.tsx';

/** How many jobs run in this environment; and a notice when one ends that this person has started. */
export function JobNotices() {
  // The one role that may not see jobs.
  const isViewer = useSession().user.role === 'viewer';
  return isViewer ? null : <Notices />;
}

function Notices() {
  const environment = useEnvironment();
  const { data: jobs } = useQuery(recentJobsQuery(environment));
  useEnds(jobs, environment);
  const running = jobs?.filter(isUnderWay).length ?? 0;
  if (running === 0) return null;
  const label = `${plural(running, 'job')} under way`;
  return (
    <Button asChild tone="quiet" className="px-2">
      <Link to="/jobs" search={({ env }: { env?: string }) => ({ env })} title={label}>
        <LoaderCircle className="animate-spin motion-reduce:animate-none" aria-hidden />
        <span aria-hidden>{running}</span>
        <span className="sr-only">{label}</span>
      </Link>
    </Button>
  );
}

function useEnds(jobs: readonly ListedJob[] | undefined, environment: Environment): void {
  const { user } = useSession();
  const navigate = useNavigate();
  const underWay = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (jobs === undefined) return;
    // The notice outlives a switch of the environment.
    const search = { env: environment === 'production' ? undefined : environment };
    for (const job of jobs) {
      if (!underWay.current.has(job.id) || isUnderWay(job) || job.createdBy !== user.id) continue;
      toast({
        ...endWords(job),
        tone: job.state === 'failed' ? 'red' : 'plain',
        action: {
          label: job.downloadUrl ? 'Get the file' : 'Show',
          run: () => void navigate({ to: '/jobs/$id', params: { id: job.id }, search }),
        },
      });
    }
    underWay.current = new Set(jobs.filter(isUnderWay).map(({ id }) => id));
  }, [jobs, environment, user.id, navigate]);
}
