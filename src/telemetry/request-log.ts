import { Worker } from 'node:worker_threads';
import type { LogMark } from '../core/policy.ts';
import type { FromLogWorker, LogWorkerData, ToLogWorker } from './log-messages.ts';
import type { LoggedKey, LoggedRoute, RequestRecord } from './record.ts';
import { RecordBuffer } from './record-buffer.ts';
import { RefusalSample } from './refusal-sample.ts';
import { Unrecorded } from './unrecorded.ts';

const bufferBytes = 1 << 20;
const maxBuffers = 48;
/** With more of them in use than this, bodies are left out, so that there is room for records. */
const maxBuffersForBodies = 24;
/** What each batch costs for every key in it is shared by more records, the longer it is. */
const flushMs = 200;
const restartMs = 1_000;

/** Who made a request; the mark is kept with it, so that its dictionary entry is found without a look-up. */
interface Marked {
  readonly logMark: LogMark;
}

export interface RequestLogOptions<K> {
  readonly place: LogWorkerData['place'];
  /** Epoch ms. */
  readonly now: () => number;
  /** The thread's module. */
  readonly worker: URL;
  /** Called once a batch for each key in it, and with its policy once in all. */
  readonly describe: (key: K, withPolicy: boolean) => LoggedKey;
  /** Done before records are handed over: what they tell of must be stored no later than they are. */
  readonly before?: () => Promise<void>;
  /** Told when the log begins to fail, and (null) when it works again. */
  readonly onState: (failure: string | null) => void;
}

export interface RequestLogCounts {
  /** Records in the database. */
  readonly written: number;
  /** Records handed over and not written yet. */
  readonly waiting: number;
  /** Refusals without a known key that were counted and not recorded. */
  readonly sampled: number;
  /** Other records that were counted and not recorded, because the database was too slow or away. */
  readonly dropped: number;
  /** Requests not even counted. */
  readonly uncounted: number;
  readonly failure: string | null;
}

/**
 * The request log as the server sees it: `record` costs about a microsecond, waits for nothing and never throws.
 * A thread writes; what it cannot keep up with is counted, but has no record.
 */
export class RequestLog<K extends Marked> {
  readonly #options: RequestLogOptions<K>;
  readonly #onState: (failure: string | null) => void;
  #worker: Worker | null = null;
  #routes: readonly LoggedRoute[] = [];
  #routeIndexes: ReadonlyMap<string, number> = new Map();
  #free: ArrayBuffer[] = [];
  readonly #sample = new RefusalSample();
  readonly #unrecorded = new Unrecorded();
  #buffers = 0;
  #filling: RecordBuffer | null = null;
  #batch = 0;
  #timer: NodeJS.Timeout | null = null;
  #written = 0;
  #waiting = 0;
  #sampled = 0;
  #dropped = 0;
  #underWay = 0;
  #restAt = 0;
  #failure: string | null = null;
  #whenSettled: (() => void)[] = [];
  #whenWritten = Promise.withResolvers<void>();
  #whenEnded: (() => void) | null = null;
  #isClosed = false;
  #handedOver: Promise<void> = Promise.resolve();
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>();
  #lastTask = 0;

  constructor(options: RequestLogOptions<K>) {
    this.#options = options;
    this.#onState = options.onState;
  }

  /** What `RequestRecord.route` counts from; to be called before anything is recorded. */
  useRoutes(routes: readonly LoggedRoute[]): void {
    this.#routes = routes;
    this.#routeIndexes = new Map(routes.map(({ template }, index) => [template, index]));
  }

  /** The place of a template that has one method; -1 where there is none. */
  routeOf(template: string): number {
    return this.#routeIndexes.get(template) ?? -1;
  }

  get counts(): RequestLogCounts {
    return {
      written: this.#written,
      waiting: this.#waiting,
      sampled: this.#sampled,
      dropped: this.#dropped,
      uncounted: this.#unrecorded.uncounted,
      failure: this.#failure,
    };
  }

  record(record: RequestRecord, key: K | null): void {
    if (this.#isClosed) return;
    if (key === null && !this.#sample.keeps(record.at)) {
      this.#sampled++;
      this.#count(record, null);
    } else if (!this.#add(record, key)) {
      this.#dropped++;
      this.#count(record, key);
    }
    this.#timer ??= setTimeout(() => this.#handOver(), flushMs).unref();
  }

  /** Resolves when the next batch is written. */
  get nextWrite(): Promise<void> {
    return this.#whenWritten.promise;
  }

  /** Returns when everything recorded before is written. */
  async flush(): Promise<void> {
    this.#handOver();
    await this.#handedOver;
    if (this.#worker === null) return;
    this.#worker.postMessage({ kind: 'settle' } satisfies ToLogWorker);
    await new Promise<void>((resolve) => this.#whenSettled.push(resolve));
  }

  /** Has the thread do something between two batches; rejects when it cannot. Its module knows the tasks. */
  ask(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new Error('The request log is closed.'));
    const id = ++this.#lastTask;
    const asked = Promise.withResolvers<unknown>();
    this.#asked.set(id, asked);
    this.#post({ kind: 'task', id, name, args });
    return asked.promise;
  }

  /** Writes what is left, if that is possible, and ends the thread. */
  async close(): Promise<void> {
    this.#handOver();
    this.#isClosed = true;
    await this.#handedOver;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#worker === null) return;
    this.#whenEnded = resolve;
    this.#worker.ref();
    this.#worker.postMessage({ kind: 'end' } satisfies ToLogWorker);
    await promise;
  }

  #start(): Worker {
    const { worker: url, place } = this.#options;
    const worker = new Worker(url, { workerData: { place, routes: this.#routes } satisfies LogWorkerData });
    worker.on('message', (message: FromLogWorker) => this.#heard(message));
    worker.on('error', (error: Error) => this.#fail(error.message));
    worker.on('exit', () => this.#ended());
    worker.unref();
    return worker;
  }

  /** A thread that ended by itself takes what it had with it, and another one goes on. */
  #ended(): void {
    this.#worker = null;
    for (const { reject } of this.#asked.values()) reject(new Error('The writing thread ended.'));
    this.#asked.clear();
    this.#dropped += this.#waiting;
    this.#waiting = 0;
    this.#underWay = 0;
    for (const resolve of this.#whenSettled.splice(0)) resolve();
    if (this.#isClosed) {
      this.#whenEnded?.();
      return;
    }
    this.#free = [];
    this.#buffers = this.#filling ? 1 : 0;
    this.#restAt = performance.now() + restartMs;
  }

  #add(record: RequestRecord, key: K | null): boolean {
    const buffer = this.#filling ?? this.#begin();
    if (buffer === null) return false;
    const keepsBodies = this.#buffers - this.#free.length <= maxBuffersForBodies;
    if (buffer.add(record, key === null ? 0 : this.#indexOf(buffer, key), keepsBodies)) return true;
    // A record that no buffer has room for must not empty them one after the other.
    if (buffer.count === 0) return false;
    this.#handOver();
    return this.#add(record, key);
  }

  #indexOf(buffer: RecordBuffer, key: K): number {
    const mark = key.logMark;
    if (mark.batch !== this.#batch) {
      mark.batch = this.#batch;
      mark.index = buffer.addKey(this.#options.describe(key, !mark.isTold));
      mark.isTold = true;
    }
    return mark.index;
  }

  #begin(): RecordBuffer | null {
    let bytes = this.#free.pop();
    if (bytes === undefined) {
      if (this.#buffers === maxBuffers) return null;
      this.#buffers++;
      bytes = new ArrayBuffer(bufferBytes);
    }
    this.#batch++;
    this.#filling = new RecordBuffer(new Uint8Array(bytes));
    return this.#filling;
  }

  #count({ at, route, status, durationUs, environment }: RequestRecord, key: K | null): void {
    const known = key === null ? null : this.#options.describe(key, false);
    const usage = this.#unrecorded.of(
      known?.tenantId ?? '',
      known?.environment ?? environment,
      known?.keyId ?? null,
      at,
    );
    usage?.add(route, status, durationUs);
  }

  #handOver(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    // A thread that has just ended by itself would do so again.
    if (this.#worker === null && performance.now() < this.#restAt) return;
    const batch = this.#filling?.count ? this.#filling.take() : null;
    if (batch) this.#filling = null;
    // While nothing can be written, counts are better kept together than sent one after the other.
    const unrecorded = this.#underWay < maxBuffers ? this.#unrecorded.take() : [];
    if (batch === null && unrecorded.length === 0) return;
    const message: ToLogWorker = { kind: 'write', now: this.#options.now(), batch, unrecorded };
    this.#postAfterwards(message, batch ? [batch.bytes.buffer] : []);
  }

  #postAfterwards(message: ToLogWorker, transfer: ArrayBuffer[]): void {
    const { before } = this.#options;
    if (before === undefined) {
      this.#post(message, transfer);
      return;
    }
    const ready = this.#handedOver.then(before).catch(() => {});
    this.#handedOver = ready.then(() => this.#post(message, transfer));
  }

  #post(message: ToLogWorker, transfer: ArrayBuffer[] = []): void {
    if (message.kind === 'write') {
      this.#underWay++;
      this.#waiting += message.batch?.count ?? 0;
    }
    this.#worker ??= this.#start();
    this.#worker.postMessage(message, transfer);
  }

  #heard(message: FromLogWorker): void {
    if (message.kind === 'done' || message.kind === 'refused') {
      const asked = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (message.kind === 'done') asked?.resolve(message.answer);
      else asked?.reject(new Error(message.message));
      return;
    }
    if (message.kind === 'failed') {
      this.#fail(message.message);
      return;
    }
    if (this.#failure !== null) this.#onState(null);
    this.#failure = null;
    if (message.kind === 'settled') {
      this.#whenSettled.shift()?.();
      return;
    }
    if (message.buffer) this.#free.push(message.buffer);
    this.#written += message.count;
    this.#waiting -= message.count;
    this.#underWay--;
    const { resolve } = this.#whenWritten;
    this.#whenWritten = Promise.withResolvers<void>();
    resolve();
  }

  #fail(message: string): void {
    if (this.#failure === null) this.#onState(message);
    this.#failure = message;
  }
}
