/** What the rules look back over: whole weeks of hours, the last one not over yet. */
export const HISTORY_HOURS = 8 * 168;

const day = 24;
const week = 168;
/** Weeks that say what is usual at a time of the week. */
const usualWeeks = 4;
/** Hours by which what happens every week may come earlier or later. */
const driftHours = 3;
const busyQuantile = 0.95;

/** Requests of a key by hour, oldest first, `HISTORY_HOURS` of them; the last is the present hour. */
export type HourlyCounts = ArrayLike<number>;

function sumOf(counts: HourlyCounts, from: number, length: number): number {
  let sum = 0;
  for (let i = Math.max(0, from); i < from + length; i++) sum += counts[i] ?? 0;
  return sum;
}

/** 0 for an empty list. */
export function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The nearest rank, so that it is one of the values; 0 for an empty list. */
function busyOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(sorted.length * busyQuantile) - 1]!;
}

function firstUse(counts: HourlyCounts): number {
  for (let i = 0; i < counts.length; i++) if (counts[i]! > 0) return i;
  return counts.length;
}

function lastUse(counts: HourlyCounts): number {
  for (let i = counts.length - 1; i >= 0; i--) if (counts[i]! > 0) return i;
  return -1;
}

/** What came in `hours` hours from the hour `at` on, and what is usual there. */
export interface Deviation {
  readonly at: number;
  readonly hours: number;
  readonly requests: number;
  readonly usual: number;
}

function sameHoursBefore(counts: HourlyCounts, at: number, hours: number): number[] {
  return Array.from({ length: usualWeeks }, (_, i) => sumOf(counts, at - (i + 1) * week, hours));
}

/** The busier of what these hours of the week usually bring, and of the key's busy spans of this length before `end`. */
function usualAtMost(counts: HourlyCounts, at: number, hours: number, end: number): number {
  const spans: number[] = [];
  for (let from = end - hours; from >= 0; from -= hours) {
    const requests = sumOf(counts, from, hours);
    if (requests > 0) spans.push(requests);
  }
  return Math.max(medianOf(sameHoursBefore(counts, at, hours)), busyOf(spans));
}

export interface SpikeRule {
  readonly factor: number;
  readonly minRequests: number;
}

/** The last 24 hours, or the hour of them that stands out most, where they brought too much. */
export function findSpike(counts: HourlyCounts, { factor, minRequests }: SpikeRule): Deviation | null {
  const end = counts.length - day;
  // What is new has nothing usual yet.
  if (firstUse(counts) > end - week) return null;
  const isSpike = ({ requests, usual }: Deviation) => requests > factor * usual;
  const requests = sumOf(counts, end, day);
  if (requests < minRequests) return null;
  const whole = { at: end, hours: day, requests, usual: usualAtMost(counts, end, day, end) };
  if (isSpike(whole)) return whole;
  let worst: Deviation | null = null;
  for (let at = end; at < counts.length; at++) {
    const ofHour = counts[at]!;
    // To sort all hours is dear, and most of the time this alone says no.
    if (ofHour < minRequests || ofHour <= factor * medianOf(sameHoursBefore(counts, at, 1))) continue;
    const hour = { at, hours: 1, requests: ofHour, usual: usualAtMost(counts, at, 1, end) };
    if (isSpike(hour) && (worst === null || hour.requests > worst.requests)) worst = hour;
  }
  return worst;
}

export interface DipRule {
  readonly share: number;
  readonly minRequests: number;
}

/** The last 24 hours that are over, where they brought far less than the same hours of the four weeks before. */
export function findDip(counts: HourlyCounts, { share, minRequests }: DipRule): Deviation | null {
  const at = counts.length - 1 - day;
  if (firstUse(counts) > at - usualWeeks * week - driftHours) return null;
  const requests = sumOf(counts, at, day);
  const usual = medianOf(
    Array.from({ length: usualWeeks }, (_, i) => leastAround(counts, at - (i + 1) * week, day)),
  );
  return usual >= minRequests && requests < share * usual ? { at, hours: day, requests, usual } : null;
}

/** Moved a little to either side: a job that runs on the edge of the span is not missed yet. */
function leastAround(counts: HourlyCounts, at: number, hours: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let drift = -driftHours; drift <= driftHours; drift++) {
    least = Math.min(least, sumOf(counts, at + drift, hours));
  }
  return least;
}

export interface Silence {
  /** The hour of the last request. */
  readonly lastUse: number;
  /** Hours since then that are over. */
  readonly hours: number;
  /** How many of them were used in each of the four weeks before; null: the pause is just longer than any. */
  readonly expected: number | null;
  /** From one use to the next. */
  readonly longestPause: number;
}

/** Fewer pauses say nothing about the next one, and neither do those of a fortnight. */
const minPauses = 3;
const minSpanHours = 2 * week;
const pauseFactor = 2;

/** A key that was used regularly, and is not any more. */
export function findSilence(counts: HourlyCounts, rule: { readonly hours: number }): Silence | null {
  const last = lastUse(counts);
  const hours = counts.length - 2 - last;
  if (last < 0 || hours <= 0) return null;
  const { longest, pauses } = pausesOf(counts, last);
  const expected = expectedUses(counts, last);
  if (expected >= rule.hours) return { lastUse: last, hours, expected, longestPause: longest };
  const isRegular = pauses >= minPauses && last - firstUse(counts) >= minSpanHours;
  const isLonger = hours >= Math.max(day, rule.hours) && hours > pauseFactor * longest;
  return isRegular && isLonger ? { lastUse: last, hours, expected: null, longestPause: longest } : null;
}

function pausesOf(counts: HourlyCounts, last: number): { longest: number; pauses: number } {
  let longest = 0;
  let pauses = 0;
  let before = firstUse(counts);
  for (let at = before + 1; at <= last; at++) {
    if (counts[at] === 0) continue;
    // Hours in a row are one use.
    if (at - before > 1) pauses++;
    longest = Math.max(longest, at - before);
    before = at;
  }
  return { longest, pauses };
}

/** Hours since the last use that are over, and in which the key was used in each of the last four weeks before that use. */
function expectedUses(counts: HourlyCounts, last: number): number {
  let expected = 0;
  for (let at = last + 1; at < counts.length - 1; at++) {
    const weeksBack = Math.ceil((at - last) / week);
    let weeks = 0;
    while (weeks < usualWeeks && (counts[at - (weeksBack + weeks) * week] ?? 0) > 0) weeks++;
    if (weeks === usualWeeks) expected++;
  }
  return expected;
}
