import { z } from 'zod';
import { moment, timestamp } from './common.ts';
import { patchRetentionBody, retentionView } from './settings.ts';

export const previewRetentionBody = z.strictObject({
  retention: patchRetentionBody
    .optional()
    .meta({ description: 'Merged into the settings in force; without it, those.' }),
});

export const retentionPreview = z
  .object({
    retention: retentionView,
    data: z.array(
      z.object({
        kind: z.enum(['logs', 'minuteUsage', 'hourUsage', 'callers', 'jobs']),
        days: z.int(),
        before: timestamp.meta({ description: 'What is older would go.' }),
        count: z.int().meta({
          description: 'Requests; minutes and hours of keys; callers of keys and days; jobs that have ended.',
        }),
        from: timestamp.nullable().meta({ description: 'Of the oldest that would go.' }),
        to: timestamp.nullable().meta({ description: 'Of the newest that would go.' }),
        bytes: z.int().meta({ description: 'Of the texts in it, or of what jobs were given and made.' }),
        isExact: z.boolean().meta({
          description: 'False where counting would have taken too long: there are at least so many.',
        }),
      }),
    ),
  })
  .meta({ id: 'RetentionPreview' });

export const repairUsageBody = z.strictObject({
  from: moment.meta({ description: 'Inclusive; widened to a whole hour.' }),
  to: moment.optional().meta({ description: 'Exclusive; now if left out.' }),
});
