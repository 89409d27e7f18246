/** Carries out work on many items, several at once, in their order. */
export class Pool {
  #width: number;

  constructor(width: number) {
    this.#width = width;
  }

  /** One at a time from now on: many that wait for the same limit only take it from each other. */
  narrow(): void {
    this.#width = 1;
  }

  /** Results in the order of the items. The first failure lets the items under way end, and is thrown then. */
  async run<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    const results: R[] = new Array(items.length);
    const failures: unknown[] = [];
    let next = 0;
    const worker = async (rank: number) => {
      while (next < items.length && failures.length === 0 && rank < this.#width) {
        const i = next++;
        try {
          results[i] = await work(items[i]!);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: this.#width }, (_, rank) => worker(rank)));
    if (failures.length > 0) throw failures[0];
    return results;
  }
}
