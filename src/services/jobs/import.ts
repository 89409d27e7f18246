import { AppError } from '../../errors.ts';
import { withSavepoint } from '../../store/savepoint.ts';
import type { App } from '../app.ts';
import { readInput } from './input.ts';
import { type JobKind, jobKind, type LineError, type Step, type StepAsk, type StepContext } from './kind.ts';

/** A line of an import as it waits in the store: what it says, or what is wrong with it. */
export type ImportRecord<T> =
  | readonly [line: number, value: T]
  | readonly [line: number, value: null, message: string];

export type ImportOutcome = 'created' | 'updated' | 'unchanged';

export interface ImportDefinition<T> {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Puts one record where it belongs, in the open transaction. What it throws as the caller's fault is told of its line. */
  put(app: App, ctx: StepContext, value: T): Promise<ImportOutcome>;
  /** What all of a step is done in, such as a lock. */
  within?(app: App, ctx: StepContext, work: () => Promise<void>): Promise<void>;
}

/** The next record: `index` within the part. */
interface Cursor {
  readonly part: number;
  readonly index: number;
}

interface Tally {
  done: number;
  readonly counts: Record<ImportOutcome | 'failed', number>;
  readonly errors: LineError[];
}

/** Everything that is wrong, in one line. */
export function messageOf(error: AppError): string {
  const errors = error.members.errors as readonly { path: string; message: string }[] | undefined;
  if (errors === undefined) return error.message;
  return errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}

/** A record that is refused leaves nothing behind, and the others stay. */
async function takeRecord<T>(
  app: App,
  ctx: StepContext,
  { put }: ImportDefinition<T>,
  [line, value, message]: ImportRecord<T>,
  tally: Tally,
): Promise<void> {
  tally.done++;
  try {
    if (value === null) throw new AppError('validation_failed', message);
    tally.counts[await withSavepoint(ctx.unit.tx, () => put(app, ctx, value))]++;
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    tally.counts.failed++;
    tally.errors.push({ line, message: messageOf(error) });
  }
}

async function step<T>(
  app: App,
  ctx: StepContext,
  ask: StepAsk<object, Cursor>,
  definition: ImportDefinition<T>,
): Promise<Step<Cursor>> {
  const { part, index } = ask.cursor ?? { part: 0, index: 0 };
  const records = await readInput(ctx.unit, ask.id, part);
  const tally: Tally = {
    done: ask.done,
    counts: { created: 0, updated: 0, unchanged: 0, failed: 0, ...ask.result },
    errors: [],
  };
  const told = () => ({ done: tally.done, result: tally.counts, errors: tally.errors });
  if (records === undefined) return { next: null, ...told() };
  let i = index;
  const work = async () => {
    do {
      await takeRecord(app, ctx, definition, JSON.parse(records[i++]!) as ImportRecord<T>, tally);
    } while (i < records.length && ask.hasTime());
  };
  await (definition.within ? definition.within(app, ctx, work) : work());
  const next = i < records.length ? { part, index: i } : { part: part + 1, index: 0 };
  return { next, ...told() };
}

/** A kind of job that takes in what was sent, record by record: new ones are made, known ones changed, equal ones left alone. */
export function importKind<T>(definition: ImportDefinition<T>): JobKind {
  return jobKind<object, Cursor>({
    name: definition.name,
    scopes: definition.scopes,
    step: (app, ctx, ask) => step(app, ctx, ask, definition),
  });
}
