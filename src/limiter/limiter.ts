/** As `perDay`: there is no limit a day, and days are not counted. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** What one group may do: at most perMinute + burst units in any 60 s, at most perDay in a UTC day. */
export interface Limits {
  readonly perMinute: number;
  readonly burst: number;
  readonly perDay: number;
}

/** One bucket that a request must fit in: a key's own group first, then for example the tenant's ceiling. */
export interface Quota {
  readonly group: string;
  readonly limits: Limits;
  /** Belongs to the limiter, which finds the group again by it; a quota that is used more than once begins with null. */
  held?: object | null;
}

/** Where one group stands after the call, judged by the limits passed to it; times are whole ms, rounded up. */
export interface GroupState {
  /** perMinute + burst. */
  minuteLimit: number;
  /** Never negative, also after a limit was lowered. */
  minuteRemaining: number;
  /** Until one more unit is free; 60,000 when none is used. */
  minuteResetMs: number;
  dayLimit: number;
  dayRemaining: number;
  /** Until 00:00 UTC ends the day that is counted; more than 24 h after the wall clock was set back a day. */
  dayResetMs: number;
  minuteRefuses: boolean;
  dayRefuses: boolean;
}

/** The answer to a take or a peek; `states` stand in the order of the quotas. */
export interface LimitOutcome {
  admitted: boolean;
  /**
   * 0 when admitted, else the latest of all refusing policies in whole ms: asking again after it succeeds when
   * nothing else was sent. Units that can never fit count as 60,000 (minute) or as the end of the day (day).
   */
  retryAfterMs: number;
  states: GroupState[];
}

/** The only source of time: one clock that never goes back, and UTC epoch ms, which may be set at any moment. */
export interface Clock {
  monotonicMs(): number;
  wallMs(): number;
}

/** Counts admissions per group; `units` must be a whole number from 1 to 2^32 - 1 (else a RangeError). */
export interface Limiter {
  /**
   * All or nothing, over every quota and both policies; a group named twice is taken once, under both limits.
   * `wallMs` is for callers that have just read the limiter's own clock.
   */
  take(quotas: readonly Quota[], units: number, wallMs?: number): LimitOutcome | Promise<LimitOutcome>;
  /** Takes nothing; `admitted` says whether `units` (1 unless told) would be admitted now. */
  peek(quotas: readonly Quota[], units?: number): LimitOutcome | Promise<LimitOutcome>;
}

/** Admissions ready to be stored: `seq` grows by one and goes on after a restore, `at` is whole epoch ms. */
export interface JournalBatch {
  readonly seq: number;
  readonly at: number;
  readonly body: Uint8Array;
}

/** Units a group has used on one UTC day (days since 1970-01-01): all of batches 1 to `journalSeq`, no other. */
export interface DayCounter {
  readonly group: string;
  readonly day: number;
  readonly used: number;
  readonly journalSeq: number;
}

/** How long an admission counts: while now - time < 60,000 ms. */
export const WINDOW_MS = 60_000;

const MIN_CAPACITY = 8;
const NO_TIMES = new Float64Array(0);

/** The times of every unit admitted in the last 60 s, oldest first, 8 bytes each: a ring that grows by doubling. */
export class SlidingWindow {
  /** Units held; those of the last 60 s after `expire`. */
  count = 0;
  #times: Float64Array = NO_TIMES;
  #head = 0;
  /** The first of them, kept apart: most calls need no other, and the ring is seldom in the processor's cache. */
  #oldestMs = 0;

  get byteLength(): number {
    return this.#times.byteLength;
  }

  /** `timeMs` must not be before `newestMs`. */
  push(timeMs: number, units: number): void {
    const needed = this.count + units;
    if (needed > this.#times.length) this.#resize(needed);
    const times = this.#times;
    const mask = times.length - 1;
    const start = (this.#head + this.count) & mask;
    if (this.count === 0) this.#oldestMs = timeMs;
    if (units === 1) {
      times[start] = timeMs;
    } else {
      times.fill(timeMs, start, start + units);
      times.fill(timeMs, 0, Math.max(0, start + units - times.length));
    }
    this.count = needed;
  }

  /** Drops what is 60 s old: O(1) amortised, and O(log n) when a whole window leaves at once. */
  expire(nowMs: number): void {
    const { count } = this;
    if (count === 0 || nowMs - this.#oldestMs < WINDOW_MS) return;
    let high = 1;
    while (high < count && this.#isGone(high, nowMs)) high *= 2;
    let low = (high >>> 1) + 1;
    high = Math.min(high, count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isGone(middle, nowMs)) low = middle + 1;
      else high = middle;
    }
    this.#head = (this.#head + low) & (this.#times.length - 1);
    this.count = count - low;
    if (this.count > 0) this.#oldestMs = this.#at(0);
  }

  /** Until the n oldest units have left, in whole ms; 60,000 when there are not as many. */
  msUntilLeft(n: number, nowMs: number): number {
    if (!(n <= this.count)) return WINDOW_MS;
    const timeMs = n === 1 ? this.#oldestMs : this.#at(n - 1);
    return Math.ceil(timeMs + WINDOW_MS - nowMs);
  }

  /** Gives the ring back. */
  clear(): void {
    this.count = 0;
    this.#times = NO_TIMES;
  }

  newestMs(): number {
    return this.count === 0 ? Number.NEGATIVE_INFINITY : this.#at(this.count - 1);
  }

  /** Gives back what a past peak needed; returns the number of entries it had to copy. */
  shrink(): number {
    if (this.#times.length <= MIN_CAPACITY || this.count * 4 > this.#times.length) return 0;
    this.#resize(this.count * 2);
    return this.count;
  }

  #at(index: number): number {
    return this.#times[(this.#head + index) & (this.#times.length - 1)]!;
  }

  #isGone(index: number, nowMs: number): boolean {
    return nowMs - this.#at(index) >= WINDOW_MS;
  }

  #resize(needed: number): void {
    let capacity = MIN_CAPACITY;
    while (capacity < needed) capacity *= 2;
    const times = new Float64Array(capacity);
    const end = Math.min(this.#times.length, this.#head + this.count);
    const first = this.#times.subarray(this.#head, end);
    times.set(first);
    times.set(this.#times.subarray(0, this.count - first.length), first.length);
    this.#times = times;
    this.#head = 0;
  }
}
