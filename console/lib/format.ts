const count = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const exact = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
});
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const units = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** 1,234,567 */
export const formatCount = (value: number) => count.format(value);

/** 1.2M: where space is short; show the exact number beside it or on hover. */
export const formatCompact = (value: number) => compact.format(value);

/** In the time zone of the person who looks. */
export const formatExact = (at: string | number) => exact.format(new Date(at));
export const formatDay = (at: string | number) => day.format(new Date(at));

/** "3 hours ago", "in 2 days", "just now" */
export function formatRelative(at: string | number, now: number): string {
  const seconds = (new Date(at).getTime() - now) / 1_000;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) {
      // Of days and less what is over, of longer times the nearest: 90 days less a minute are three months.
      const count = size > 86_400 ? Math.round(seconds / size) : Math.trunc(seconds / size);
      return relative.format(count, unit);
    }
  }
  // The page's clock moves every ten seconds, and the server's is another one.
  return Math.abs(seconds) < 5 || (seconds > 0 && seconds < 20)
    ? 'just now'
    : relative.format(Math.trunc(seconds), 'second');
}

/** 0.8 ms, 12 ms, 1.4 s, 3 min */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  return `${Math.round(ms / 6_000) / 10} min`;
}

export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  // Nearly all is not all.
  if (percent > 99 && percent < 100) return `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
  return `${percent.toFixed(percent < 10 ? 1 : 0).replace(/\.0$/, '')} %`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 100) / 10} kB`;
  return `${Math.round(bytes / 100_000) / 10} MB`;
}

/** `1 key`, `3 keys` */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}
