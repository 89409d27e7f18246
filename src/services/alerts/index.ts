import { setTimeout as delay } from 'node:timers/promises';
import { deleteEndedNotifications, nextNotificationDue } from '../../store/alerts.ts';
import type { App } from '../app.ts';
import { AlertSender, type Outcome } from './sender.ts';
import { Watcher } from './watcher.ts';

const limitsEveryMs = 15_000;
const flagsEveryMs = 300_000;
/** After a start keys must have time to be used again before their silence is told. */
const firstFlagsMs = 120_000;
/** Where very many keys are looked at, that is at most a tenth of the time. */
const restTimes = 10;
/** After a change of a rule. */
const soonMs = 1_000;
const sendEveryMs = 30_000;
const keptMs = 30 * 86_400_000;
const deletedAtOnce = 100;
/** The store may hang: stopping must not. */
const maxStopMs = 900;

/** Watches all keys, and tells whoever wants to know. */
export class Alerts {
  readonly #app: App;
  readonly #watcher: Watcher;
  readonly #sender: AlertSender;
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly atMs: number }>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #failing = new Set<string>();
  /** Monotonic: looks at all keys of everybody must not follow each other closely. */
  #restUntilMs = 0;
  #isOn = false;

  constructor(app: App) {
    this.#app = app;
    this.#watcher = new Watcher(app);
    this.#sender = new AlertSender(app);
  }

  /** Places' own signals that are open, and how notifications ended since the start. */
  get counts(): { readonly open: number; readonly outcomes: ReadonlyMap<Outcome, number> } {
    return { open: this.#watcher.open, outcomes: this.#sender.outcomes };
  }

  start(): void {
    this.#isOn = true;
    this.#later('limits', limitsEveryMs);
    this.#later('flags', firstFlagsMs);
    this.#later('send', 0);
    void this.#checkMailServer();
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    this.#watcher.stop();
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    const late = new AbortController();
    const patience = delay(maxStopMs, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(this.#running.values()), patience]);
    late.abort();
  }

  /** Something is due: looks now instead of at the next timer. */
  wake(): void {
    if (this.#isOn) this.#later('send', 0);
  }

  rulesChanged(): void {
    this.#watcher.rulesChanged();
    const restMs = this.#restUntilMs - performance.now();
    if (this.#isOn) this.#later('flags', Math.max(soonMs, restMs));
  }

  lookAtLimits(): Promise<void> {
    return this.#run('limits', () => this.#watcher.lookAtLimits());
  }

  lookAtFlags(): Promise<void> {
    return this.#run('flags', () => this.#watcher.lookAtFlags());
  }

  /** Sends what is due, and forgets what was sent long ago. */
  sendDue(): Promise<void> {
    return this.#run('send', async () => {
      while (await this.#sender.sendDue());
      const { clock } = this.#app;
      for (let removed = deletedAtOnce; removed === deletedAtOnce; await delay(1))
        removed = await this.#app.database.transaction((tx) =>
          deleteEndedNotifications(tx, clock.wallMs() - keptMs, deletedAtOnce),
        );
    });
  }

  /** One look of a kind at a time; who asks meanwhile gets one of its own afterwards. */
  #run(kind: string, work: () => Promise<void>): Promise<void> {
    const run = (this.#running.get(kind) ?? Promise.resolve()).catch(() => {}).then(work);
    this.#running.set(kind, run);
    return run;
  }

  /** What was to come earlier stays: somebody asked for it while this one was at work. */
  #later(kind: 'limits' | 'flags' | 'send', ms: number): void {
    const atMs = performance.now() + ms;
    const known = this.#timers.get(kind);
    if (known && known.atMs <= atMs) return;
    clearTimeout(known?.timer);
    this.#timers.set(kind, { timer: setTimeout(() => void this.#tick(kind), ms).unref(), atMs });
  }

  async #tick(kind: 'limits' | 'flags' | 'send'): Promise<void> {
    this.#timers.delete(kind);
    const began = performance.now();
    let nextMs = { limits: limitsEveryMs, flags: flagsEveryMs, send: sendEveryMs }[kind];
    try {
      if (kind === 'limits') await this.lookAtLimits();
      else if (kind === 'flags') await this.lookAtFlags();
      else {
        await this.sendDue();
        nextMs = await this.#untilDue();
      }
      this.#failing.delete(kind);
    } catch (error) {
      if (!this.#failing.has(kind))
        this.#app.log.error({ event: 'alerts.failing', err: error }, 'Alerts cannot go on; trying again');
      this.#failing.add(kind);
    }
    const now = performance.now();
    const restMs = kind === 'send' ? 0 : (now - began) * restTimes;
    if (kind === 'flags') this.#restUntilMs = now + restMs;
    if (this.#isOn) this.#later(kind, Math.max(nextMs, restMs));
  }

  async #untilDue(): Promise<number> {
    const due = await nextNotificationDue(this.#app.database.read);
    if (due === null) return sendEveryMs;
    return Math.min(Math.max(due - this.#app.clock.wallMs(), 1_000), sendEveryMs);
  }

  async #checkMailServer(): Promise<void> {
    const failed = await this.#app.mailer?.check();
    if (failed)
      this.#app.log.error(
        { event: 'alerts.mail_server', reason: failed.failure, ...failed.details },
        'The mail server cannot be used now: alerts by e-mail wait until it can',
      );
  }
}
