import { Worker } from 'node:worker_threads';
import { type TelemetryPlace, threadModule } from './open.ts';
import type { FromReader, QueryAnswer, QueryArgs, QueryName, ToReader } from './queries.ts';

interface Asked {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** What stands in the log cannot be read now: the file or the server is away, locked or damaged. */
export class TelemetryUnavailable extends Error {}

/** Asks the reading thread; it is started by the first question. */
export class QueryThread {
  readonly #place: TelemetryPlace;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | null = null;
  #nextId = 1;

  constructor(place: TelemetryPlace) {
    this.#place = place;
  }

  /** Rejects with `TelemetryUnavailable`. */
  run<N extends QueryName>(name: N, ...args: QueryArgs<N>): Promise<QueryAnswer<N>> {
    const { promise, resolve, reject } = Promise.withResolvers<QueryAnswer<N>>();
    const id = this.#nextId++;
    this.#asked.set(id, { resolve: resolve as (answer: never) => void, reject });
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#post({ kind: 'ask', id, name, args });
    return promise;
  }

  /** After the file was replaced: what is open is the old one. */
  reopen(): void {
    this.#post({ kind: 'reopen' });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.ref();
    worker.once('exit', () => resolve());
    this.#post({ kind: 'end' });
    await promise;
  }

  #start(): Worker {
    const worker = new Worker(threadModule('reader-worker'), { workerData: { place: this.#place } });
    worker.on('message', (message: FromReader) => this.#heard(message));
    worker.on('error', () => {});
    worker.on('exit', () => this.#ended());
    return worker;
  }

  #post(message: ToReader): void {
    this.#worker?.postMessage(message);
  }

  #heard(message: FromReader): void {
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (this.#asked.size === 0) this.#worker?.unref();
    if ('error' in message) asked?.reject(new TelemetryUnavailable(message.error));
    else asked?.resolve(message.answer as never);
  }

  /** The next question starts another one. */
  #ended(): void {
    this.#worker = null;
    const left = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of left) reject(new TelemetryUnavailable('The reading thread ended.'));
  }
}
