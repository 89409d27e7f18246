import type { ReactNode } from 'react';
import { Sparkline } from '@/components/charts/sparkline.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { cn } from '@/lib/cn.ts';
import { formatCount, formatPercent } from '@/lib/format.ts';
import type { OverviewTotals } from '@/types.ts';

interface TotalsProps {
  /** undefined: they are being fetched. null: the server is still counting. */
  readonly totals: OverviewTotals | null | undefined;
  /** Of all keys together; null where not all of them are known. */
  readonly sparkline: readonly number[] | null;
}

/** The environment in a few figures. */
export function Totals({ totals, sparkline }: TotalsProps) {
  if (totals === undefined) return <Skeleton className="h-24" />;
  if (totals === null) {
    return (
      <p className="rounded-lg border border-line bg-raised px-4 py-3 text-muted" role="status">
        There are very many keys: they are being counted for the first time. The figures appear here in a
        minute.
      </p>
    );
  }
  const { requests24h, errorRate24h, keys, active, flagged, countedAt } = totals;
  const errors = Math.round(requests24h * errorRate24h);
  return (
    <dl className="grid grid-cols-2 overflow-hidden rounded-lg border border-line bg-raised lg:grid-cols-4">
      <Figure
        label="Requests in 24 hours"
        className="max-lg:col-span-2"
        value={formatCount(requests24h)}
        aside={
          sparkline && <Sparkline values={sparkline} label="Requests by hour" className="h-8 w-32 min-w-0" />
        }
      >
        Refusals included
      </Figure>
      <Figure label="Refused or failed" value={formatPercent(errorRate24h)}>
        {errors === 0 ? 'None' : `${formatCount(errors)} answered with 4xx or 5xx`}
      </Figure>
      <Figure label="Active keys" value={formatCount(active)}>
        {active === keys ? 'All of them' : `Of ${formatCount(keys)}`}
      </Figure>
      <Figure label="Need attention" className="max-lg:col-span-2" value={formatCount(flagged)}>
        Counted <Time at={countedAt} />
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

function Figure({ label, value, aside, className, children }: FigureProps) {
  return (
    <div className={cn('-mt-px -ml-px border-line border-t border-l px-4 py-3', className)}>
      <dt className="text-muted text-sm">{label}</dt>
      <dd className="mt-0.5 flex items-end justify-between gap-3 font-semibold text-xl">
        {value}
        {aside}
      </dd>
      <dd className="mt-0.5 text-muted text-sm">{children}</dd>
    </div>
  );
}
