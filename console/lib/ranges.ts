/** How long the points of a chart are. */
export type Interval = 'minute' | 'hour' | 'day';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const intervalMs: Readonly<Record<Interval, number>> = {
  minute: minuteMs,
  hour: hourMs,
  day: dayMs,
};

/** The ranges that end now, the shortest first. `before` is how the same length before it is called. */
export const ranges = [
  { name: '1h', label: '1 h', words: 'the last hour', lengthMs: hourMs, before: 'the hour before' },
  { name: '24h', label: '24 h', words: 'the last 24 hours', lengthMs: dayMs, before: 'the 24 hours before' },
  { name: '7d', label: '7 d', words: 'the last 7 days', lengthMs: 7 * dayMs, before: 'the week before' },
  {
    name: '30d',
    label: '30 d',
    words: 'the last 30 days',
    lengthMs: 30 * dayMs,
    before: 'the 30 days before',
  },
  {
    name: '90d',
    label: '90 d',
    words: 'the last 90 days',
    lengthMs: 90 * dayMs,
    before: 'the 90 days before',
  },
  {
    name: '12mo',
    label: '12 mo',
    words: 'the last 12 months',
    lengthMs: 365 * dayMs,
    before: 'the 12 months before',
  },
] as const;
export type RangeName = (typeof ranges)[number]['name'];

/** What the address of a page says about its range. */
export interface RangeParams {
  readonly range?: string;
  /** ISO 8601; both together are a range of its own, which need not end now. */
  readonly from?: string;
  readonly to?: string;
}

export interface Range {
  /** The range of the list that was chosen last; a range of its own goes back to it. */
  readonly name: RangeName;
  /** Epoch ms, on whole intervals in UTC; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  readonly interval: Interval;
  /** Whether its end moves with the clock. */
  readonly isLive: boolean;
  readonly isCustom: boolean;
  /** "the last 7 days", "this range" */
  readonly words: string;
}

/** Minutes are not kept as long as hours; both as the settings of the tenant say. */
export interface Kept {
  readonly minuteUsageDays: number;
  readonly hourUsageDays: number;
}

export const defaultKept: Kept = { minuteUsageDays: 14, hourUsageDays: 395 };

const longestOfMinutes = 6 * hourMs;
const longestOfHours = 14 * dayMs;
const shortestMs = 2 * minuteMs;
const longestMs = 400 * dayMs;

export function intervalOf(from: number, to: number, now: number, kept: Kept = defaultKept): Interval {
  const areMinutesKept = from >= now - kept.minuteUsageDays * dayMs;
  if (to - from <= longestOfMinutes && areMinutesKept) return 'minute';
  return to - from <= longestOfHours ? 'hour' : 'day';
}

function widened(from: number, to: number, interval: Interval): { from: number; to: number } {
  const length = intervalMs[interval];
  return { from: Math.floor(from / length) * length, to: Math.ceil(to / length) * length };
}

/** The range that an address asks for, or the last 24 hours where it asks for none that makes sense. */
export function rangeOf(params: RangeParams, now: number, kept: Kept = defaultKept): Range {
  const chosen = ranges.find(({ name }) => name === params.range) ?? ranges[1];
  const custom = customOf(params, now);
  if (custom) {
    const interval = intervalOf(custom.from, custom.to, now, kept);
    const isLive = custom.to >= now;
    return {
      name: chosen.name,
      ...widened(custom.from, custom.to, interval),
      interval,
      isLive,
      isCustom: true,
      words: 'this range',
    };
  }
  const interval = intervalOf(now - chosen.lengthMs, now, now, kept);
  const { to } = widened(now, now, interval);
  const { name, words } = chosen;
  return { name, from: to - chosen.lengthMs, to, interval, isLive: true, isCustom: false, words };
}

function customOf({ from, to }: RangeParams, now: number): { from: number; to: number } | null {
  const start = Date.parse(from ?? '');
  const end = Math.min(Date.parse(to ?? ''), now);
  if (!(end - start >= shortestMs)) return null;
  return { from: Math.max(start, end - longestMs), to: end };
}

/** What a drag over a chart asks for: whole intervals, and at least two minutes. null: it was too short to mean one. */
export function zoomOf(from: number, to: number, interval: Interval): RangeParams | null {
  const whole = widened(from, to, interval);
  if (whole.to - whole.from < shortestMs) return null;
  return { from: toParam(whole.from), to: toParam(whole.to) };
}

/** As it stands in an address: without the milliseconds that nobody means. */
export function toParam(at: number): string {
  return new Date(at).toISOString().replace(/(:00)?\.\d{3}Z$/, 'Z');
}

/** What a range can be held against. */
export type Comparison = 'period' | 'week';

export interface Before {
  readonly value: Comparison;
  /** "The week before" */
  readonly label: string;
  readonly shiftMs: number;
}

/** A short range can also be held against the same hours a week ago: most traffic has weeks. */
export function comparisonsOf({ from, to, name, isCustom }: Range): readonly Before[] {
  const lengthMs = to - from;
  if (!isCustom && name === '12mo') return [];
  const words = isCustom ? 'the same length before' : ranges.find((range) => range.name === name)!.before;
  const period = { value: 'period', label: words, shiftMs: lengthMs } as const;
  if (lengthMs >= 7 * dayMs) return [period];
  return [{ value: 'week', label: 'a week before', shiftMs: 7 * dayMs }, period];
}

const two = (value: number) => String(value).padStart(2, '0');

/** What `<input type="datetime-local">` holds, in UTC. */
export function toUtcInput(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}

/** Epoch ms; null where nothing was chosen. */
export function fromUtcInput(text: string): number | null {
  const at = Date.parse(`${text}Z`);
  return Number.isNaN(at) ? null : at;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

export const utcDay = (at: number) => `${new Date(at).getUTCDate()} ${months[new Date(at).getUTCMonth()]}`;
export const utcMonth = (at: number) => months[new Date(at).getUTCMonth()]!;
export const utcTime = (at: number) =>
  `${two(new Date(at).getUTCHours())}:${two(new Date(at).getUTCMinutes())}`;

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** "Sat 21 Nov, 14:00–15:00", "Sat 21 Nov": what one point of a chart stands for, in UTC. */
export function pointWords(at: number, interval: Interval): string {
  const day = `${weekdays[new Date(at).getUTCDay()]} ${utcDay(at)}`;
  if (interval === 'day') return day;
  return interval === 'hour' ? `${day}, ${utcTime(at)}–${utcTime(at + hourMs)}` : `${day}, ${utcTime(at)}`;
}

/** "21 Nov 2026, 14:00 to 22 Nov 2026, 14:00 UTC"; days where the points are days. */
export function rangeWords(from: number, to: number, interval: Interval): string {
  const date = (at: number) => `${utcDay(at)} ${new Date(at).getUTCFullYear()}`;
  if (interval === 'day') return `${date(from)} to ${date(to - 1)}, days in UTC`;
  if (date(from) === date(to - 1)) return `${date(from)}, ${utcTime(from)} to ${utcTime(to)} UTC`;
  return `${date(from)}, ${utcTime(from)} to ${date(to)}, ${utcTime(to)} UTC`;
}
