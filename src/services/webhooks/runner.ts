import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type WebhookReach, webhookReach } from '../../core/webhook-address.ts';
import {
  cancelWaiting,
  claimDeliveries,
  type DeliveryRow,
  deleteOldDeliveries,
  type PendingWebhook,
  pendingWebhooks,
} from '../../store/webhook-queue.ts';
import { type App, atomically } from '../app.ts';
import { WakeLoop } from '../wake-loop.ts';
import { type AttemptOutcome, attempt } from './attempt.ts';
import { askNameServers, askTheSystem, type Resolve, send, sendTimeoutMs } from './send.ts';
import { type Slot, Slots } from './slots.ts';

/** Longer than an attempt may take: after that the worker is gone, and another sends again. */
const leaseMs = 15_000;
/** Another node may have put something into the store, and nobody told this one. */
const lookEveryMs = 30_000;
const tidyEveryMs = 3_600_000;
const keptMs = 30 * 86_400_000;
/** What one transaction changes must not hold up the others. */
const rowsAtOnce = 200;
/** Stopping waits so long for attempts under way, and then cuts them: they are made again after the start. */
const maxStopMs = 900;

export interface WebhookRunnerOptions {
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
}

/** Sends what was published: from the store, so that nothing is lost, and many at once, so that nobody waits for others. */
export class WebhookRunner {
  readonly reach: WebhookReach;
  /** Since the start. */
  readonly outcomes = new Map<AttemptOutcome, number>();
  readonly #app: App;
  readonly #resolve: Resolve;
  readonly #timeoutMs: number;
  readonly #worker = randomUUID();
  readonly #slots = new Slots();
  readonly #sending = new Set<Promise<void>>();
  #stopping = new AbortController();
  readonly #loop: WakeLoop;
  #tidiedAtMs = Number.NEGATIVE_INFINITY;

  constructor(app: App, options: WebhookRunnerOptions = {}) {
    this.#app = app;
    this.reach = webhookReach(app.settings.webhookAllow);
    this.#timeoutMs = options.timeoutMs ?? sendTimeoutMs;
    this.#resolve = options.resolve ?? (this.reach.hasNamed ? askTheSystem : askNameServers);
    const complaint = 'Webhooks cannot be taken from the store; trying again';
    this.#loop = new WakeLoop({ log: app.log, complaint, look: () => this.#look() });
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#loop.start();
  }

  async stop(): Promise<void> {
    const cut = setTimeout(() => this.#stopping.abort(), maxStopMs);
    // The store may hang: stopping must not.
    const late = new AbortController();
    const ended = this.#loop.stop().then(() => Promise.allSettled(this.#sending));
    await Promise.race([ended, delay(2 * maxStopMs, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
    clearTimeout(cut);
  }

  /** Something may be due. */
  wake(): void {
    this.#loop.wake();
  }

  async #look(): Promise<number> {
    const waitMs = await this.#takeDue();
    await this.#tidy();
    return waitMs;
  }

  /** Begins what may begin; answers for how long there is nothing to do. */
  async #takeDue(): Promise<number> {
    const pending = await pendingWebhooks(this.#app.database.read);
    const now = this.#app.clock.wallMs();
    let waitMs = lookEveryMs;
    for (const webhook of pending) {
      if (webhook.isActive !== 1) await this.#cancel(webhook.webhookId);
      else if (webhook.dueAt > now) waitMs = Math.min(waitMs, Math.max(webhook.dueAt - now, 10));
      else await this.#takeFrom(webhook, now);
      if (!this.#loop.isOn) break;
    }
    return waitMs;
  }

  /** Where all hands are busy the end of an attempt is what wakes. */
  async #takeFrom({ webhookId, tenantId, failingSince }: PendingWebhook, now: number): Promise<void> {
    const slot: Slot = { webhookId, tenantId: tenantId!, isFailing: failingSince !== null };
    const limit = this.#slots.free(slot);
    if (limit === 0) return;
    const claim = { webhookId, worker: this.#worker, now, leaseUntil: now + leaseMs, limit };
    for (const row of await atomically(this.#app, ({ tx }) => claimDeliveries(tx, claim)))
      this.#begin(row, this.#slots.take(slot));
  }

  #begin(row: DeliveryRow, giveBack: () => void): void {
    const run = this.#attempt(row).finally(() => {
      giveBack();
      this.#sending.delete(run);
      this.wake();
    });
    this.#sending.add(run);
  }

  async #attempt(row: DeliveryRow): Promise<void> {
    const { tracing, log } = this.#app;
    const ways = {
      reach: this.reach,
      resolve: this.#resolve,
      stopping: this.#stopping.signal,
      timeoutMs: this.#timeoutMs,
    };
    const work = () => attempt(this.#app, this.#worker, row, (message) => send(message, ways));
    const attributes = { 'keyward.webhook.id': row.webhook_id, 'keyward.delivery.id': row.id };
    try {
      const outcome = await (tracing ? tracing.asOwn('webhook', attributes, work) : work());
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      // The lease runs out, and it is sent again.
      log.error({ err: error, deliveryId: row.id }, 'A delivery of a webhook could not be written down');
    }
  }

  /** Some of a webhook that was switched off or deleted; the others after what became due meanwhile. */
  async #cancel(webhookId: string): Promise<void> {
    const now = this.#app.clock.wallMs();
    const cancelled = await atomically(this.#app, ({ tx }) => cancelWaiting(tx, webhookId, now, rowsAtOnce));
    if (cancelled === rowsAtOnce) await this.#goOn();
  }

  async #tidy(): Promise<void> {
    const now = this.#app.clock.wallMs();
    // A clock that ran ahead and was set back must not keep this waiting until it is there again.
    if (Math.abs(now - this.#tidiedAtMs) < tidyEveryMs) return;
    const removed = await atomically(this.#app, ({ tx }) =>
      deleteOldDeliveries(tx, now - keptMs, rowsAtOnce),
    );
    if (removed > 0) await this.#goOn();
    else this.#tidiedAtMs = now;
  }

  async #goOn(): Promise<void> {
    this.wake();
    await delay(1);
  }
}
