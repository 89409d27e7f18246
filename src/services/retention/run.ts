import { askWriter } from '../../store/telemetry/tasks.ts';
import type { App, Context } from '../app.ts';
import { recordChange } from '../audit.ts';
import { deleteEndedJobs } from '../jobs/housekeeping.ts';
import { enqueueJob, type Job } from '../jobs/jobs.ts';
import { jobKind, type Step, type StepAsk, type StepContext } from '../jobs/kind.ts';
import { cutoffsOf, longestKeptSince, retentionOf } from './kept.ts';
import { retentionKind } from './schedule.ts';

/** What is deleted, in this order; progress counts them. */
type Phase = 'jobs' | 'telemetry';
const phases = 2;

interface Removed {
  readonly logs: number;
  readonly minutes: number;
  readonly hours: number;
  readonly callers: number;
}

interface Prepared {
  readonly jobsBefore: number;
  readonly isMore: boolean;
  readonly removed: Removed;
}

/** The thread that writes is asked again and again meanwhile: to write down each answer would take longer. */
const stepMs = 300;
const nothing: Removed = { logs: 0, minutes: 0, hours: 0, callers: 0 };

async function prepare(app: App, ctx: Context, { cursor }: StepAsk<object, Phase>): Promise<Prepared> {
  const { tenantId } = ctx;
  const own = cutoffsOf(await retentionOf(app.database.read, tenantId), app.clock.wallMs());
  if (cursor !== 'telemetry') return { jobsBefore: own.jobs, isMore: true, removed: nothing };
  const ask = { tenantId, own, longest: await longestKeptSince(app) };
  const until = performance.now() + stepMs;
  let removed = nothing;
  for (;;) {
    const some = await askWriter(app.logWriter, 'forget', ask);
    removed = sumOf(removed, some.removed);
    if (!some.isMore || performance.now() > until)
      return { jobsBefore: own.jobs, isMore: some.isMore, removed };
  }
}

function sumOf(a: Removed, b: Removed): Removed {
  return {
    logs: a.logs + b.logs,
    minutes: a.minutes + b.minutes,
    hours: a.hours + b.hours,
    callers: a.callers + b.callers,
  };
}

function resultOf(result: StepAsk<object, Phase>['result'], removed: Removed, jobs: number) {
  return {
    logs: (result.logs ?? 0) + removed.logs,
    minuteUsage: (result.minuteUsage ?? 0) + removed.minutes,
    hourUsage: (result.hourUsage ?? 0) + removed.hours,
    callers: (result.callers ?? 0) + removed.callers,
    jobs: (result.jobs ?? 0) + jobs,
  };
}

async function step(
  app: App,
  ctx: StepContext,
  { id, cursor, result: before }: StepAsk<object, Phase>,
  { jobsBefore, isMore, removed }: Prepared,
): Promise<Step<Phase>> {
  if (cursor !== 'telemetry') {
    const jobs = await deleteEndedJobs(app, ctx.unit, ctx.tenantId, jobsBefore);
    const result = resultOf(before, nothing, jobs.removed);
    const next = jobs.isMore ? ('jobs' as const) : ('telemetry' as const);
    return { next, done: next === 'jobs' ? 0 : 1, total: phases, result };
  }
  const result = resultOf(before, removed, 0);
  if (isMore) return { next: 'telemetry', done: 1, result };
  if (Object.values(result).some((count) => count > 0))
    await recordChange(app, ctx, ctx.unit, { action: 'retention.applied', targetId: id, after: result });
  return { next: null, done: phases, result };
}

/** Deletes what is past the tenant's retention. */
export const applyRetention = jobKind<object, Phase, Prepared>({
  name: retentionKind,
  // Nobody but owners and admins may start it, which is who has this.
  scopes: ['jobs:write'],
  prepare,
  step,
});

/** On demand: by itself it runs once a day. */
export function startRetention(app: App, ctx: Context): Promise<Job> {
  return enqueueJob(app, ctx, { kind: retentionKind, payload: {}, total: phases });
}
