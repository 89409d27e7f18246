import { Panel } from '@/components/ui/page.tsx';
import { formatDuration } from '@/lib/format.ts';
import type { KeyUsage } from '@/types.ts';

/** How long the answers took. */
export function UsageLatency({ usage }: { readonly usage: KeyUsage }) {
  const { p50Ms, p95Ms, p99Ms } = usage.latency;
  if (p50Ms === null || p95Ms === null || p99Ms === null) {
    return (
      <Panel title="Latency">
        <p className="text-muted">No request in this time.</p>
      </Panel>
    );
  }
  const rows = [
    { name: 'p50', words: 'Half of them within', ms: p50Ms },
    { name: 'p95', words: '95 of 100 within', ms: p95Ms },
    { name: 'p99', words: '99 of 100 within', ms: p99Ms },
  ];
  const longest = Math.max(p99Ms, Number.MIN_VALUE);
  return (
    <Panel
      title="Latency"
      description="Until the first piece of the answer, refusals included. At most 3.1 % off: the figures come from a histogram."
    >
      <dl className="flex flex-col gap-3">
        {rows.map(({ name, words, ms }) => (
          <div key={name} className="grid grid-cols-[1fr_auto] items-baseline gap-x-3 gap-y-1">
            <dt>
              {words} <span className="text-muted text-sm">({name})</span>
            </dt>
            <dd className="font-medium">{formatDuration(ms)}</dd>
            <dd className="col-span-2 h-1.5 rounded-full bg-sunken" aria-hidden>
              <div className="h-full rounded-full bg-accent" style={{ width: `${(ms / longest) * 100}%` }} />
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
