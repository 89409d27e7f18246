import { utcDay, utcMonth, utcTime } from './ranges.ts';

/** Round values from 0 to at least `max`, about `count` steps of them; whole numbers, since requests are. */
export function valueTicks(max: number, count = 4): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].find((factor) => factor * size >= rough * 0.999)! * size);
  const ticks = [];
  for (let i = 0; i * step < max + step; i++) ticks.push(i * step);
  return ticks.at(-2)! >= max ? ticks.slice(0, -1) : ticks;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** 5 January 1970: weeks begin on Mondays. */
const firstMonday = 4 * dayMs;

const steps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minuteMs),
  ...[1, 2, 3, 6, 12].map((count) => count * hourMs),
  ...[1, 2, 7, 14].map((count) => count * dayMs),
];

export interface TimeTick {
  /** Epoch ms. */
  readonly at: number;
  readonly label: string;
}

/** At most `maxCount` round moments of UTC between `from` and `to`, with what to write at them. */
export function timeTicks(from: number, to: number, maxCount: number): TimeTick[] {
  const count = Math.max(1, maxCount);
  const step = steps.find((size) => (to - from) / size <= count);
  if (step === undefined) return monthTicks(from, to, count);
  const offset = step >= 7 * dayMs ? firstMonday : 0;
  const ticks = [];
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) {
    const isMidnight = at % dayMs === 0;
    ticks.push({ at, label: isMidnight ? utcDay(at) : utcTime(at) });
  }
  return ticks;
}

function monthTicks(from: number, to: number, maxCount: number): TimeTick[] {
  const months: number[] = [];
  const start = new Date(from);
  for (let i = 0; ; i++) {
    const at = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + i, 1);
    if (at > to) break;
    if (at >= from) months.push(at);
  }
  const every = Math.ceil(months.length / maxCount);
  return months
    .filter((at) => new Date(at).getUTCMonth() % every === 0)
    .map((at) => ({
      at,
      label: new Date(at).getUTCMonth() === 0 ? String(new Date(at).getUTCFullYear()) : utcMonth(at),
    }));
}

/**
 * Where labels stand so that none covers another: as near as can be to where each one wants to, at least `gap` apart,
 * between `min` and `max`. In the order of `wanted`.
 */
export function spreadLabels(wanted: readonly number[], gap: number, min: number, max: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const places = new Array<number>(wanted.length);
  let free = min;
  for (const i of order) {
    places[i] = Math.max(wanted[i]!, free);
    free = places[i]! + gap;
  }
  let end = max;
  for (const i of order.toReversed()) {
    places[i] = Math.min(places[i]!, end);
    end = places[i]! - gap;
  }
  return places;
}
