import { lazy, Suspense, useMemo } from 'react';
import { ChartTable } from '@/components/charts/chart-table.tsx';
import type { Line, TimeSpan } from '@/components/charts/lines.ts';
import type { PlotSpec } from '@/components/charts/plot.ts';
import { Panel } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { formatCount, formatPercent, plural } from '@/lib/format.ts';
import { type Interval, pointWords } from '@/lib/ranges.ts';
import { differenceWords, errorsOf, kindWords, peakOf, sentence, sumOf } from '@/lib/series.ts';
import type { KeyUsage } from '@/types.ts';
import type { Compared } from './usage.tsx';

/** What draws is large, and only these charts need it. */
const TimeChart = lazy(() => import('@/components/charts/time-chart.tsx'));

interface ChartProps {
  readonly usage: KeyUsage;
  /** Epoch ms: when it was asked for. */
  readonly now: number;
  onZoom(from: number, to: number): void;
}

function spanOf({ series, interval, to }: KeyUsage, now: number): TimeSpan {
  const end = Date.parse(to);
  return { starts: series.map(({ at }) => Date.parse(at)), interval, until: Math.min(now, end), to: end };
}

export function RequestsOverTime({
  usage,
  now,
  before,
  onZoom,
}: ChartProps & { readonly before: Compared | null }) {
  const { series, interval } = usage;
  const spec = useMemo(() => requestsSpec(usage, now, before), [usage, now, before]);
  const sum = sumOf(series);
  const peak = peakOf(series);
  const title = `Requests by ${interval}`;
  const words = peak
    ? `${formatCount(sum.total)} in all; most, ${formatCount(peak.total)}, on ${pointWords(Date.parse(peak.at), interval)} UTC`
    : 'no request';
  const readout = (index: number | null) => {
    const point = index === null ? undefined : series[index];
    if (point === undefined) {
      return (
        <>
          {zoneWords[interval]}
          <span className="pointer-coarse:hidden"> Drag over the chart to look closer.</span>
        </>
      );
    }
    const errors = errorsOf(point);
    const earlier = before?.values[index ?? -1];
    return (
      <>
        <span className="text-ink">
          {pointWords(Date.parse(point.at), interval)} UTC: {plural(point.total, 'request')}
        </span>
        {errors > 0 && `, ${formatPercent(errors / point.total)} refused or failed`}
        {before && typeof earlier === 'number' && `, ${differenceWords(point.total, earlier, before.label)}`}
      </>
    );
  };
  return (
    <Panel title={title}>
      <Suspense fallback={<Skeleton className="h-[244px]" />}>
        <TimeChart label={`${title}: ${words}.`} spec={spec} readout={readout} onDrag={onZoom} />
      </Suspense>
      <RequestsTable usage={usage} before={before} />
    </Panel>
  );
}

const zoneWords: Readonly<Record<Interval, string>> = {
  minute: 'Times are UTC.',
  hour: 'Times are UTC.',
  day: 'Days are those of UTC.',
};

function requestsSpec(usage: KeyUsage, now: number, before: Compared | null): PlotSpec {
  const { series } = usage;
  const sum = sumOf(series);
  const lines: Line[] = [
    { label: 'All requests', short: 'All', values: series.map(({ total }) => total), color: 'accent' },
    {
      label: 'Answered',
      short: 'Answered',
      values: series.map(({ ok }) => ok),
      color: 'accent',
      fill: 'accent-soft',
    },
  ];
  if (before?.values.some((value) => value !== null && value > 0)) {
    lines.push({
      label: sentence(before.label),
      short: 'Before',
      values: before.values,
      color: 'muted',
      dash: [4, 3],
    });
  }
  const color = sum.serverError > 0 ? 'red' : 'amber';
  const area =
    errorsOf(sum) > 0
      ? ({ label: 'Refused or failed', short: 'Refused', upper: 0, lower: 1, color } as const)
      : undefined;
  return { span: spanOf(usage, now), lines, area };
}

function RequestsTable({ usage, before }: { readonly usage: KeyUsage; readonly before: Compared | null }) {
  const { series, interval } = usage;
  const rows = useMemo(
    () =>
      series.map((point, i) => [
        pointWords(Date.parse(point.at), interval),
        ...[point.total, point.ok, point.clientError, point.rateLimited, point.serverError].map(formatCount),
        ...(before ? [before.values[i] == null ? '' : formatCount(before.values[i])] : []),
      ]),
    [series, interval, before],
  );
  const columns = useMemo(
    () => [
      `${sentence(interval)} (UTC)`,
      'Requests',
      'Answered',
      'Wrong (4xx)',
      'Over the limit (429)',
      'Failed (5xx)',
      ...(before ? [sentence(before.label)] : []),
    ],
    [interval, before],
  );
  return <ChartTable caption={`Requests by ${interval}`} columns={columns} rows={rows} />;
}

/** Only those kinds that came, each with a line of its own. */
export function ErrorsOverTime({ usage, now, onZoom }: ChartProps) {
  const { series, interval } = usage;
  const sum = sumOf(series);
  const spec = useMemo(() => errorsSpec(usage, now), [usage, now]);
  const title = `Refused and failed by ${interval}`;
  const words = kindWords(sum);
  if (errorsOf(sum) === 0) {
    return (
      <Panel title={title} className="h-full">
        <p className="text-muted">
          {sum.total === 0 ? 'No request in this time.' : 'None: every request of this time was answered.'}
        </p>
      </Panel>
    );
  }
  const readout = (index: number | null) => {
    const point = index === null ? undefined : series[index];
    if (point === undefined) return `In all: ${words}. ${zoneWords[interval]}`;
    return (
      <span className="text-ink">
        {pointWords(Date.parse(point.at), interval)} UTC: {kindWords(point)}
      </span>
    );
  };
  return (
    <Panel title={title} className="h-full">
      <Suspense fallback={<Skeleton className="h-[184px]" />}>
        <TimeChart label={`${title}: ${words}.`} spec={spec} height={160} readout={readout} onDrag={onZoom} />
      </Suspense>
    </Panel>
  );
}

function errorsSpec(usage: KeyUsage, now: number): PlotSpec {
  const { series } = usage;
  const all: readonly Line[] = [
    {
      label: 'Wrong (4xx)',
      short: '4xx',
      values: series.map(({ clientError }) => clientError),
      color: 'amber',
    },
    {
      label: 'Over the limit (429)',
      short: '429',
      values: series.map(({ rateLimited }) => rateLimited),
      color: 'amber',
      dash: [5, 3],
    },
    {
      label: 'Failed (5xx)',
      short: '5xx',
      values: series.map(({ serverError }) => serverError),
      color: 'red',
    },
  ];
  return { span: spanOf(usage, now), lines: all.filter(({ values }) => values.some((value) => value !== 0)) };
}
