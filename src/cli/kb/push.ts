import type { ApiClient, Wait } from '../client.ts';
import { CliError, exitCodes } from '../exit.ts';
import type { Output } from '../output.ts';
import { readFolder } from './folder.ts';
import { deriveSource, findChanged } from './git.ts';
import { type Change, makePlan, type Plan } from './plan.ts';
import { Pool } from './pool.ts';
import { previewChange } from './preview.ts';
import { type Problem, sortProblems } from './problem.ts';
import { type Progress, startProgress } from './progress.ts';
import { type Outcome, sendChange } from './send.ts';
import { readServer } from './server.ts';
import { Shelving } from './shelves.ts';

export interface PushOptions {
  readonly isDryRun: boolean;
  readonly prunes: boolean;
  readonly takesOver: boolean;
  /** Instead of the one derived from the folder. */
  readonly source?: string;
  /** A git ref: only what changed since. */
  readonly changedSince?: string;
  readonly linkTemplate: string;
  readonly isQuiet: boolean;
}

export interface Done {
  readonly outcome: Exclude<Outcome, 'unchanged'>;
  readonly slug: string;
  /** Null for what was archived. */
  readonly file: string | null;
}

export interface PushReport {
  readonly source: string;
  readonly done: readonly Done[];
  readonly unchanged: number;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Of a dry run: a unified diff for each change. */
  readonly diffs: readonly string[];
}

/** Requests under way at once. */
const requestsAtOnce = 6;

/** What a client is made with, so that the push learns of waits. */
export interface PushConnection {
  connect(onWait: (wait: Wait) => void): Promise<ApiClient>;
}

const planned = { create: 'created', update: 'updated', archive: 'archived' } as const;

function doneOf(change: Change, outcome: Done['outcome']): Done {
  if (change.kind === 'archive') return { outcome, slug: change.existing.slug, file: null };
  return { outcome, slug: change.wanted.slug, file: change.wanted.page.file };
}

/** Waits are told once each, not once for each request that waits. */
function waitTeller(pool: Pool, progress: () => Progress | null, output: Output) {
  let toldUntil = 0;
  return ({ reason, message, waitMs }: Wait): void => {
    if (reason === 'limit') pool.narrow();
    const now = Date.now();
    if (waitMs < 1_000 || now < toldUntil) return;
    toldUntil = now + waitMs;
    const text = `${message}; waiting ${Math.ceil(waitMs / 1_000)} s.`;
    const bar = progress();
    if (bar) bar.note(text);
    else output.note(text);
  };
}

function interrupted(error: unknown, done: number, total: number): unknown {
  if (!(error instanceof CliError)) return error;
  const rest = `${done} of ${total} changes were made; the same command goes on from there.`;
  return new CliError(`${error.message}\n${rest}`, error.exitCode, error.problem);
}

/** Brings the articles of a folder to the server, and leaves alone what is as it should be. */
export async function pushFolder(
  { connect }: PushConnection,
  output: Output,
  path: string,
  options: PushOptions,
): Promise<PushReport> {
  const folder = await readFolder(path);
  const source = options.source ?? (await deriveSource(folder.root));
  if (source.length > 200) {
    throw new CliError('The source has more than 200 characters: choose one with --source.', exitCodes.usage);
  }
  const only =
    options.changedSince === undefined ? null : await findChanged(folder.root, options.changedSince);
  const pool = new Pool(requestsAtOnce);
  let progress: Progress | null = null;
  const client = await connect(waitTeller(pool, () => progress, output));
  const state = await readServer(client);
  const shelving = new Shelving(state, folder.labels);
  const plan = makePlan(folder, state, shelving, {
    ...options,
    source,
    isSourceChosen: options.source !== undefined,
    only,
  });
  if (options.isDryRun) return previewPlan(client, pool, shelving, plan, source);
  progress = startProgress(output, plan.changes.length, options.isQuiet);
  let count = 0;
  try {
    const wanted = plan.changes.flatMap((change) => (change.kind === 'archive' ? [] : [change.wanted]));
    await shelving.make(client, wanted, new Set(wanted.flatMap(({ tags }) => tags)));
    const sending = { client, shelving, takesOver: options.takesOver };
    const outcomes = await pool.run(plan.changes, async (change) => {
      const outcome = await sendChange(sending, change);
      count++;
      progress?.tick();
      return outcome;
    });
    return report(plan, outcomes, source);
  } catch (error) {
    throw interrupted(error, count, plan.changes.length);
  } finally {
    progress.stop();
  }
}

async function previewPlan(
  client: ApiClient,
  pool: Pool,
  shelving: Shelving,
  plan: Plan,
  source: string,
): Promise<PushReport> {
  const diffs = await pool.run(plan.changes, (change) => previewChange(client, shelving, change));
  return {
    ...report(
      plan,
      plan.changes.map(({ kind }) => planned[kind]),
      source,
    ),
    diffs,
  };
}

function report(plan: Plan, outcomes: readonly (Outcome | Problem)[], source: string): PushReport {
  const done: Done[] = [];
  const errors = [...plan.problems];
  let { unchanged } = plan;
  for (const [i, outcome] of outcomes.entries()) {
    if (typeof outcome !== 'string') errors.push(outcome);
    else if (outcome === 'unchanged') unchanged++;
    else done.push(doneOf(plan.changes[i]!, outcome));
  }
  return {
    source,
    done,
    unchanged,
    errors: sortProblems(errors),
    warnings: sortProblems(plan.warnings),
    diffs: [],
  };
}
