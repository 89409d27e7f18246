import type { ReactNode } from 'react';
import { Time } from '@/components/ui/time.tsx';
import { formatCount, formatDuration, formatPercent } from '@/lib/format.ts';
import { pointWords } from '@/lib/ranges.ts';
import { differenceWords, errorsOf, kindWords, peakOf, sentence, sumOf } from '@/lib/series.ts';
import { useMay } from '@/session.ts';
import type { Key, KeyUsage } from '@/types.ts';
import type { Compared } from './usage.tsx';

interface UsageNumbersProps {
  readonly apiKey: Key;
  readonly usage: KeyUsage;
  readonly before: Compared | null;
}

/** The range in a few figures. */
export function UsageNumbers({ apiKey, usage, before }: UsageNumbersProps) {
  const mayReadLogs = useMay()('logs', 'read');
  const sum = sumOf(usage.series);
  const errors = errorsOf(sum);
  const peak = peakOf(usage.series);
  const { p50Ms, p95Ms, p99Ms } = usage.latency;
  return (
    <dl className="grid grid-cols-2 overflow-hidden rounded-lg border border-line bg-raised md:grid-cols-3 xl:grid-cols-5">
      <Figure label="Requests" value={formatCount(sum.total)}>
        {before ? comparedWords(before) : 'Refusals included'}
      </Figure>
      <Figure label="Refused or failed" value={sum.total === 0 ? '0 %' : formatPercent(errors / sum.total)}>
        {errors === 0 ? 'None' : kindWords(sum)}
      </Figure>
      <Figure label={`Busiest ${usage.interval}`} value={peak ? formatCount(peak.total) : '0'}>
        {peak ? `${pointWords(Date.parse(peak.at), usage.interval)} UTC` : 'No request'}
      </Figure>
      <Figure label="95 of 100 within" value={p95Ms === null ? '–' : formatDuration(p95Ms)}>
        {p50Ms === null || p99Ms === null
          ? 'No request'
          : `Half within ${formatDuration(p50Ms)}, 99 of 100 within ${formatDuration(p99Ms)}`}
      </Figure>
      <Figure
        label="Last used"
        value={<Time at={apiKey.lastUsedAt ?? usage.lastUsedAt} />}
        className="max-xl:col-span-2"
      >
        {mayReadLogs && apiKey.lastUsedIp ? `From ${apiKey.lastUsedIp}` : 'The last request that was let in'}
      </Figure>
    </dl>
  );
}

function comparedWords({ label, sums }: Compared): string {
  const words = sentence(differenceWords(sums.now, sums.before, label));
  return sums.isPart ? `${words}, as far as the key was there` : words;
}

interface FigureProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}

function Figure({ label, value, children, className = '' }: FigureProps) {
  return (
    <div className={`-mt-px -ml-px border-line border-t border-l px-4 py-3 ${className}`}>
      <dt className="text-muted text-sm">{label}</dt>
      <dd className="mt-0.5 font-semibold text-xl">{value}</dd>
      <dd className="mt-0.5 text-muted text-sm">{children}</dd>
    </div>
  );
}
