import type { Logger } from 'pino';
import type { Clock, DayCounter, JournalBatch } from '../limiter/limiter.ts';
import type { MemoryLimiter } from '../limiter/memory.ts';
import type { Database } from '../store/database.ts';
import { deleteOldIdempotencyRecords } from '../store/idempotency.ts';
import {
  appendJournal,
  deleteOldDayCounters,
  loadLimits,
  pruneJournal,
  saveDayCounters,
} from '../store/limits.ts';
import type { UseRecorder } from './uses.ts';

const journalEveryMs = 50;
/** It costs some ten microseconds for each key in use; nothing is lost meanwhile, since the journal has it. */
const countersEveryMs = 5_000;
/** Every so many times counters wait for the disk. */
const countersSafeEvery = 2;
const sweepEveryMs = 1_000;
const housekeepingEveryMs = 600_000;
const journalKeptMs = 61_000;
const dayMs = 86_400_000;
/** About half a millisecond: requests have their turn between two. */
const chunkSize = 100;
const maxUsedGroups = 1_000_000;

export interface LimitKeeperParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly limiter: MemoryLimiter;
  readonly refusals: MemoryLimiter;
  readonly uses: UseRecorder;
  readonly log: Logger;
}

/**
 * Makes limits survive: admissions are journaled every 50 ms, day counters and last uses written every five seconds.
 * After a kill at most the admissions of the last 50 ms are forgotten; after `stop()` none.
 */
export class LimitKeeper {
  readonly #parts: LimitKeeperParts;
  #unwritten: JournalBatch[] = [];
  #days = new Map<string, DayCounter>();
  #usedGroups = new Set<string>();
  #timers: NodeJS.Timeout[] = [];
  #busy: Promise<void> = Promise.resolve();
  #isBroken = false;
  #writes = 0;

  constructor(parts: LimitKeeperParts) {
    this.#parts = parts;
  }

  /** What is not written yet, and whether writing failed the last time. */
  get waiting(): { readonly batches: number; readonly days: number; readonly isFailing: boolean } {
    return { batches: this.#unwritten.length, days: this.#days.size, isFailing: this.#isBroken };
  }

  /** Groups that were used since the last call; of very many not all. */
  takeUsedGroups(): ReadonlySet<string> {
    const taken = this.#usedGroups;
    this.#usedGroups = new Set();
    return taken;
  }

  /** Reads back what was written, then begins to write. */
  async start(): Promise<void> {
    const { database, clock, limiter } = this.#parts;
    const day = Math.floor(clock.wallMs() / dayMs) - 1;
    limiter.restore(await loadLimits(database.admissions, database.read, day));
    this.#every(journalEveryMs, () => this.#writeJournal());
    this.#every(countersEveryMs, () => this.#writeCounters());
    this.#every(sweepEveryMs, async () => this.#sweep());
    this.#every(housekeepingEveryMs, () => this.#housekeep());
  }

  /** When it resolves, admissions of before survive a kill, or it was logged that they cannot be written. */
  writeAdmissions(): Promise<void> {
    return this.#queue(() => this.#writeJournal());
  }

  /** Writes everything that is left. Nothing may be admitted any more. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#queue(() => this.#writeJournal());
    await this.#queue(() => this.#writeCounters());
  }

  #every(ms: number, work: () => Promise<void>): void {
    let isQueued = false;
    const timer = setInterval(() => {
      if (isQueued) return;
      isQueued = true;
      void this.#queue(work).finally(() => {
        isQueued = false;
      });
    }, ms);
    this.#timers.push(timer.unref());
  }

  /** One piece of work at a time. A failure is logged once, and what it could not write is tried again next time. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#busy = this.#busy.then(work).then(
      () => {
        this.#isBroken = false;
      },
      (error: unknown) => {
        if (!this.#isBroken)
          this.#parts.log.error(
            { event: 'limits.failing', err: error },
            'Counters and limits cannot be written; trying again',
          );
        this.#isBroken = true;
      },
    );
    return this.#busy;
  }

  #drainJournal(): void {
    const { limiter, refusals } = this.#parts;
    const batch = limiter.drainJournal();
    if (batch) this.#unwritten.push(batch);
    refusals.drainJournal();
  }

  /** Its own step, since it costs as much for a key with one request as for one with a thousand. */
  #drainDays(): void {
    const { limiter, refusals } = this.#parts;
    this.#drainJournal();
    for (const row of limiter.dirtyDays()) {
      this.#days.set(`${row.group}\n${row.day}`, row);
      if (this.#usedGroups.size < maxUsedGroups) this.#usedGroups.add(row.group);
    }
    refusals.dirtyDays();
  }

  async #writeJournal(): Promise<void> {
    this.#drainJournal();
    if (this.#unwritten.length === 0) return;
    const batches = this.#unwritten;
    await appendJournal(this.#parts.database.admissions, batches);
    this.#unwritten = this.#unwritten.filter((batch) => !batches.includes(batch));
  }

  async #writeCounters(): Promise<void> {
    const { database, clock, uses } = this.#parts;
    this.#drainDays();
    await this.#writeJournal();
    await this.#writeDays();
    await uses.flush(database);
    await pruneJournal(database.admissions, clock.wallMs() - journalKeptMs);
  }

  #sweep(): void {
    this.#parts.limiter.sweep();
    this.#parts.refusals.sweep();
  }

  async #writeDays(): Promise<void> {
    const { database } = this.#parts;
    // What of the last seconds is lost with the power is bounded by this; the journal of admissions is not safer.
    const isSafe = this.#writes++ % countersSafeEvery === 0;
    const write = isSafe ? database.transaction : database.background;
    const rows = [...this.#days.entries()];
    for (let i = 0; i < rows.length; i += chunkSize) {
      const chunk = rows.slice(i, i + chunkSize);
      await write((tx) =>
        saveDayCounters(
          tx,
          database.dialect,
          chunk.map(([, row]) => row),
        ),
      );
      for (const [name, row] of chunk) if (this.#days.get(name) === row) this.#days.delete(name);
    }
  }

  async #housekeep(): Promise<void> {
    const { database, clock } = this.#parts;
    await deleteOldDayCounters(database.write, Math.floor(clock.wallMs() / dayMs) - 1);
    await deleteOldIdempotencyRecords(database.write, clock.wallMs() - dayMs);
  }
}
