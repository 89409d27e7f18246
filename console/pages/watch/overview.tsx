import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { type SearchParams, useFilters } from '@/lib/search-params.ts';
import { sumSparklines } from '@/lib/series.ts';
import { problemOf } from '@/problem.ts';
import { type OverviewFilters, type OverviewPart, overviewQuery, wholeOverview } from '@/queries/overview.ts';
import { signalsQuery } from '@/queries/signals.ts';
import { keyArea, useMay } from '@/session.ts';
import { Attention } from './overview-attention.tsx';
import { FirstSteps } from './overview-first.tsx';
import { groupConcerns, type Urgency } from './overview-flags.ts';
import { OverviewTable } from './overview-table.tsx';
import { Totals } from './overview-totals.tsx';

function filtersOf({ flag, status, q, sort }: SearchParams): OverviewFilters {
  return { flag, status, q, sort: sort === 'newest' ? 'newest' : 'attention' };
}

/** All keys of an environment: how much they are used, and what should be done about which. */
export function OverviewPage() {
  const environment = useEnvironment();
  const mayWrite = useMay()(keyArea(environment), 'write');
  const whole = useInfiniteQuery(overviewQuery(environment, wholeOverview));
  const first = whole.isPlaceholderData ? undefined : (whole.data?.pages[0] as OverviewPart | undefined);
  return (
    <PageFrame
      title="Overview"
      description={`How the keys of ${environmentLabel[environment]} are used, and which of them should be looked at. The 24 hours are the present one and the 23 before it, in UTC.`}
      actions={
        mayWrite && (
          <Button tone="primary" asChild>
            <Link to="/keys/new">
              <Plus aria-hidden />
              Create key
            </Link>
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-5">
        {whole.isError && (
          <ProblemAlert
            problem={problemOf(whole.error)}
            action={
              <Button size="sm" onClick={() => whole.refetch()}>
                Try again
              </Button>
            }
          />
        )}
        {first ? (
          <Loaded key={environment} first={first} />
        ) : whole.isPending || whole.isFetching ? (
          <Loading />
        ) : null}
      </div>
    </PageFrame>
  );
}

function Loaded({ first }: { readonly first: OverviewPart }) {
  const { data: keys, totals, nextCursor } = first;
  const isWhole = nextCursor === null;
  const sparkline = useMemo(
    () => (isWhole ? sumSparklines(keys.map((key) => key.sparkline)) : null),
    [isWhole, keys],
  );
  if (isWhole && keys.length === 0) return <FirstSteps hasKey={false} />;
  const isUnused = isWhole && keys.every((key) => key.lastUsedAt === null && key.requests24h === 0);
  return (
    <>
      {isUnused && <FirstSteps hasKey />}
      <Totals totals={totals} sparkline={sparkline} />
      <Parts first={first} />
    </>
  );
}

function Parts({ first: { data: keys, totals } }: { readonly first: OverviewPart }) {
  const environment = useEnvironment();
  const [search, change] = useFilters();
  const { flag, status, q, sort } = search;
  const filters = filtersOf({ flag, status, q, sort });
  const table = useInfiniteQuery(overviewQuery(environment, filters));
  const { data: signals = [] } = useQuery(signalsQuery(environment));
  const groups = useMemo(() => groupConcerns(keys, signals), [keys, signals]);
  const [opened, setOpened] = useState<ReadonlySet<Urgency>>(new Set());
  const place = useRef<HTMLElement>(null);
  const listAll = (code: string) => {
    change({ flag: code });
    place.current?.scrollIntoView({ block: 'start' });
  };
  // The table measures where it begins once: what is above it must not have changed its height since.
  const above = groups
    .map(({ urgency, concerns }) => `${urgency} ${concerns.length} ${opened.has(urgency)}`)
    .join();
  return (
    <>
      <Attention groups={groups} totals={totals} opened={opened} onOpen={setOpened} onFilter={listAll} />
      <section ref={place} aria-labelledby="all-keys" className="scroll-mt-16">
        <h2 id="all-keys" className="mb-2 font-semibold">
          All keys
        </h2>
        <OverviewTable key={above} filters={filters} query={table} totals={totals} onChange={change} />
      </section>
    </>
  );
}

function Loading(): ReactNode {
  return (
    <div className="flex flex-col gap-5" role="status" aria-label="Loading">
      <Skeleton className="h-24" />
      <Skeleton className="h-56" />
      <Skeleton className="h-72" />
    </div>
  );
}
