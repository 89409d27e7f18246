import { formatCount } from '@/lib/format.ts';
import { problemOf } from '@/problem.ts';
import { ProblemAlert } from '../alert.tsx';
import { Button } from '../button.tsx';
import type { DataTableProps } from './types.ts';

interface FootProps<T> {
  readonly query: DataTableProps<T>['query'];
  readonly count: number;
  /** A count that changes by itself would be said again and again by a screen reader. */
  readonly isSaid: boolean;
}

/** How many there are, and what went wrong with those that should have followed. */
export function Foot<T>({ query, count, isSaid }: FootProps<T>) {
  if (query.isFetchNextPageError) {
    return (
      <div className="mt-3">
        <ProblemAlert
          problem={problemOf(query.error)}
          action={
            <Button size="sm" onClick={() => void query.fetchNextPage()}>
              Go on
            </Button>
          }
        />
      </div>
    );
  }
  if (query.isPending) return null;
  return (
    <p className="mt-3 text-muted text-sm" role={isSaid ? 'status' : undefined}>
      {sayCount(query, formatCount(count))}
    </p>
  );
}

function sayCount<T>({ hasNextPage, isFetchingNextPage }: DataTableProps<T>['query'], count: string): string {
  if (!hasNextPage) return `${count} in all.`;
  return isFetchingNextPage
    ? `${count} found; looking for more.`
    : `${count} shown; more come as you scroll.`;
}
