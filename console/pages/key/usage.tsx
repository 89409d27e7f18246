import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { cn } from '@/lib/cn.ts';
import {
  type Before,
  comparisonsOf,
  defaultKept,
  intervalMs,
  type Kept,
  rangeOf,
  zoomOf,
} from '@/lib/ranges.ts';
import { useFilters } from '@/lib/search-params.ts';
import { alignBefore, compare, type Sums } from '@/lib/series.ts';
import { problemOf } from '@/problem.ts';
import { settingsQuery } from '@/queries/settings.ts';
import { usageBeforeQuery, usageQuery } from '@/queries/usage.ts';
import { useMay } from '@/session.ts';
import type { Key, KeyUsage as Usage } from '@/types.ts';
import { useKeyPage } from './key-context.tsx';
import { UsageCallers } from './usage-callers.tsx';
import { ErrorsOverTime, RequestsOverTime } from './usage-charts.tsx';
import { UsageLatency } from './usage-latency.tsx';
import { NeverUsed, QuietRange } from './usage-never.tsx';
import { UsageNumbers } from './usage-numbers.tsx';
import { UsageRange } from './usage-range.tsx';
import { EndpointsTable, StatusesTable } from './usage-tables.tsx';

/** What the key did, and who used it. */
export function KeyUsage() {
  const { apiKey: key } = useKeyPage();
  const [search, change] = useFilters();
  const { range, from, to } = search;
  const kept = useKept();
  const params = { range, from, to };
  const query = useQuery({
    ...usageQuery(key.environment, key.id, params, kept),
    placeholderData: keepPreviousData,
  });
  const { data: usage, dataUpdatedAt: now } = query;
  const asked = rangeOf(params, now || Date.now(), kept);
  const choices = comparisonsOf(asked);
  const chosen =
    search.compare === 'none'
      ? undefined
      : (choices.find(({ value }) => value === search.compare) ?? choices[0]);
  const before = useBefore(key, usage, query.isPlaceholderData ? undefined : chosen, now);
  if (usage === undefined && query.isError) return <Failed query={query} />;
  const bar = (
    <UsageRange
      asked={asked}
      usage={usage}
      choices={choices}
      compared={chosen?.value ?? 'none'}
      onChange={change}
    />
  );
  if (usage === undefined) return <Loading>{bar}</Loading>;
  const isUnused = usage.byEndpoint.length === 0;
  if (isUnused && key.lastUsedAt === null && !asked.isCustom) return <NeverUsed apiKey={key} />;
  const zoom = (start: number, end: number) => {
    const next = zoomOf(start, end, usage.interval);
    if (next) change({ from: next.from, to: next.to });
  };
  return (
    <div className={cn('flex flex-col gap-4', query.isPlaceholderData && 'opacity-60')}>
      {bar}
      {query.isError && <Failed query={query} />}
      <UsageNumbers apiKey={key} usage={usage} before={before} />
      {isUnused && <QuietRange apiKey={key} onChange={change} />}
      <RequestsOverTime usage={usage} before={before} now={now} onZoom={zoom} />
      {!isUnused && (
        <>
          <div className="grid gap-4 xl:grid-cols-3">
            <div className="min-w-0 xl:col-span-2">
              <ErrorsOverTime usage={usage} now={now} onZoom={zoom} />
            </div>
            <UsageLatency usage={usage} />
            <div className="min-w-0 xl:col-span-2">
              <EndpointsTable usage={usage} keyId={key.id} />
            </div>
            <StatusesTable usage={usage} keyId={key.id} />
          </div>
          <UsageCallers apiKey={key} usage={usage} />
        </>
      )}
    </div>
  );
}

/** What stands beside the range: the same length earlier. */
export interface Compared {
  /** "a week before" */
  readonly label: string;
  /** Beside each point of the range. */
  readonly values: readonly (number | null)[];
  /** Both of whole points alone. */
  readonly sums: Sums;
}

function useBefore(
  key: Key,
  usage: Usage | undefined,
  chosen: Before | undefined,
  now: number,
): Compared | null {
  const shiftMs = chosen?.shiftMs ?? 0;
  const existsSince = Date.parse(key.createdAt);
  // A key that did not exist then has nothing that says more or less.
  const existed = usage !== undefined && existsSince < Date.parse(usage.to) - shiftMs;
  const isWanted = usage !== undefined && chosen !== undefined && existed;
  const span = usage ?? { from: key.createdAt, to: key.createdAt, interval: 'hour' as const };
  const { data } = useQuery({
    ...usageBeforeQuery(key.environment, key.id, span, shiftMs),
    enabled: isWanted,
  });
  return useMemo(() => {
    if (!isWanted || data === undefined) return null;
    const values = alignBefore(usage.series, data.series, shiftMs, existsSince);
    const sums = compare(usage.series, values, intervalMs[usage.interval], now);
    return { label: chosen.label, values, sums };
  }, [isWanted, data, usage, shiftMs, chosen?.label, now, existsSince]);
}

/** How long usage is kept, as far as one may read the settings. */
function useKept(): Kept {
  const isAllowed = useMay()('settings', 'read');
  const { data } = useQuery({ ...settingsQuery, enabled: isAllowed, staleTime: 5 * 60_000 });
  if (!data) return defaultKept;
  const { minuteUsageDays, hourUsageDays } = data.retention;
  return { minuteUsageDays, hourUsageDays };
}

function Failed({ query }: { readonly query: { readonly error: unknown; refetch(): unknown } }) {
  return (
    <ProblemAlert
      problem={problemOf(query.error)}
      action={
        <Button size="sm" onClick={() => query.refetch()}>
          Try again
        </Button>
      }
    />
  );
}

function Loading({ children }: { readonly children: ReactNode }) {
  return (
    <div className="flex flex-col gap-4">
      {children}
      <div className="flex flex-col gap-4" role="status" aria-label="Loading">
        <Skeleton className="h-20" />
        <Skeleton className="h-72" />
        <Skeleton className="h-56" />
      </div>
    </div>
  );
}
