import type { LoggedRoute, UnrecordedUsage } from './record.ts';
import type { RecordBatch } from './record-buffer.ts';

export interface LogWorkerData {
  /** The data directory, or the URL of the PostgreSQL database. */
  readonly place: { readonly directory: string } | { readonly url: string };
  readonly routes: readonly LoggedRoute[];
}

export type ToLogWorker =
  | {
      readonly kind: 'write';
      /** Epoch ms on the server's clock, by which the thread tells what is over and what is old. */
      readonly now: number;
      readonly batch: RecordBatch | null;
      readonly unrecorded: readonly UnrecordedUsage[];
    }
  /** Write what waits, and usage with it, then say so. */
  | { readonly kind: 'settle' }
  /** Something to do between two batches. */
  | { readonly kind: 'task'; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  /** Write what waits, once, and end. */
  | { readonly kind: 'end' };

export type FromLogWorker =
  /** `buffer` comes back to be filled again. */
  | { readonly kind: 'written'; readonly count: number; readonly buffer: ArrayBuffer | null }
  | { readonly kind: 'settled' }
  | { readonly kind: 'done'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  /** Nothing was written; it is tried again. */
  | { readonly kind: 'failed'; readonly message: string };
