import { AppError } from '../../errors.ts';
import { clearLater, findPart, insertParts, type JobPart, keepParts } from '../../store/job-parts.ts';
import { type App, atomically, type Unit } from '../app.ts';

const partBytes = 65_536;
const partsAtOnce = 8;
/** Far longer than a request may take to arrive. */
const unclaimedMs = 3_600_000;

/**
 * What a job will be given, written to the store in pieces while it arrives, so that no long transaction and no large
 * buffer is needed. Unless a job claims it, it is cleared away.
 */
export class JobInput {
  readonly jobId: string;
  readonly #app: App;
  #texts: string[] = [];
  #length = 0;
  #parts: JobPart[] = [];
  #n = 0;

  constructor(app: App) {
    this.#app = app;
    this.jobId = app.newId('job');
  }

  /** `record` must be one line. */
  async add(record: string): Promise<void> {
    this.#texts.push(record);
    this.#length += record.length;
    if (this.#length < partBytes) return;
    this.#cut();
    if (this.#parts.length >= partsAtOnce) await this.flush();
  }

  #cut(): void {
    if (this.#texts.length === 0) return;
    this.#parts.push({ n: this.#n++, body: Buffer.from(this.#texts.join('\n')) });
    this.#texts = [];
    this.#length = 0;
  }

  /** Afterwards all that was added is in the store. */
  async flush(): Promise<void> {
    this.#cut();
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    await atomically(this.#app, async ({ tx }) => {
      await clearLater(tx, this.jobId, ['input'], this.#app.clock.wallMs() + unclaimedMs);
      await insertParts(tx, this.jobId, 'input', parts);
    });
  }

  async discard(): Promise<void> {
    if (this.#n === 0) return;
    await atomically(this.#app, ({ tx }) => clearLater(tx, this.jobId, ['input'], this.#app.clock.wallMs()));
    this.#app.jobs.wake();
  }
}

/** In the transaction that makes the job: from now on the input stays as long as the job needs it. */
export async function claimInput(unit: Unit, jobId: string): Promise<void> {
  if (await keepParts(unit.tx, jobId, 'input')) return;
  throw new AppError('request_timeout', 'What was sent waited too long to be used. Send it again.');
}

/** The records of one part, in order; undefined after the last part. */
export async function readInput(unit: Unit, jobId: string, n: number): Promise<string[] | undefined> {
  const part = await findPart(unit.tx, jobId, 'input', n);
  return part?.body.toString('utf8').split('\n');
}
