import { z } from 'zod';
import { page, pageQuery, text, timestamp } from './common.ts';

const state = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);

export const jobParams = z.object({ id: text(1, 100) });

export const listJobsQuery = z.object({
  ...pageQuery,
  state: state.optional(),
  kind: text(1, 100).optional().meta({ description: 'Such as `kb.import` or `logs.export`.' }),
});

const jobFields = {
  id: z.string(),
  kind: z.string().meta({ examples: ['kb.import'] }),
  state,
  progress: z
    .object({
      done: z.int(),
      total: z.int().nullable().meta({ description: 'Null while it is not known.' }),
    })
    .meta({ id: 'JobProgress' }),
  attempts: z.int().meta({ description: 'How often a worker has begun it.' }),
  error: z.string().nullable().meta({ description: 'Why it failed, or why it is to be tried again.' }),
  errorCount: z.int().meta({ description: 'Lines that could not be used.' }),
  result: z
    .record(z.string(), z.int())
    .nullable()
    .meta({
      description: 'What was done so far, counted.',
      examples: [{ created: 9_990, updated: 4, unchanged: 0, failed: 6 }],
    }),
  createdBy: z.string().meta({ description: 'Id of the key or person that started it.' }),
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  endedAt: timestamp.nullable(),
  nextAttemptAt: timestamp.nullable().meta({ description: 'When a job that waits is due.' }),
  downloadUrl: z.string().nullable().meta({
    description: 'Where its output is fetched, with an ordinary credential; null where there is none.',
  }),
};

export const listedJobView = z
  .object(jobFields)
  .meta({ id: 'ListedJob', description: 'A job without the report on its lines.' });

export const jobView = z
  .object({
    ...jobFields,
    errors: z
      .array(z.object({ line: z.int().meta({ description: 'From 1.' }), message: z.string() }))
      .meta({ description: 'What was wrong with which line: the first 10,000.' }),
  })
  .meta({ id: 'Job' });

export const jobPage = page(listedJobView);

export const jobOutput = z
  .string()
  .meta({ mediaType: 'application/x-ndjson', otherMediaTypes: ['text/csv'] });
