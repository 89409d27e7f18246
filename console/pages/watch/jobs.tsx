import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ListChecks } from 'lucide-react';
import { JobProgress, JobState } from '@/components/job-progress.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Button } from '@/components/ui/button.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Filter } from '@/components/ui/filter.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { jobKinds, kindOf, resultSentence, stateWords, wrongLines } from '@/lib/job-words.ts';
import { useFilters } from '@/lib/search-params.ts';
import { jobsQuery } from '@/queries/jobs.ts';
import type { ListedJob } from '@/types.ts';
import { ImportButton } from './jobs-import.tsx';
import { JobRowMenu } from './jobs-row-menu.tsx';

const columns: readonly Column<ListedJob>[] = [
  {
    id: 'kind',
    header: 'Job',
    isFixed: true,
    className: 'md:w-52',
    cell: (job) => (
      <Link to="/jobs/$id" params={{ id: job.id }} className="font-medium hover:underline">
        {kindOf(job.kind).label}
      </Link>
    ),
  },
  { id: 'state', header: 'State', className: 'w-28', isFixed: true, cell: (job) => <JobState job={job} /> },
  {
    id: 'progress',
    header: 'Progress',
    className: 'w-72 hidden md:table-cell',
    cell: (job) => <JobProgress job={job} />,
  },
  {
    id: 'result',
    header: 'Result',
    className: 'hidden lg:table-cell',
    cell: (job) => <Outcome job={job} />,
  },
  {
    id: 'attempts',
    header: 'Attempts',
    className: 'w-24 text-right hidden xl:table-cell',
    isExtra: true,
    cell: ({ attempts }) => attempts,
  },
  {
    id: 'created',
    header: 'Started',
    className: 'w-32 hidden sm:table-cell',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
  {
    id: 'menu',
    header: 'Actions',
    className: 'w-12',
    isFixed: true,
    cell: (job) => <JobRowMenu job={job} />,
  },
];

function Outcome({ job }: { readonly job: ListedJob }) {
  if (job.error) return <span className="text-red-ink">{job.error}</span>;
  return (
    <span className="text-muted">{[resultSentence(job), wrongLines(job)].filter(Boolean).join('; ')}</span>
  );
}

const states = Object.entries(stateWords).map(([value, label]) => ({ value, label }));
const kinds = jobKinds.map(({ kind, label }) => ({ value: kind, label }));

export function JobsPage() {
  const holds = useHolds();
  const mayRead = holds('jobs:read');
  return (
    <PageFrame
      title="Jobs"
      description="What takes longer than a request: imports, exports, clearing by retention. A job goes on where it stood when the server restarts."
      actions={mayRead && <ImportButton />}
    >
      {mayRead ? (
        <JobList />
      ) : (
        <Empty icon={ListChecks} title="Jobs are not shown to viewers">
          Owners, admins and developers may see them. Ask one of them how far an import or export is.
        </Empty>
      )}
    </PageFrame>
  );
}

function JobList() {
  const environment = useEnvironment();
  const navigate = useNavigate();
  const [{ state, kind }, change] = useFilters();
  const query = useInfiniteQuery(jobsQuery(environment, { state, kind }));
  return (
    <DataTable
      label="Jobs"
      columns={columns}
      query={query}
      idOf={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: '/jobs/$id', params: { id } })}
      toolbar={
        <>
          <Filter
            label="State"
            value={state ?? ''}
            choices={states}
            onChange={(value) => change({ state: value })}
          />
          <Filter
            label="Kind"
            value={kind ?? ''}
            choices={kinds}
            onChange={(value) => change({ kind: value })}
          />
        </>
      }
      empty={
        state || kind ? (
          <Empty
            icon={ListChecks}
            title="No job is like that"
            action={<Button onClick={() => change({ state: '', kind: '' })}>Clear the filters</Button>}
          >
            No job in {environmentLabel[environment]} passes these filters.
          </Empty>
        ) : (
          <Empty icon={ListChecks} title={`No jobs in ${environmentLabel[environment]}`}>
            Imports of articles and contacts, exports of the request log and batches of licences stand here
            while they run, and for some time after.
          </Empty>
        )
      }
    />
  );
}
