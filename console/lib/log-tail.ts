interface TailOptions<T> {
  idOf(row: T): string;
  /** Above so many, the list is better read anew than gone on with. */
  readonly most: number;
}

/**
 * Rows that came since a list was read, newest first. While somebody reads further down, or has paused, they wait and
 * are only counted, so that nothing moves under the eyes.
 */
export class LogTail<T> {
  readonly #options: TailOptions<T>;
  #shown: readonly T[] = [];
  /** In the order in which they came. */
  #waiting: T[] = [];
  #count = 0;
  /** So many of `#waiting` came before the stream was opened the last time. */
  #before = 0;
  /** Of pages that were read while the stream was open: it may tell of the same. */
  #read: ReadonlySet<string> = new Set();

  constructor(options: TailOptions<T>) {
    this.#options = options;
  }

  get shown(): readonly T[] {
    return this.#shown;
  }

  /** How many wait, with those that were let go because they were too many. */
  get waiting(): number {
    return this.#count;
  }

  /** The stream was opened anew, and says nothing of what happened before. */
  open(): void {
    this.#before = this.#waiting.length;
  }

  /** Rows in the order in which they came. */
  add(rows: readonly T[]): void {
    const fresh = rows.filter((row) => !this.#read.has(this.#options.idOf(row)));
    this.#count += fresh.length;
    this.#waiting.push(...fresh);
    const excess = this.#waiting.length - this.#options.most;
    if (excess <= 0) return;
    this.#waiting.splice(0, excess);
    this.#before = Math.max(0, this.#before - excess);
  }

  /** Shows what waits. False where that are too many to go on with: read the list anew, and call `restart`. */
  show(): boolean {
    const waiting = this.#waiting;
    if (this.#count > waiting.length || this.#shown.length + waiting.length > this.#options.most)
      return false;
    if (this.#count > 0) this.#shown = [...waiting.reverse(), ...this.#shown];
    this.#forgetWaiting();
    return true;
  }

  /**
   * Puts in what the stream, opened after the list was read, did not tell: `page` is the first page as it is now, and
   * `below` has the ids of the list. False where the page does not reach down to what is known.
   */
  join(page: readonly T[], isDeep: boolean, below: ReadonlySet<string>): boolean {
    const { idOf } = this.#options;
    const old = new Set([...this.#shown, ...this.#waiting.slice(0, this.#before)].map(idOf));
    const told = new Set(this.#waiting.slice(this.#before).map(idOf));
    const end = page.findIndex((row) => below.has(idOf(row)) || old.has(idOf(row)));
    if (end < 0 && !isDeep) return false;
    // What is above the last that was told will still be told.
    const begin = page.findLastIndex((row) => told.has(idOf(row))) + 1;
    const missed = page.slice(begin, end < 0 ? undefined : end);
    this.#waiting.splice(this.#before, 0, ...missed.toReversed());
    this.#count += missed.length;
    this.#read = new Set(missed.map(idOf));
    return true;
  }

  /** The list was read anew, and begins with `page`: only what is newer than it stays. */
  restart(page: readonly T[]): void {
    const { idOf } = this.#options;
    this.#read = new Set(page.map(idOf));
    const newest = this.#waiting.toReversed().concat(this.#shown);
    const joint = newest.findIndex((row) => this.#read.has(idOf(row)));
    this.#shown = joint > 0 ? newest.slice(0, joint) : [];
    this.#forgetWaiting();
  }

  #forgetWaiting(): void {
    this.#waiting = [];
    this.#count = 0;
    this.#before = 0;
  }
}
