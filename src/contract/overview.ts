import { z } from 'zod';
import { flagCodes } from '../core/flags.ts';
import { timestamp } from './common.ts';
import { listKeysQuery } from './keys.ts';

const rule = <S extends z.ZodRawShape>(description: string, shape: S) =>
  z.object({ enabled: z.boolean(), ...shape }).meta({ description });
const days = z.int().min(1).max(3_650);
const minRequests = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .meta({ description: 'Fewer requests in the span in question are never flagged.' });

export const flagSettings = z
  .object({
    unused: rule('`unused_30_days`: not used for so many days.', { days }),
    neverUsed: rule('`never_used`: older than so many days, and not used yet.', { days }),
    spike: rule('`spike`: more than `factor` times the requests that are usual.', {
      factor: z.number().min(1.1).max(1_000),
      minRequests,
    }),
    dip: rule('`dip`: less than this share of the requests that are usual.', {
      share: z.number().min(0.01).max(0.99),
      minRequests: minRequests.meta({ description: 'Where fewer are usual, none is flagged.' }),
    }),
    silent: rule('`silent`: no request in so many hours in which the key was used every week.', {
      hours: z.int().min(1).max(168),
      productionOnly: z.boolean(),
    }),
    errorRate: rule('`error_rate`: at least this share of the requests of 24 hours were errors.', {
      share: z.number().min(0.01).max(1),
      minRequests,
    }),
    rotationDue: rule('`rotation_due`: the secret is older than `rotationReminderDays`.', {}),
    expiresSoon: rule('`expires_soon`: the key expires within so many days.', { days }),
    inheritsAllScopes: rule('`inherits_all_scopes`: no scope was chosen.', {}),
  })
  .meta({ id: 'FlagSettings', description: 'What the overview of keys flags. Shares lie between 0 and 1.' });

export const overviewQuery = listKeysQuery.extend({
  flag: z
    .enum([...flagCodes, 'any'])
    .optional()
    .meta({ description: 'Only keys with this flag, or with any.' }),
  sort: z.enum(['newest', 'attention']).default('newest').meta({
    description: '`attention`: keys with the most pressing flags first, those without any last.',
  }),
});
export type OverviewQuery = z.output<typeof overviewQuery>;

const flagView = z
  .object({
    code: z.enum(flagCodes),
    cause: z.string().meta({ description: 'A sentence with the figures that made it.' }),
    action: z.string().meta({ description: 'What to do about it.' }),
  })
  .meta({ id: 'Flag' });

const figures = {
  requests24h: z.int().meta({ description: 'The present hour and the 23 before it, refusals included.' }),
  errorRate24h: z.number().meta({
    description: 'The share of them that was answered with 4xx or 5xx, from 0 to 1; 0 where there were none.',
  }),
};

const overviewItem = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.enum(['active', 'inactive', 'expired']),
    ...figures,
    sparkline: z
      .array(z.int())
      .meta({ description: 'The same requests by hour, oldest first: 24 of them, in UTC.' }),
    lastUsedAt: timestamp.nullable().meta({ description: 'When a request was last admitted.' }),
    flags: z.array(flagView).meta({ description: 'The most pressing first.' }),
  })
  .meta({ id: 'KeyOverview' });

export const overviewPage = z
  .object({
    totals: z
      .object({
        keys: z.int(),
        active: z.int(),
        ...figures,
        flagged: z.int().meta({ description: 'Keys with at least one flag.' }),
        flags: z
          .partialRecord(z.enum(flagCodes), z.int())
          .meta({ description: 'How many keys have each flag.' }),
        countedAt: timestamp.meta({
          description: 'Where there are many keys, totals and the order by attention are some minutes old.',
        }),
      })
      .nullable()
      .meta({
        description:
          'Of all keys of the environment, whatever is filtered; null while very many are looked at for the first time.',
      }),
    data: z.array(overviewItem),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Ask for the next page with it; null on the last one.' }),
  })
  .meta({ id: 'Overview' });
