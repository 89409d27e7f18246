import { toTimestamp } from '../../contract/common.ts';
import { jobView } from '../../contract/jobs.ts';
import { previewRetentionBody, repairUsageBody, retentionPreview } from '../../contract/retention.ts';
import { previewRetention, type RetentionPreview } from '../../services/retention/preview.ts';
import { startRetention } from '../../services/retention/run.ts';
import { startUsageRepair } from '../../services/usage-repair.ts';
import { accepted } from '../job-answer.ts';
import { ok, type Route, route } from '../route.ts';

const tag = 'Monitoring';

function presentPreview({ retention, items }: RetentionPreview) {
  const data = items.map(({ before, from, to, ...item }) => ({
    ...item,
    before: toTimestamp(before),
    from: toTimestamp(from),
    to: toTimestamp(to),
  }));
  return { retention, data };
}

export const retentionRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/retention/preview',
    operationId: 'previewRetention',
    tag,
    summary: 'See what retention would delete',
    description:
      'How much of what is past its retention by the settings in force, or by those proposed, and deletes nothing.',
    access: { people: ['settings', 'read'] },
    body: previewRetentionBody,
    isBodyOptional: true,
    answers: { 200: retentionPreview },
    refusals: ['store_unavailable'],
    handler: async (app, ctx, { body }) =>
      ok(presentPreview(await previewRetention(app, ctx, body.retention ?? {}))),
  }),
  route({
    method: 'POST',
    path: '/api/v1/retention/run',
    operationId: 'runRetention',
    tag,
    summary: 'Delete what is past its retention',
    description:
      'A job does once a day by itself what this one does now. What is past its retention is not shown anyway.',
    access: { people: ['settings', 'write'] },
    answers: { 202: jobView },
    isIdempotent: true,
    handler: async (app, ctx) => accepted(await startRetention(app, ctx)),
  }),
  route({
    method: 'POST',
    path: '/api/v1/usage/repair',
    operationId: 'repairUsage',
    tag,
    summary: 'Make usage anew from the log',
    description:
      'After damage: a job counts the requests of the tenant again, hour by hour, from the rows of the log and from what was counted without a row. Hours of which rows are gone already are left as they are. `progress` counts hours, and days for their callers.',
    access: { people: ['settings', 'write'] },
    body: repairUsageBody,
    answers: { 202: jobView },
    refusals: ['conflict'],
    isIdempotent: true,
    handler: async (app, ctx, { body }) =>
      accepted(await startUsageRepair(app, ctx, { from: body.from, to: body.to ?? app.clock.wallMs() })),
  }),
];
