import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';

/** Changes in one commit at most, and how long they may take together: the loop serves nothing else meanwhile. */
const maxChanges = 256;
const maxGroupMs = 8;

interface Waiting<DB> {
  readonly work: (tx: Transaction<DB>) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The whole group is lost: SQLite rolled the transaction back by itself, or would not go back to a savepoint. */
class GroupLost extends Error {}

/**
 * Transactions of one SQLite connection, those that wait at the same time sharing one commit and so one fsync. Each
 * is a savepoint: one that throws is undone alone. Nobody is answered before the commit that holds their change.
 */
export class GroupCommit<DB> {
  readonly #db: Kysely<DB>;
  #waiting: Waiting<DB>[] = [];
  #isRunning = false;

  constructor(db: Kysely<DB>) {
    this.#db = db;
  }

  transaction<T>(work: (tx: Transaction<DB>) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ work, resolve, reject });
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
    try {
      await this.#db.transaction().execute(async (tx) => {
        const until = performance.now() + maxGroupMs;
        do {
          const next = this.#waiting.shift()!;
          taken.push(next);
          answers.push(await this.#attempt(tx, next));
        } while (this.#waiting.length > 0 && taken.length < maxChanges && performance.now() < until);
      });
    } catch (error) {
      const cause = error instanceof GroupLost ? error.cause : error;
      for (const { reject } of taken) reject(cause);
      return;
    }
    for (const answer of answers) answer();
  }

  /** What its asker will get once the group is committed. */
  async #attempt(tx: Transaction<DB>, { work, resolve, reject }: Waiting<DB>): Promise<() => void> {
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
        throw new GroupLost('the transaction is over', { cause: error });
      }
      return () => reject(error);
    }
  }
}
