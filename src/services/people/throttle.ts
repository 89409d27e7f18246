import { hash, randomBytes } from 'node:crypto';
import { addressGroup } from '../../core/client-address.ts';
import { AppError } from '../../errors.ts';
import type { Clock } from '../../limiter/limiter.ts';

interface Trail {
  readonly name: string;
  /** Monotonic ms of each failure, oldest first, never more than the limit. */
  failures: number[];
  /** Attempts that are being checked. */
  pending: number;
}

/** An attempt that was let in; exactly one of the two ends it. */
export interface Attempt {
  fail(): void;
  /** It succeeded, or was never judged. */
  release(): void;
}

export interface ThrottleOptions {
  readonly limit: number;
  readonly windowMs: number;
  readonly maxTrails: number;
  readonly maxWaiting: number;
}

const defaults: ThrottleOptions = { limit: 10, windowMs: 600_000, maxTrails: 20_000, maxWaiting: 200 };
const sharedTrails = 1_024;
const sweepEveryMs = 10_000;

/**
 * Counts wrong passwords and second factors per client address and per account in an exact sliding window, of this
 * process. Attempts being checked hold a place, so that many at once are not more guesses than one after another.
 * An account is a text: one that does not exist is counted alike.
 */
export class SignInThrottle {
  readonly #clock: Clock;
  readonly #options: ThrottleOptions;
  readonly #trails = new Map<string, Trail>();
  readonly #salt = randomBytes(16).toString('hex');
  #waiting: (() => void)[] = [];
  #sweptAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, options: Partial<ThrottleOptions> = {}) {
    this.#clock = clock;
    this.#options = { ...defaults, ...options };
  }

  /** Trails held, for metrics and tests: bounded. */
  get size(): number {
    return this.#trails.size;
  }

  /** Waits while others hold the last places; throws a 429 whose `Retry-After` is exact. */
  async enter(ip: string, account: string): Promise<Attempt> {
    for (;;) {
      const trails = [
        this.#trail(`address ${addressGroup(ip)}`),
        this.#trail(`account ${account.toLowerCase()}`),
      ];
      const waitMs = Math.max(...trails.map((trail) => this.#waitMs(trail)));
      if (waitMs > 0) throw tooMany(waitMs);
      if (trails.every((trail) => trail.failures.length + trail.pending < this.#options.limit)) {
        for (const trail of trails) trail.pending++;
        return this.#attempt(trails);
      }
      await this.#nextEnd();
    }
  }

  #attempt(trails: readonly Trail[]): Attempt {
    let isOpen = true;
    const end = (isFailure: boolean) => {
      if (!isOpen) return;
      isOpen = false;
      for (const trail of trails) {
        trail.pending--;
        if (isFailure) trail.failures.push(this.#clock.monotonicMs());
        this.#dropIfEmpty(trail);
      }
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) wake();
    };
    return { fail: () => end(true), release: () => end(false) };
  }

  #nextEnd(): Promise<void> {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      throw new AppError('overloaded', 'Too many people are signing in at once.', {
        headers: { 'Retry-After': '1' },
      });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #waitMs(trail: Trail): number {
    this.#forgetOld(trail);
    const { limit, windowMs } = this.#options;
    const leaves = trail.failures[trail.failures.length - limit];
    return leaves === undefined ? 0 : leaves + windowMs - this.#clock.monotonicMs();
  }

  #forgetOld(trail: Trail): void {
    const since = this.#clock.monotonicMs() - this.#options.windowMs;
    const kept = trail.failures.findIndex((at) => at > since);
    if (kept !== 0 && trail.failures.length > 0) trail.failures = kept < 0 ? [] : trail.failures.slice(kept);
  }

  /** When all places are taken, newcomers share trails: memory stays bounded and nobody's count is forgotten. */
  #trail(name: string): Trail {
    const known = this.#trails.get(name);
    if (known) return known;
    if (this.#trails.size >= this.#options.maxTrails) this.#sweep();
    if (this.#trails.size < this.#options.maxTrails) return this.#add(name);
    const place = Number.parseInt(hash('sha256', this.#salt + name).slice(0, 8), 16) % sharedTrails;
    return this.#trails.get(`shared ${place}`) ?? this.#add(`shared ${place}`);
  }

  #add(name: string): Trail {
    const trail = { name, failures: [], pending: 0 };
    this.#trails.set(name, trail);
    return trail;
  }

  #dropIfEmpty(trail: Trail): void {
    if (trail.pending === 0 && trail.failures.length === 0) this.#trails.delete(trail.name);
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#sweptAtMs < sweepEveryMs) return;
    this.#sweptAtMs = now;
    for (const trail of this.#trails.values()) {
      this.#forgetOld(trail);
      this.#dropIfEmpty(trail);
    }
  }
}

function tooMany(waitMs: number): AppError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new AppError(
    'rate_limited',
    `Too many wrong passwords or codes from this address or for this account: try again in ${seconds} s.`,
    {
      headers: { 'Retry-After': String(seconds) },
      members: { violatedPolicies: ['sign_in'], retryAfterSeconds: seconds },
    },
  );
}
