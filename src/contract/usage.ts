import { z } from 'zod';
import { moment, notANumber, timestamp } from './common.ts';

export const usageQuery = z.object({
  from: moment.optional().meta({ description: 'Inclusive; a day before `to` if left out.' }),
  to: moment.optional().meta({ description: 'Exclusive; now if left out.' }),
  interval: z.enum(['minute', 'hour', 'day']).default('hour'),
});

const counts = {
  total: z.int().meta({ description: 'Refusals included.' }),
  ok: z.int(),
  clientError: z.int().meta({ description: '4xx without 429.' }),
  rateLimited: z.int(),
  serverError: z.int(),
};

const latency = z
  .object({ p50Ms: z.number().nullable(), p95Ms: z.number().nullable(), p99Ms: z.number().nullable() })
  .meta({ description: 'Estimates that are at most 3.1 % off; null without a request.' });

const caller = z.object({
  ip: z.string(),
  userAgent: z.string(),
  secretId: z.string(),
  lastSeenAt: timestamp,
  total: z.int(),
});

export const usageView = z
  .object({
    from: timestamp,
    to: timestamp,
    interval: z.enum(['minute', 'hour', 'day']),
    series: z.array(z.object({ at: timestamp, ...counts })),
    byEndpoint: z.array(z.object({ method: z.string(), route: z.string(), total: z.int(), errors: z.int() })),
    byStatus: z.record(z.string(), z.int()),
    latency,
    callers: z.array(caller).optional().meta({
      description:
        'Who used the key on the days of the range, at most 200 a day and the rest as `other`; only for callers that may read logs, too.',
    }),
    lastUsedAt: timestamp.nullable(),
  })
  .meta({ id: 'KeyUsage' });

export const accessAdvisorQuery = z.object({
  days: z.coerce
    .number(notANumber)
    .int()
    .min(1)
    .max(390)
    .default(90)
    .meta({ description: 'How far to look back; hours of usage are kept for 13 months.' }),
});

export const accessAdvice = z
  .object({
    from: timestamp,
    to: timestamp,
    scopes: z.array(z.object({ name: z.string(), requests: z.int(), lastUsedAt: timestamp.nullable() })),
    replaceWith: z
      .object({ scopes: z.array(z.string()) })
      .nullable()
      .meta({
        description:
          'A body for `replace` with just what was used; null where that would change nothing, or where a service verified the key for several scopes at once, which are not counted apart.',
      }),
    replay: z.object({ requests: z.int(), refused: z.int() }).meta({
      description: 'The requests of the period, and how many of them that key would have been refused.',
    }),
  })
  .meta({ id: 'AccessAdvice' });

export const rotationView = z
  .object({
    retiring: z
      .object({
        secretId: z.string(),
        hint: z.string(),
        endsAt: timestamp,
        lastUsedAt: timestamp.nullable(),
        callers: z.array(caller).optional().meta({
          description:
            'Who used it since the rotation, those seen last first; only for callers that may read logs, too.',
        }),
      })
      .nullable(),
    current: z
      .object({ secretId: z.string(), hint: z.string(), lastUsedAt: timestamp.nullable() })
      .nullable(),
    mayRetireNow: z
      .boolean()
      .meta({ description: 'Nobody has used the retiring secret for 24 hours: it can end before its time.' }),
  })
  .meta({ id: 'RotationProgress' });
