import { clockShifts, decodeJournal, JournalBuffer, type JournalContent, TICKS_PER_MS } from './journal.ts';
import type {
  Clock,
  DayCounter,
  GroupState,
  JournalBatch,
  Limiter,
  LimitOutcome,
  Limits,
  Quota,
} from './limiter.ts';
import { SlidingWindow, UNLIMITED, WINDOW_MS } from './limiter.ts';

const DAY_MS = 86_400_000;
const MAX_UNITS = 0xffffffff; // what the column of the journal holds

/** Stored day counters by day and group. */
type DayRows = Map<number, Map<string, DayCounter>>;

/** One group: its window, its day counter, and the index it has in the batch being written. */
class Group extends SlidingWindow {
  readonly name: string;
  /** The limiter that holds it; null once it was swept away. */
  owner: MemoryLimiter | null;
  day = -1;
  dayUsed = 0;
  isDirty = false;
  journalBatch = -1; // the batch `journalIndex` is good for
  journalIndex = 0;

  constructor(name: string, owner: MemoryLimiter) {
    super();
    this.name = name;
    this.owner = owner;
  }
}

/**
 * The exact limiter of one process. `drainJournal` and `dirtyDays` must be called regularly, also where nobody
 * stores what they return: until then it is kept in memory. Time is read in steps of 1/1024 ms.
 */
export class MemoryLimiter implements Limiter {
  readonly #clock: Clock;
  readonly #groups = new Map<string, Group>();
  readonly #scratch: Group[] = [];
  readonly #journal = new JournalBuffer();
  #idleDays = new Map<string, number>(); // today's counters of groups without a window
  #dirty: Group[] = [];
  #dirtyRows: Omit<DayCounter, 'journalSeq'>[] = []; // read before their day ended
  #sweep: Iterator<Group> | null = null;
  #nowMs = Number.NEGATIVE_INFINITY;
  #day = -1;
  #lastSeq = 0;
  #run = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(quotas: readonly Quota[], units: number, wallMs = this.#clock.wallMs()): LimitOutcome {
    return this.#decide(quotas, units, wallMs, true);
  }

  peek(quotas: readonly Quota[], units = 1): LimitOutcome {
    return this.#decide(quotas, units, this.#clock.wallMs(), false);
  }

  /** Groups held with their window, for metrics; `sweep` brings it down. */
  get size(): number {
    return this.#groups.size;
  }

  /** Bytes of all windows, for metrics; takes time in proportion to `size`. */
  get windowBytes(): number {
    let bytes = 0;
    for (const group of this.#groups.values()) bytes += group.byteLength;
    return bytes;
  }

  /** All admissions since the last drain, or null when there were none. */
  drainJournal(): JournalBatch | null {
    if (this.#journal.length === 0) return null;
    const nowMs = this.#readMonotonic();
    this.#lastSeq += 1;
    return {
      seq: this.#lastSeq,
      at: Math.ceil(this.#clock.wallMs()),
      body: this.#journal.drain(this.#run, nowMs),
    };
  }

  /**
   * The day counters changed since the last call. Call it in the same tick right after `drainJournal` (it throws
   * when an admission is not drained), and store every row, retrying if need be, in the order of the calls: then
   * batches up to a stored `journalSeq` that are more than 61 s old may be deleted.
   */
  dirtyDays(): DayCounter[] {
    if (this.#journal.length > 0) throw new Error('dirtyDays must follow drainJournal in the same tick.');
    this.#collectDirty();
    const rows = this.#dirtyRows;
    this.#dirtyRows = [];
    return rows.map((row) => ({ ...row, journalSeq: this.#lastSeq }));
  }

  /**
   * Rebuilds what was stored: `batches` of at least the last 61 s and all that day rows do not include yet, in any
   * order, and the newest row of each group and day from yesterday on. Only on a limiter that was not used; throws
   * before it changes anything when a batch is unreadable. The wall clock only measures how long nothing ran.
   */
  restore(state: { batches: readonly JournalBatch[]; days: readonly DayCounter[] }): void {
    if (this.#groups.size > 0 || this.#lastSeq > 0) throw new Error('restore needs an unused limiter.');
    const batches = [...state.batches].sort((a, b) => a.seq - b.seq);
    const contents = batches.map((batch) => decodeJournal(batch.body));
    const rows: DayRows = new Map();
    for (const row of state.days) {
      if (!rows.has(row.day)) rows.set(row.day, new Map());
      rows.get(row.day)!.set(row.group, row);
      this.#lastSeq = Math.max(this.#lastSeq, row.journalSeq);
    }
    const shifts = clockShifts(batches, contents, this.#readMonotonic() - Math.floor(this.#clock.wallMs()));
    for (const [i, content] of contents.entries()) {
      const { seq } = batches[i]!;
      this.#replay(content, shifts.get(content.run)!, seq, rows);
      this.#lastSeq = Math.max(this.#lastSeq, seq);
    }
    for (const day of rows.keys()) this.#turnTo(day, rows);
    this.#run = this.#lastSeq + 1;
  }

  /** Frees idle groups and the room of past peaks, looking at about `work` groups; call it every second or so. */
  sweep(work = 1000): void {
    const nowMs = this.#readMonotonic();
    this.#sweep ??= this.#groups.values();
    let left = work;
    while (left > 0) {
      const { value: group, done } = this.#sweep.next();
      if (done) {
        this.#sweep = null;
        return;
      }
      group.expire(nowMs);
      left -= 1 + Math.floor(group.shrink() / 64);
      if (group.count > 0 || group.isDirty) continue;
      this.#groups.delete(group.name);
      group.owner = null;
      group.clear();
      if (group.day === this.#day && group.dayUsed > 0) this.#idleDays.set(group.name, group.dayUsed);
    }
  }

  #decide(quotas: readonly Quota[], units: number, wallMs: number, takes: boolean): LimitOutcome {
    if (!Number.isInteger(units) || units < 1 || units > MAX_UNITS) throw new RangeError(`units: ${units}`);
    const nowMs = this.#readMonotonic();
    if (wallMs >= (this.#day + 1) * DAY_MS) this.#turnTo(Math.floor(wallMs / DAY_MS));
    const groups = this.#scratch;
    let admitted = true;
    for (let i = 0; i < quotas.length; i++) {
      const quota = quotas[i]!;
      const { limits } = quota;
      const group = this.#groupFor(quota);
      group.expire(nowMs);
      groups[i] = group;
      if (refusesMinute(group, limits, units) || refusesDay(group, limits, units)) admitted = false;
    }
    if (admitted && takes) {
      for (let i = 0; i < quotas.length; i++) {
        if (i > 0 && groups.indexOf(groups[i]!) !== i) continue;
        this.#record(groups[i]!, nowMs, units, quotas[i]!.limits.perDay !== UNLIMITED);
      }
    }
    return outcomeOf(quotas, groups, units, admitted, nowMs, Math.ceil((this.#day + 1) * DAY_MS - wallMs));
  }

  #record(group: Group, nowMs: number, units: number, countsDays: boolean): void {
    group.push(nowMs, units);
    if (countsDays) this.#countDay(group, units);
    if (group.journalBatch !== this.#lastSeq) {
      group.journalBatch = this.#lastSeq;
      group.journalIndex = this.#journal.intern(group.name);
    }
    this.#journal.add(group.journalIndex, nowMs, units, this.#day);
  }

  #countDay(group: Group, units: number): void {
    group.dayUsed += units;
    if (group.isDirty) return;
    group.isDirty = true;
    this.#dirty.push(group);
  }

  #collectDirty(): void {
    for (const group of this.#dirty) {
      group.isDirty = false;
      this.#dirtyRows.push({ group: group.name, day: group.day, used: group.dayUsed });
    }
    this.#dirty = [];
  }

  #groupFor(quota: Quota): Group {
    const held = quota.held as Group | null | undefined;
    if (held?.owner === this && held.day === this.#day) return held;
    const group = this.#groupOf(quota.group);
    if (held !== undefined) quota.held = group;
    return group;
  }

  #groupOf(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name, this);
      this.#groups.set(name, group);
    }
    if (group.day !== this.#day) {
      group.day = this.#day;
      group.dayUsed = this.#idleDays.get(name) ?? 0;
      this.#idleDays.delete(name);
    }
    return group;
  }

  /** Never goes back, or the windows would be out of order. */
  #readMonotonic(): number {
    const nowMs = Math.floor(this.#clock.monotonicMs() * TICKS_PER_MS) / TICKS_PER_MS;
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
    return this.#nowMs;
  }

  /** Starts a later day; an earlier one (the wall clock was set back) changes nothing. */
  #turnTo(day: number, rows?: DayRows): void {
    if (day <= this.#day) return;
    this.#collectDirty();
    this.#idleDays = new Map();
    this.#day = day;
    for (const row of rows?.get(day)?.values() ?? []) this.#idleDays.set(row.group, row.used);
  }

  #replay(content: JournalContent, shiftMs: number, seq: number, rows: DayRows): void {
    const { groups, days, length, groupIndexes, timesMs, units } = content;
    const nowMs = this.#nowMs;
    let part = 0;
    for (let i = 0; i < length; i++) {
      while (days[part + 1] !== undefined && days[part + 1]!.from <= i) part++;
      const { day } = days[part]!;
      this.#turnTo(day, rows);
      const name = groups[groupIndexes[i]!]!;
      const isCounted = day < this.#day || seq <= (rows.get(day)?.get(name)?.journalSeq ?? 0);
      const timeMs = Math.min(nowMs, timesMs[i]! + shiftMs);
      const isInWindow = nowMs - timeMs < WINDOW_MS;
      if (isCounted && !isInWindow) continue;
      const group = this.#groupOf(name);
      if (!isCounted) this.#countDay(group, units[i]!);
      // Never older than the one before it: where two runs' clocks disagree the later time is the safe one.
      if (isInWindow) group.push(Math.max(timeMs, group.newestMs()), units[i]!);
    }
  }
}

function refusesMinute(group: Group, limits: Limits, units: number): boolean {
  return !(group.count + units <= limits.perMinute + limits.burst); // NaN refuses
}

function refusesDay(group: Group, limits: Limits, units: number): boolean {
  return !(group.dayUsed + units <= limits.perDay);
}

function outcomeOf(
  quotas: readonly Quota[],
  groups: readonly Group[],
  units: number,
  admitted: boolean,
  nowMs: number,
  dayResetMs: number,
): LimitOutcome {
  const states: GroupState[] = [];
  let retryAfterMs = 0;
  for (let i = 0; i < quotas.length; i++) {
    const { limits } = quotas[i]!;
    const group = groups[i]!;
    const { count, dayUsed } = group;
    const minuteLimit = limits.perMinute + limits.burst;
    const minuteRefuses = !admitted && refusesMinute(group, limits, units);
    const dayRefuses = !admitted && refusesDay(group, limits, units);
    if (minuteRefuses) {
      retryAfterMs = Math.max(retryAfterMs, group.msUntilLeft(count + units - minuteLimit, nowMs));
    }
    if (dayRefuses) retryAfterMs = Math.max(retryAfterMs, dayResetMs);
    states.push({
      minuteLimit,
      minuteRemaining: Math.max(0, minuteLimit - count),
      minuteResetMs: group.msUntilLeft(Math.max(1, count + 1 - minuteLimit), nowMs),
      dayLimit: limits.perDay,
      dayRemaining: Math.max(0, limits.perDay - dayUsed),
      dayResetMs,
      minuteRefuses,
      dayRefuses,
    });
  }
  return { admitted, retryAfterMs, states };
}
