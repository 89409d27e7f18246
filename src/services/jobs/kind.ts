import type { App, Context, Unit } from '../app.ts';

/** Something wrong with one line of what a job was given; lines count from 1. */
export interface LineError {
  readonly line: number;
  readonly message: string;
}

/** A job as one of its steps sees it. */
export interface StepAsk<Payload, Cursor> {
  readonly id: string;
  readonly payload: Payload;
  /** What the step before said of where to go on; null at the first. */
  readonly cursor: Cursor | null;
  readonly done: number;
  readonly total: number | null;
  readonly result: Readonly<Record<string, number>>;
  /** Whether there is time for one thing more: a step must be short, because others wait for it. */
  hasTime(): boolean;
}

export interface Step<Cursor> {
  /** Where the next step goes on; null: this was the last. */
  readonly next: Cursor | null;
  readonly done: number;
  readonly total?: number;
  /** Appended to the job's report. Never a secret. */
  readonly errors?: readonly LineError[];
  /** Appended to the job's output, which nobody sees before the job has succeeded. */
  readonly output?: string | Uint8Array;
  /** Ends the job as failed, for this reason; what it made goes. `next` must lead to the same end if it is tried again. */
  readonly failure?: string;
  /** Counts of what was done so far, for the caller. */
  readonly result?: Readonly<Record<string, number>>;
}

/** What a job leaves behind to be fetched. */
export interface JobOutput {
  readonly scope: string;
  readonly mediaType: string;
  readonly fileName: string;
  /** Each step's output is compressed with gzip; whoever fetches it gets the text. */
  readonly isCompressed?: true;
}

export type StepContext = Context & { readonly unit: Unit };

/** A kind of job: it does one step after another, each in a transaction with the cursor that it moves. */
export interface JobKind<Payload = unknown, Cursor = unknown, Prepared = unknown> {
  readonly name: string;
  /** What whoever started the job must still be allowed to do while it runs. */
  readonly scopes: readonly string[];
  readonly output?: (payload: Payload, id: string) => JobOutput;
  /** Refuses by throwing one more job of the kind, also one that is tried again. */
  admit?(app: App, ctx: Context, unit: Unit): Promise<void>;
  /**
   * What of a step takes its time, done before the transaction, in which others would wait for it. It is done again
   * when the step is: it may change only what can be changed twice.
   */
  prepare?(app: App, ctx: Context, ask: StepAsk<Payload, Cursor>): Promise<Prepared>;
  /**
   * Everything it changes must go through `ctx.unit`. An `AppError` of a caller's fault ends the job; after
   * anything else the step is tried again later.
   */
  step(app: App, ctx: StepContext, ask: StepAsk<Payload, Cursor>, prepared: Prepared): Promise<Step<Cursor>>;
}

/** Declares a kind; what it is given and where it stands are JSON. */
export function jobKind<Payload, Cursor, Prepared = undefined>(
  kind: JobKind<Payload, Cursor, Prepared>,
): JobKind {
  return kind as unknown as JobKind;
}
