import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { PageSkeleton } from '@/components/ui/skeleton.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';

/** Where a record is among its like: above the title of its page. */
export function ListLink({ to, children }: { readonly to: string; readonly children: string }) {
  return (
    <Link to={to} className="hover:text-ink hover:underline">
      {children}
    </Link>
  );
}

interface RecordPageProps<T> {
  readonly query: UseQueryResult<T, Error>;
  /** "customer" */
  readonly noun: string;
  readonly list: { readonly to: string; readonly label: string };
  children(record: T): ReactNode;
}

/** What the page of a record is while it is fetched, and where there is none. */
export function RecordPage<T>({ query, noun, list, children }: RecordPageProps<T>) {
  const environment = useEnvironment();
  if (query.isPending) return <PageSkeleton />;
  const isGone = query.isError && problemOf(query.error).status === 404;
  if (query.data !== undefined && !isGone) return children(query.data);
  return (
    <PageFrame
      title={isGone ? `No such ${noun}` : `The ${noun} did not come`}
      above={<ListLink to={list.to}>{list.label}</ListLink>}
    >
      {isGone ? (
        <Empty
          icon={SearchX}
          title={`There is no such ${noun} in ${environmentLabel[environment]}`}
          action={
            <Button asChild>
              <Link to={list.to}>Back to the list</Link>
            </Button>
          }
        >
          It was deleted, or it belongs to another environment: choose that one at the top of the page.
        </Empty>
      ) : (
        <ProblemAlert
          problem={problemOf(query.error)}
          action={
            <Button size="sm" onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        />
      )}
    </PageFrame>
  );
}
