import type { Counts, UsagePoint } from '../types.ts';
import { formatCount } from './format.ts';

const none: Counts = { total: 0, ok: 0, clientError: 0, rateLimited: 0, serverError: 0 };

export function sumOf(series: readonly Counts[]): Counts {
  return series.reduce(
    (sum, point) => ({
      total: sum.total + point.total,
      ok: sum.ok + point.ok,
      clientError: sum.clientError + point.clientError,
      rateLimited: sum.rateLimited + point.rateLimited,
      serverError: sum.serverError + point.serverError,
    }),
    none,
  );
}

export const errorsOf = ({ clientError, rateLimited, serverError }: Counts) =>
  clientError + rateLimited + serverError;

/** "43 wrong, 110 over the limit" */
export function kindWords({ clientError, rateLimited, serverError }: Counts): string {
  const kinds = [
    clientError > 0 && `${formatCount(clientError)} wrong`,
    rateLimited > 0 && `${formatCount(rateLimited)} over the limit`,
    serverError > 0 && `${formatCount(serverError)} failed here`,
  ].filter(Boolean);
  return kinds.join(', ') || 'none refused or failed';
}

/** The point with most requests; null where there was none. */
export function peakOf(series: readonly UsagePoint[]): UsagePoint | null {
  let peak: UsagePoint | null = null;
  for (const point of series) if (point.total > (peak?.total ?? 0)) peak = point;
  return peak;
}

/** The values of the time before, each beside the point that it is held against; null where the key was not there yet. */
export function alignBefore(
  series: readonly UsagePoint[],
  before: readonly UsagePoint[],
  shiftMs: number,
  existsSince: number,
): (number | null)[] {
  const known = before.filter((_, i) => Date.parse(before[i + 1]?.at ?? '9999-01-01T00:00Z') > existsSince);
  const byTime = new Map(known.map(({ at, total }) => [Date.parse(at) + shiftMs, total]));
  return series.map(({ at }) => byTime.get(Date.parse(at)) ?? null);
}

export interface Sums {
  readonly now: number;
  readonly before: number;
  /** Some points had nothing to be held against, and are not in the sums. */
  readonly isPart: boolean;
}

/** Both sums over those points alone that are over, so that a part of an hour is not held against a whole one. */
export function compare(
  series: readonly UsagePoint[],
  before: readonly (number | null)[],
  pointMs: number,
  now: number,
): Sums {
  const whole = series.filter(({ at }) => Date.parse(at) + pointMs <= now);
  const pairs = whole.flatMap(({ total }, i) => (typeof before[i] === 'number' ? [[total, before[i]]] : []));
  return {
    now: pairs.reduce((sum, [total = 0]) => sum + total, 0),
    before: pairs.reduce((sum, [, earlier = 0]) => sum + earlier, 0),
    isPart: pairs.length < whole.length,
  };
}

/** "12 % more than the week before" */
export function differenceWords(now: number, before: number, label: string): string {
  if (before === 0) return now === 0 ? `none in ${label} either` : `none in ${label}`;
  if (now === before) return `as many as ${label}`;
  const change = now / before - 1;
  const percent = Math.round(Math.abs(change) * 100);
  if (percent === 0) return `about as many as ${label}`;
  if (change >= 2) return `${(now / before).toFixed(1).replace(/\.0$/, '')} times as many as ${label}`;
  return `${percent} % ${change > 0 ? 'more' : 'fewer'} than ${label}`;
}

/** The same words where they stand first. */
export const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** Hour by hour over all rows; null where they differ in length. */
export function sumSparklines(rows: readonly (readonly number[])[]): number[] | null {
  const [first] = rows;
  if (first === undefined || rows.some(({ length }) => length !== first.length)) return null;
  return first.map((_, hour) => rows.reduce((sum, row) => sum + row[hour]!, 0));
}

/**
 * Counts as steps in a box, the highest at its top: their outline, what lies below it, and the last step apart, which is
 * of an hour that is not over.
 */
export function stepPath(values: readonly number[], width: number, height: number) {
  const highest = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  const round = (value: number) => Math.round(value * 10) / 10;
  const steps = values.map((value, i) => ({
    y: round(height - (value / highest) * height),
    end: round((i + 1) * step),
  }));
  const line = steps.slice(0, -1).map(({ y, end }, i) => `${i === 0 ? `M0 ${y}` : `V${y}`}H${end}`);
  const last = steps.at(-1);
  const area = steps.map(({ y, end }) => `V${y}H${end}`).join('');
  return {
    line: line.join(''),
    area: area === '' ? '' : `M0 ${height}${area}V${height}Z`,
    last: last ? `M${round(width - step)} ${last.y}H${last.end}` : '',
  };
}
