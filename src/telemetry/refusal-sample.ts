import { MINUTE_MS } from './usage.ts';

/** Recorded in any minute before sampling begins, and at each rate after that. */
const wholeRecords = 60;
const recordsPerRate = 20;

/**
 * Which refusals without a known key get a record: in each minute the first 60, then every second one, every fourth
 * and so on, 20 at each rate. A flood of a million a minute leaves about 350 records.
 */
export class RefusalSample {
  #minute = -1;
  #kept = 0;
  #skipped = 0;

  keeps(at: number): boolean {
    const minute = Math.floor(at / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#kept = 0;
      this.#skipped = 0;
    }
    if (this.#kept >= wholeRecords) {
      const rate = 2 ** (1 + Math.floor((this.#kept - wholeRecords) / recordsPerRate));
      this.#skipped++;
      if (this.#skipped < rate) return false;
      this.#skipped = 0;
    }
    this.#kept++;
    return true;
  }
}
