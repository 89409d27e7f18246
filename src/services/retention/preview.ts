import { mergePatch } from '../../core/merge-patch.ts';
import { type RetentionDays, settingsOf } from '../../core/tenant-settings.ts';
import { notFound } from '../../errors.ts';
import { sizeOfParts } from '../../store/job-parts.ts';
import { type EndedJob, findEndedJobs } from '../../store/jobs.ts';
import { getTenant } from '../../store/people.ts';
import type { RetentionKind } from '../../store/telemetry/retention.ts';
import { addTally, type RetentionTally } from '../../store/telemetry/retention-preview.ts';
import { type App, type Context, reader } from '../app.ts';
import { askTelemetry } from '../logs.ts';
import { cutoffsOf } from './kept.ts';

export interface PreviewItem extends RetentionTally {
  readonly kind: 'logs' | 'minuteUsage' | 'hourUsage' | 'callers' | 'jobs';
  readonly days: number;
  /** Epoch ms: what is older would go. */
  readonly before: number;
  /** False where counting took too long: at least so many. */
  readonly isExact: boolean;
}

export interface RetentionPreview {
  readonly retention: RetentionDays;
  readonly items: readonly PreviewItem[];
}

/** Whoever asks waits for all kinds together. */
const maxMs = 8_000;
const jobsAtOnce = 50;
const noTally: RetentionTally = { count: 0, from: null, to: null, bytes: 0 };

type Counted = RetentionTally & { readonly isExact: boolean };

async function countTelemetry(
  app: App,
  tenantId: string,
  { kind, before, deadline }: { kind: RetentionKind; before: number; deadline: number },
): Promise<Counted> {
  let tally = noTally;
  for (let position = 0; ; ) {
    const piece = await askTelemetry(app, 'retentionPreview', { tenantId, kind, before, position });
    tally = addTally(tally, piece);
    if (piece.next === null) return { ...tally, isExact: true };
    if (performance.now() > deadline) return { ...tally, isExact: false };
    position = piece.next;
  }
}

async function countJobs(
  app: App,
  ctx: Context,
  { before, deadline }: { before: number; deadline: number },
): Promise<Counted> {
  const db = reader(app, ctx);
  let tally = noTally;
  for (let after: EndedJob | undefined; ; ) {
    const jobs = await findEndedJobs(db, ctx.tenantId, before, { after, limit: jobsAtOnce });
    const bytes = await sizeOfParts(
      db,
      jobs.map(({ id }) => id),
    );
    const [first] = jobs;
    const last = jobs.at(-1);
    if (first && last)
      tally = addTally(tally, { count: jobs.length, from: first.endedAt, to: last.endedAt, bytes });
    if (jobs.length < jobsAtOnce) return { ...tally, isExact: true };
    if (performance.now() > deadline) return { ...tally, isExact: false };
    after = last;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What would go if these were the settings, and nothing goes. `patch` is merged into those in force. */
export async function previewRetention(
  app: App,
  ctx: Context,
  patch: { readonly [name: string]: unknown },
): Promise<RetentionPreview> {
  const row = await getTenant(reader(app, ctx), ctx.tenantId);
  if (row === undefined) throw notFound('tenant');
  const { retention } = settingsOf(mergePatch(JSON.parse(row.settings), { retention: patch }));
  const since = cutoffsOf(retention, app.clock.wallMs());
  const deadline = performance.now() + maxMs;
  const { tenantId } = ctx;
  const telemetry = (kind: RetentionKind, before: number) =>
    countTelemetry(app, tenantId, { kind, before, deadline });
  const { logDays, minuteUsageDays, hourUsageDays, jobDays } = retention;
  const items: PreviewItem[] = [
    { kind: 'logs', days: logDays, before: since.logs, ...(await telemetry('logs', since.logs)) },
    {
      kind: 'minuteUsage',
      days: minuteUsageDays,
      before: since.minutes,
      ...(await telemetry('minutes', since.minutes)),
    },
    {
      kind: 'hourUsage',
      days: hourUsageDays,
      before: since.hours,
      ...(await telemetry('hours', since.hours)),
    },
    {
      kind: 'callers',
      days: hourUsageDays,
      before: since.hours,
      ...(await telemetry('callers', since.hours)),
    },
    {
      kind: 'jobs',
      days: jobDays,
      before: since.jobs,
      ...(await countJobs(app, ctx, { before: since.jobs, deadline })),
    },
  ];
  return { retention, items };
}
