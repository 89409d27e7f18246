import { cn } from '@/lib/cn.ts';
import { formatCount, formatDay, plural } from '@/lib/format.ts';

interface Bar {
  readonly label: string;
  readonly count: number;
  /** How much of it is not as it should be. */
  readonly flagged?: number;
  readonly note?: string;
}

const widthOf = (count: number, most: number) => `${most === 0 ? 0 : (100 * count) / most}%`;

/** Names with their counts, as bars that can be compared at a glance. */
export function BarList({ label, bars }: { readonly label: string; readonly bars: readonly Bar[] }) {
  const most = Math.max(0, ...bars.map(({ count }) => count));
  return (
    <ul aria-label={label} className="flex flex-col gap-2">
      {bars.map(({ label: name, count, flagged = 0, note }) => (
        <li key={name}>
          <div className="flex items-baseline justify-between gap-3">
            <bdi className="min-w-0 truncate">{name}</bdi>
            <span className="shrink-0">
              {note && <span className="mr-2 text-muted text-sm">{note}</span>}
              {formatCount(count)}
            </span>
          </div>
          <div aria-hidden className="mt-0.5 flex h-1.5 overflow-hidden rounded-full bg-sunken">
            <span className="bg-accent" style={{ width: widthOf(count - flagged, most) }} />
            <span className="bg-amber-strong" style={{ width: widthOf(flagged, most) }} />
          </div>
        </li>
      ))}
    </ul>
  );
}

interface Day {
  /** `2026-11-21`, in UTC. */
  readonly day: string;
  readonly total: number;
  readonly flagged: number;
}

/** A column for each of the last days, those without anything among them. */
export function DayColumns({
  noun,
  days,
  count,
  className,
}: {
  readonly noun: string;
  readonly days: readonly Day[];
  /** How many days there are, today the last. */
  readonly count: number;
  readonly className?: string;
}) {
  const columns = filledDays(days, count);
  const most = columns.reduce((best, day) => (day.total > best.total ? day : best), columns[0]!);
  const said =
    most.total === 0
      ? `Nothing in the last ${count} days.`
      : `${plural(most.total, noun)} on ${formatDay(most.day)}, the most of the last ${count} days.`;
  return (
    <div role="img" aria-label={said} className={cn('flex h-12 items-end gap-px', className)}>
      {columns.map(({ day, total, flagged }) => (
        <span
          key={day}
          title={`${formatDay(day)}: ${formatCount(total)}, ${formatCount(flagged)} flagged`}
          className="flex h-full flex-1 flex-col justify-end border-line border-b"
        >
          <span className="bg-amber-strong" style={{ height: widthOf(flagged, most.total) }} />
          <span className="bg-accent" style={{ height: widthOf(total - flagged, most.total) }} />
        </span>
      ))}
    </div>
  );
}

const dayMs = 86_400_000;

function filledDays(days: readonly Day[], count: number): Day[] {
  const known = new Map(days.map((day) => [day.day, day]));
  const today = Date.now();
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(today - (count - 1 - index) * dayMs).toISOString().slice(0, 10);
    return known.get(day) ?? { day, total: 0, flagged: 0 };
  });
}

/** A number with its word. */
export function Stat({
  label,
  value,
  note,
}: {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}) {
  return (
    <div className="min-w-0">
      <p className="text-muted text-sm">{label}</p>
      <p className="font-semibold text-lg">{value}</p>
      {note && <p className="text-muted text-sm">{note}</p>}
    </div>
  );
}
