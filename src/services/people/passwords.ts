import { AppError } from '../../errors.ts';

/** scrypt takes 32 MB and a thread each: the file system and the database driver need the other threads. */
const bounds = { maxRunning: 2, maxWaiting: 64 };

/**
 * better-auth's own hashing (scrypt with N 16384, r 16, p 1), so that its sign-in can check what we store; at most two
 * at once and a bounded queue, then 503.
 */
export class Passwords {
  readonly #bounds: typeof bounds;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: Partial<typeof bounds> = {}) {
    this.#bounds = { ...bounds, ...options };
  }

  async hash(password: string): Promise<string> {
    const { hashPassword } = await import('better-auth/crypto');
    return this.#inTurn(() => hashPassword(password));
  }

  /** `null` for an account that does not exist: takes as long, and is never right. */
  async verify(hash: string | null, password: string): Promise<boolean> {
    const { hashPassword, verifyPassword } = await import('better-auth/crypto');
    if (hash !== null) return this.#inTurn(() => verifyPassword({ hash, password }));
    await this.#inTurn(() => hashPassword(password));
    return false;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#bounds.maxRunning) await this.#turn();
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#bounds.maxWaiting) {
      throw new AppError('overloaded', 'Too many people are signing in at once.', {
        headers: { 'Retry-After': '2' },
      });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
