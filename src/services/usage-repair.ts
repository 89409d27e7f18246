import { AppError, invalid } from '../errors.ts';
import { countOpenJobs } from '../store/jobs.ts';
import { askWriter } from '../store/telemetry/tasks.ts';
import { type App, type Context, change } from './app.ts';
import { enqueueJob, type Job } from './jobs/jobs.ts';
import { jobKind, type Step, type StepAsk } from './jobs/kind.ts';
import { keptSince } from './retention/kept.ts';

const repairKind = 'usage.repair';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Epoch ms; `to` is exclusive. */
export interface RepairRange {
  readonly from: number;
  readonly to: number;
}

/** First hour after hour, then day after day: callers are counted by day. */
interface Cursor {
  readonly at: number;
  readonly phase: 'hours' | 'days';
  /** No row of that time is before this position of the log. */
  readonly seq: number;
  /** Where it began: the first whole hour that can be made again. */
  readonly from: number;
}

interface Repaired {
  readonly next: Cursor | null;
  readonly hours: number;
  readonly requests: number;
}

interface Prepared extends Repaired {
  /** Hours and days; of these so many are hours. */
  readonly total: number;
  readonly hoursAll: number;
  readonly firstDay: number;
}

interface Payload extends RepairRange {
  /** Days before this one are in the range to their end, or to this moment. */
  readonly daysUntil: number;
}

/** Days that are in the range as a whole: callers of the others cannot be told from a part of their rows. */
function wholeDays(from: number, { daysUntil }: Payload): number[] {
  const first = Math.ceil(from / dayMs) * dayMs;
  return Array.from({ length: Math.max(0, (daysUntil - first) / dayMs) }, (_, i) => first + i * dayMs);
}

async function begin(app: App, tenantId: string, { from, to }: RepairRange): Promise<Cursor> {
  const since = await askWriter(app.logWriter, 'repairableSince', tenantId);
  const { logs } = await keptSince(app, app.database.read, tenantId);
  const first = Math.ceil(Math.max(from, since, logs) / hourMs) * hourMs;
  return { at: Math.min(first, to), phase: 'hours', seq: 0, from: Math.min(first, to) };
}

/** Many hours have nothing in them: a step for each would take longer than the repair. */
const stepMs = 200;

/** One turn of the writing thread: an hour or a day, or a part of one. */
async function repairSome(
  app: App,
  { tenantId, id, at, days }: { tenantId: string; id: string; at: Cursor; days: readonly number[] },
  to: number,
): Promise<Repaired> {
  const none = { hours: 0, requests: 0 };
  if (at.phase === 'hours') {
    if (at.at >= to) {
      const [day] = days;
      return { ...none, next: day === undefined ? null : { ...at, phase: 'days', at: day, seq: 0 } };
    }
    const { minutes } = await keptSince(app, app.database.read, tenantId);
    const ask = { tenantId, hour: at.at, seq: at.seq, keepsMinutes: at.at >= minutes };
    const { isMore, rows, seq } = await askWriter(app.logWriter, 'repairHour', id, ask);
    if (isMore) return { ...none, next: at };
    return { hours: 1, requests: rows, next: { ...at, at: at.at + hourMs, seq } };
  }
  const ask = { tenantId, day: at.at, seq: at.seq };
  const { isMore, seq } = await askWriter(app.logWriter, 'repairDay', id, ask);
  if (isMore) return { ...none, next: at };
  const isLast = !days.includes(at.at + dayMs);
  return { ...none, next: isLast ? null : { ...at, at: at.at + dayMs, seq } };
}

async function prepare(
  app: App,
  { tenantId }: Context,
  { id, payload, cursor }: StepAsk<Payload, Cursor>,
): Promise<Prepared> {
  const { to } = payload;
  const start = cursor ?? (await begin(app, tenantId, payload));
  const days = wholeDays(start.from, payload);
  const total = Math.max(0, Math.ceil((to - start.from) / hourMs)) + days.length;
  const until = performance.now() + stepMs;
  let next: Cursor | null = start;
  let hours = 0;
  let requests = 0;
  while (next !== null) {
    const some: Repaired = await repairSome(app, { tenantId, id, at: next, days }, to);
    next = some.next;
    hours += some.hours;
    requests += some.requests;
    if (performance.now() > until) break;
  }
  return { next, total, hours, requests, hoursAll: total - days.length, firstDay: days[0] ?? 0 };
}

function doneAt({ next, total, hoursAll, firstDay }: Prepared): number {
  if (next === null) return total;
  if (next.phase === 'hours') return (next.at - next.from) / hourMs;
  return hoursAll + (next.at - firstDay) / dayMs;
}

async function step({ result }: StepAsk<Payload, Cursor>, prepared: Prepared): Promise<Step<Cursor>> {
  const { next, total, hours, requests } = prepared;
  return {
    next,
    done: doneAt(prepared),
    total,
    result: { hours: (result.hours ?? 0) + hours, requests: (result.requests ?? 0) + requests },
  };
}

/** Makes usage anew from the rows of the log, and from what was counted without a row. */
export const repairUsage = jobKind<Payload, Cursor, Prepared>({
  name: repairKind,
  // Nobody but owners and admins may start it, which is who has this.
  scopes: ['jobs:write'],
  prepare,
  step: (_app, _ctx, ask, prepared) => step(ask, prepared),
});

/** The range is widened to whole hours; of the tenant in all environments. */
export function startUsageRepair(app: App, ctx: Context, { from, to }: RepairRange): Promise<Job> {
  if (from >= to) throw invalid({ path: 'to', message: 'must be later than `from`' });
  const now = app.clock.wallMs();
  const end = Math.ceil(Math.min(to, now) / hourMs) * hourMs;
  const payload: Payload = {
    from: Math.floor(from / hourMs) * hourMs,
    to: end,
    daysUntil: (to >= now ? Math.ceil : Math.floor)(end / dayMs) * dayMs,
  };
  if (payload.from >= payload.to) throw invalid({ path: 'from', message: 'must not be in the future' });
  return change(app, ctx, async (unit) => {
    if ((await countOpenJobs(unit.tx, ctx, repairKind)) > 0)
      throw new AppError('conflict', 'A repair is under way already. Wait for it, or cancel it.');
    return enqueueJob(app, { ...ctx, unit }, { kind: repairKind, payload });
  });
}
