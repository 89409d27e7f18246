import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useEnvironment } from '@/environment.ts';
import type { recordQueries } from '@/lib/record-queries.ts';
import { problemOf } from '@/problem.ts';

const shown = 5;

interface RelatedProps<T extends { readonly id: string }> {
  /** "Contacts" */
  readonly title: string;
  readonly queries: ReturnType<typeof recordQueries<T>>;
  /** What makes them belong here, and the list that has all of them. */
  readonly filter: Readonly<Record<string, string>>;
  readonly to: string;
  /** What stands here when there is none. */
  readonly empty: string;
  readonly actions?: ReactNode;
  row(record: T): ReactNode;
}

/** The newest records that belong to another one, and the way to the others. */
export function Related<T extends { readonly id: string }>(props: RelatedProps<T>) {
  const { title, queries, filter, to, empty, actions, row } = props;
  const environment = useEnvironment();
  const { data, error, isPending } = useQuery(queries.few(environment, filter, shown + 1));
  const hasMore = (data?.data.length ?? 0) > shown;
  return (
    <Panel
      title={title}
      isFlush
      actions={
        <>
          {hasMore && (
            <Button tone="link" asChild>
              <Link to={to} search={filter}>
                Show all
              </Link>
            </Button>
          )}
          {actions}
        </>
      }
    >
      <div className="px-4 pb-2">
        {isPending && <Skeleton className="mb-2 h-16" />}
        {error && !data && <ProblemAlert problem={problemOf(error)} />}
        {data?.data.length === 0 && <p className="pb-2 text-muted">{empty}</p>}
        <ul>
          {data?.data.slice(0, shown).map((record) => (
            <li
              key={record.id}
              className="flex min-h-10 min-w-0 flex-wrap items-center gap-x-3 border-line border-b py-2 last:border-b-0"
            >
              {row(record)}
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}
