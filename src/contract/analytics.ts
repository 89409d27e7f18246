import { z } from 'zod';
import { conversationStatuses } from '../core/conversation-status.ts';
import { channels } from '../core/scopes.ts';
import { moment, notANumber, text, timestamp } from './common.ts';

export const analyticsQuery = z.object({
  from: moment.optional().meta({ description: 'Its day in UTC is the first; all if left out.' }),
  to: moment.optional().meta({ description: 'Exclusive, but for what is left of its day; now if left out.' }),
  updatedSince: moment.optional().meta({
    description: 'Only what changed at that moment or later: `asOf` of the last time.',
  }),
  format: z
    .enum(['json', 'csv'])
    .optional()
    .meta({ description: 'Of the answer, instead of `Accept`. `csv` has all rows at once.' }),
  limit: z.coerce
    .number(notANumber)
    .int()
    .min(1)
    .max(2_000)
    .default(500)
    .meta({ description: 'Rows a page at most; there may be fewer, and a next page all the same.' }),
  cursor: text(1, 500).optional().meta({ description: '`nextCursor` of the page before.' }),
});

export const conversationAnalyticsQuery = analyticsQuery.extend({
  groupBy: z.enum(['day', 'channel', 'status']).default('status').meta({
    description:
      'What has a row of its own: each day, each channel of a day, or each status of a channel of a day.',
  }),
});

const day = z.iso.date().meta({ description: 'In UTC.' });
const channel = z.enum(channels);
const seconds = z.number().nullable();

const durations = z.object({ count: z.int(), medianSeconds: seconds, p90Seconds: seconds }).meta({
  id: 'Durations',
  description: 'Exact; between two of the durations in proportion. Null where there is none.',
});

const messages = { messagesIn: z.int(), messagesOut: z.int() };

export const conversationAnalyticsRow = z
  .object({
    day: day.meta({ description: 'On which the conversations began, in UTC.' }),
    channel: channel.nullable(),
    status: z.enum(conversationStatuses).nullable().meta({ description: 'As it is now.' }),
    conversations: z.int(),
    ...messages,
    firstResponse: durations,
    resolution: durations,
    updatedAt: timestamp.meta({
      description: 'Of the latest change to any conversation of the day and channel.',
    }),
  })
  .meta({ id: 'ConversationAnalyticsRow' });

export const messageAnalyticsRow = z
  .object({
    day: day.meta({ description: 'Of the messages, in UTC.' }),
    channel,
    ...messages,
    updatedAt: timestamp,
  })
  .meta({ id: 'MessageAnalyticsRow' });

export const usageAnalyticsRow = z
  .object({
    day,
    keyId: z.string(),
    total: z.int().meta({ description: 'Refusals included.' }),
    ok: z.int(),
    clientError: z.int().meta({ description: '4xx without 429.' }),
    rateLimited: z.int(),
    serverError: z.int(),
    updatedAt: timestamp.meta({ description: 'The hour of the last request.' }),
  })
  .meta({ id: 'UsageAnalyticsRow' });

/** The same as CSV, without what is about pages. */
export function analyticsPage<T extends z.ZodType>(row: T) {
  return z
    .object({
      data: z.array(row),
      nextCursor: z.string().nullable(),
      asOf: timestamp.meta({
        description:
          'Whatever changed before is in the answer: `updatedSince` of the next time. The same on all pages of one walk.',
      }),
    })
    .meta({ otherMediaTypes: ['text/csv'] });
}
