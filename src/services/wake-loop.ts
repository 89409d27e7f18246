import type { Logger } from 'pino';

const brokenDelayMs = 1_000;

interface WakeLoopParts {
  readonly log: Logger;
  /** Said when a look failed; it is tried again a second later. */
  readonly complaint: string;
  /** Begins what may begin; answers for how many ms there is nothing to do unless somebody wakes. */
  look(): Promise<number>;
}

/** Looks for work in the store: one look at a time, when its own time has come or when somebody says that there is some. */
export class WakeLoop {
  readonly #parts: WakeLoopParts;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isWoken = false;
  #isOn = false;

  constructor(parts: WakeLoopParts) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  start(): void {
    this.#isOn = true;
    this.wake();
  }

  /** Resolves when the look that is under way has ended: it begins nothing more where it asks `isOn`. */
  async stop(): Promise<void> {
    this.#isOn = false;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** Something may be due: looks now instead of at the next timer, and once more where a look is under way. */
  wake(): void {
    this.#isWoken = true;
    if (!this.#isOn || this.#looking !== undefined) return;
    this.#looking = this.#lookOn().finally(() => {
      this.#looking = undefined;
      if (this.#isWoken) this.wake();
    });
  }

  async #lookOn(): Promise<void> {
    let waitMs = brokenDelayMs;
    try {
      while (this.#isWoken && this.#isOn) {
        this.#isWoken = false;
        waitMs = await this.#parts.look();
      }
    } catch (error) {
      waitMs = brokenDelayMs;
      this.#parts.log.error({ err: error }, this.#parts.complaint);
    }
    clearTimeout(this.#timer);
    if (this.#isOn) this.#timer = setTimeout(() => this.wake(), waitMs).unref();
  }
}
