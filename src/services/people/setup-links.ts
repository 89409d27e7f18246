import { randomBytes } from 'node:crypto';
import { digestOf, digestsEqual } from '../../core/secret.ts';
import type { Clock } from '../../limiter/limiter.ts';

const lifetimeMs = 3_600_000;

/** 256 bits that fit into a URL. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The set-up link's token: of this process only, its digest only, and only the newest. */
export class SetupLinks {
  readonly #clock: Clock;
  #current: { readonly digest: string; readonly endsAtMs: number; readonly whenUsed: () => void } | null =
    null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create(whenUsed: () => void = () => {}): string {
    const token = createToken();
    this.#current = { digest: digestOf(token), endsAtMs: this.#clock.monotonicMs() + lifetimeMs, whenUsed };
    return token;
  }

  matches(token: string): boolean {
    const current = this.#current;
    return (
      current !== null &&
      digestsEqual(current.digest, digestOf(token)) &&
      this.#clock.monotonicMs() < current.endsAtMs
    );
  }

  end(): void {
    this.#current?.whenUsed();
    this.#current = null;
  }
}
