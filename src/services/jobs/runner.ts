import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { claimJob, type JobRow, nextDueAt } from '../../store/jobs.ts';
import { type App, atomically } from '../app.ts';
import { retentionKind, scheduleRetention } from '../retention/schedule.ts';
import { WakeLoop } from '../wake-loop.ts';
import { clearParts } from './housekeeping.ts';
import type { JobKind } from './kind.ts';
import { jobKinds } from './kinds.ts';
import { commitStep, giveUp, leaseMs, maxFailures, noteFailure, releaseJob } from './step.ts';

const maxRunning = 3;
const maxRestMs = 50;
/** Another node may have put a job into the store, and nobody told this one. */
const lookEveryMs = 30_000;
const tidyEveryMs = 3_600_000;
/** The store may hang: stopping must not. */
const maxStopMs = 900;

/** Takes jobs from the store and runs them, a few at a time, beside the requests. */
export class JobRunner {
  readonly kinds: ReadonlyMap<string, JobKind>;
  readonly #app: App;
  readonly #worker = randomUUID();
  readonly #running = new Set<Promise<void>>();
  readonly #loop: WakeLoop;
  #tidiedAtMs = Number.NEGATIVE_INFINITY;

  constructor(app: App, kinds: readonly JobKind[] = jobKinds) {
    this.#app = app;
    this.kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    const complaint = 'Jobs cannot be taken from the store; trying again';
    this.#loop = new WakeLoop({ log: app.log, complaint, look: () => this.#look() });
  }

  start(): void {
    this.#loop.start();
  }

  /** Waits for the steps under way; jobs that are not done stay queued. */
  async stop(): Promise<void> {
    const ended = Promise.allSettled([this.#loop.stop(), ...this.#running]);
    const late = new AbortController();
    await Promise.race([ended, delay(maxStopMs, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  }

  /** Something may be due. */
  wake(): void {
    this.#loop.wake();
  }

  async #look(): Promise<number> {
    await this.#takeJobs();
    await this.#tidy();
    return this.#untilNextDue();
  }

  async #takeJobs(): Promise<void> {
    while (this.#loop.isOn && this.#running.size < maxRunning) {
      const now = this.#app.clock.wallMs();
      const claim = { worker: this.#worker, now, leaseUntil: now + leaseMs };
      const job = await atomically(this.#app, ({ tx }) => claimJob(tx, claim));
      if (job === undefined) return;
      const run = this.#run(job).finally(() => {
        this.#running.delete(run);
        this.wake();
      });
      this.#running.add(run);
    }
  }

  /** With all hands busy the end of a job is what wakes, not what is due. */
  async #untilNextDue(): Promise<number> {
    if (this.#running.size >= maxRunning) return lookEveryMs;
    const due = await nextDueAt(this.#app.database.read);
    if (due === null) return lookEveryMs;
    return Math.min(Math.max(due - this.#app.clock.wallMs(), 10), lookEveryMs);
  }

  async #tidy(): Promise<void> {
    while (this.#loop.isOn && (await clearParts(this.#app))) await delay(1);
    const { clock } = this.#app;
    const now = clock.wallMs();
    // A clock that ran ahead and was set back must not keep this waiting until it is there again.
    const isSoon = Math.abs(now - this.#tidiedAtMs) < tidyEveryMs;
    if (isSoon || !this.kinds.has(retentionKind)) return;
    while (this.#loop.isOn && (await scheduleRetention(this.#app, now))) {
      this.wake();
      await delay(1);
    }
    this.#tidiedAtMs = now;
  }

  async #run(job: JobRow): Promise<void> {
    const { log } = this.#app;
    try {
      if (job.failures >= maxFailures) return await giveUp(this.#app, this.#worker, job.id);
      await this.#work(job);
    } catch (error) {
      if (!(error instanceof AppError))
        log.error({ err: error, jobId: job.id, kind: job.kind }, 'A job failed');
      // Where this fails too, the lease runs out, and that counts as a failure.
      await noteFailure(this.#app, this.#worker, job.id, error).catch(() => {});
    }
  }

  async #work({ id, kind: name }: JobRow): Promise<void> {
    const kind = this.kinds.get(name);
    if (kind === undefined) throw new Error(`This version of Keyward knows no jobs of the kind ${name}.`);
    while (this.#loop.isOn) {
      const before = performance.eventLoopUtilization();
      if (!(await this.#step(kind, id))) return;
      // As long as the loop was busy meanwhile: half of the time at least is for requests.
      const { active } = performance.eventLoopUtilization(before);
      await delay(Math.min(active, maxRestMs));
    }
    await releaseJob(this.#app, this.#worker, id);
  }

  #step(kind: JobKind, id: string): Promise<boolean> {
    const { tracing } = this.#app;
    const step = () => commitStep(this.#app, kind, this.#worker, id);
    const attributes = { 'keyward.job.id': id, 'keyward.job.kind': kind.name };
    return tracing ? tracing.asOwn(`job ${kind.name}`, attributes, step) : step();
  }
}
