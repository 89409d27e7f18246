import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';

/** Changes in one commit at most, and how long they may take together: the loop serves nothing else meanwhile. */
const maxChanges = 256;
const maxGroupMs = 8;

interface Waiting<DB> {
  readonly isDurable: boolean;
  readonly work: (tx: Transaction<DB>) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Another change of the same commit made SQLite roll all of it back: nothing of this one happened, and it may run again. */
export class TransactionLost extends Error {
  constructor(options?: ErrorOptions) {
    super('The transaction was rolled back because of another change in it.', options);
  }
}

/**
 * Transactions of one SQLite connection, those that wait at the same time sharing one commit and so one fsync. Each
 * is a savepoint: one that throws is undone alone. Nobody is answered before the commit that holds their change.
 */
export class GroupCommit<DB> {
  /** Transactions that were asked for, and commits that held them. */
  transactions = 0;
  commits = 0;
  readonly #db: Kysely<DB>;
  #waiting: Waiting<DB>[] = [];
  #isRunning = false;

  constructor(db: Kysely<DB>) {
    this.#db = db;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** One that is not durable may be lost with the machine's power, and does not wait for the disk. */
  transaction<T>(work: (tx: Transaction<DB>) => Promise<T>, isDurable = true): Promise<T> {
    this.transactions++;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // The loop below belongs to whoever was first: what each has in its async context must stay its own.
    const inContext = AsyncLocalStorage.snapshot();
    this.#waiting.push({ isDurable, work: (tx) => inContext(work, tx), resolve, reject });
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      // Requests that have arrived get to the point where they wait, too.
      await nextTurn();
      await this.#commitGroup();
    }
    this.#isRunning = false;
  }

  async #commitGroup(): Promise<void> {
    const answers: (() => void)[] = [];
    const taken: Waiting<DB>[] = [];
    let lost: TransactionLost | undefined;
    const isDurable = this.#waiting[0]!.isDurable;
    try {
      await this.#withDisk(isDurable, async (tx) => {
        const until = performance.now() + maxGroupMs;
        do {
          const next = this.#waiting.shift()!;
          taken.push(next);
          const answer = await this.#attempt(tx, next);
          if (answer instanceof TransactionLost) {
            lost = answer;
            throw answer;
          }
          answers.push(answer);
        } while (
          this.#waiting[0]?.isDurable === isDurable &&
          taken.length < maxChanges &&
          performance.now() < until
        );
      });
    } catch (error) {
      if (lost) taken.pop()?.reject(lost.cause);
      // A transaction that cannot even begin has taken nobody: without this they would wait for ever.
      const failed = lost || taken.length > 0 ? taken : this.#waiting.splice(0);
      // Not what was thrown: rolling back what is rolled back already is an error of its own.
      for (const { reject } of failed) reject(lost ?? error);
      return;
    }
    this.commits++;
    for (const answer of answers) answer();
  }

  /** The setting holds for this commit alone: who writes without a transaction must never meet the other one. */
  async #withDisk(isDurable: boolean, work: (tx: Transaction<DB>) => Promise<void>): Promise<void> {
    if (isDurable) return this.#db.transaction().execute(work);
    await this.#db.connection().execute(async (connection) => {
      await sql`pragma synchronous = normal`.execute(connection);
      try {
        await connection.transaction().execute(work);
      } finally {
        await sql`pragma synchronous = full`.execute(connection);
      }
    });
  }

  /** What its asker will get once the group is committed. */
  async #attempt(
    tx: Transaction<DB>,
    { work, resolve, reject }: Waiting<DB>,
  ): Promise<(() => void) | TransactionLost> {
    await sql`savepoint change`.execute(tx);
    try {
      const result = await work(tx);
      await sql`release change`.execute(tx);
      return () => resolve(result as never);
    } catch (error) {
      try {
        await sql`rollback to change`.execute(tx);
        await sql`release change`.execute(tx);
      } catch {
        return new TransactionLost({ cause: error });
      }
      return () => reject(error);
    }
  }
}
