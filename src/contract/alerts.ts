import { z } from 'zod';
import { noticeKinds } from '../core/alert-notices.ts';
import { isTimeZone } from '../core/alert-quiet.ts';
import { alertCodes } from '../core/alerts.ts';
import { containsSecret } from '../core/secret.ts';
import { label, page, pageQuery, text, timestamp } from './common.ts';
import { emailField } from './customers.ts';

const code = z.enum(alertCodes);

const percentCodes: readonly string[] = ['day_limit_near', 'error_rate'];

const condition = z
  .strictObject({
    code,
    percent: z.int().min(1).max(100).optional().meta({
      description:
        'For `day_limit_near`: of the day’s limit, 80 where it is left out. For `error_rate`: of the requests of 24 hours.',
    }),
    days: z
      .int()
      .min(1)
      .max(3_650)
      .optional()
      .meta({ description: 'For `expires_soon`: before the key expires.' }),
  })
  .refine(({ code, percent }) => percent === undefined || percentCodes.includes(code), {
    path: ['percent'],
    error: 'goes with day_limit_near and error_rate only',
  })
  .refine(({ code, days }) => days === undefined || code === 'expires_soon', {
    path: ['days'],
    error: 'goes with expires_soon only',
  })
  .meta({
    id: 'AlertCondition',
    description:
      'A flag of the overview, or `day_limit_near` or `limit_reached`. Without a figure of its own the flags of the tenant’s settings say when it is so.',
  });

const conditions = z
  .array(condition)
  .min(1, 'must name at least one condition')
  .max(alertCodes.length)
  .refine((list) => new Set(list.map(({ code }) => code)).size === list.length, {
    error: 'must not name a code twice',
  });

const keyIds = z
  .array(text(1, 100))
  .min(1, 'must name a key; null stands for all keys')
  .max(100)
  .transform((list) => [...new Set(list)])
  .nullable()
  .meta({ description: 'Only these keys; null: all keys of the environment.' });

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 22:00');

const quiet = z
  .strictObject({
    from: time,
    to: time,
    timeZone: z
      .string()
      .max(100)
      .refine(isTimeZone, 'must be a time zone of the IANA list, such as Europe/Berlin')
      .meta({ examples: ['Europe/Berlin'] }),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'must differ from `from`' })
  .nullable()
  .meta({
    id: 'QuietHours',
    description: 'Each day from `from` to `to` nobody is told; what came meanwhile is told when they end.',
  });

const emails = z
  .array(emailField)
  .max(10)
  .transform((list) => [...new Set(list)])
  .meta({ description: 'At most 60 mails an hour go out for a tenant; what is more waits.' });

const webhook = z
  .boolean()
  .meta({ description: 'Whether `alert.raised` and `alert.resolved` are published to webhooks.' });

const fields = {
  name: label(100).refine(
    (value) => !containsSecret(value),
    'contains the text of a key. Treat that key as leaked and rotate it',
  ),
  groupMinutes: z
    .int()
    .min(0)
    .max(1_440)
    .meta({ description: 'For so long what comes true is gathered, to be told at once.' }),
  notifyResolved: z.boolean().meta({ description: 'Whether it is told, too, that something is over.' }),
  isActive: z.boolean(),
};

export const createAlertBody = z.strictObject({
  name: fields.name,
  conditions,
  keyIds: keyIds.default(null),
  channels: z.strictObject({ webhook: webhook.default(false), emails: emails.default([]) }),
  groupMinutes: fields.groupMinutes.default(5),
  quiet: quiet.default(null),
  notifyResolved: fields.notifyResolved.default(true),
  isActive: fields.isActive.default(true),
});

export const patchAlertBody = z.strictObject({
  name: fields.name.optional(),
  conditions: conditions.optional(),
  keyIds: keyIds.optional(),
  channels: z.strictObject({ webhook: webhook.optional(), emails: emails.optional() }).optional(),
  groupMinutes: fields.groupMinutes.optional(),
  quiet: quiet.optional(),
  notifyResolved: fields.notifyResolved.optional(),
  isActive: fields.isActive.optional(),
});

export const listAlertsQuery = z.object(pageQuery);

export const alertView = z
  .object({
    id: z.string(),
    name: z.string(),
    conditions: z.array(z.object({ code, percent: z.int().optional(), days: z.int().optional() })),
    keyIds: z.array(z.string()).nullable(),
    channels: z.object({ webhook: z.boolean(), emails: z.array(z.string()) }),
    groupMinutes: z.int(),
    quiet: z.object({ from: z.string(), to: z.string(), timeZone: z.string() }).nullable(),
    notifyResolved: z.boolean(),
    isActive: z.boolean(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Alert' });

export const alertPage = page(alertView);

export const listNotificationsQuery = z.object(pageQuery);

export const notificationView = z
  .object({
    id: z.string(),
    kind: z.enum(noticeKinds),
    state: z.enum(['gathering', 'sending', 'sent', 'failed', 'cancelled']).meta({
      description:
        '`gathering`: more may come to it until `nextAttemptAt`. `failed`: given up a day after the first attempt.',
    }),
    total: z.int().meta({ description: 'How many things it tells.' }),
    waitingFor: z.array(z.string()).meta({ description: 'Addresses that have not got it yet.' }),
    attempts: z.int(),
    error: z.string().nullable().meta({ description: 'Why the last attempt failed, or what it waits for.' }),
    createdAt: timestamp,
    nextAttemptAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'AlertNotification' });

export const notificationPage = page(notificationView);

export const listSignalsQuery = z.object({
  ...pageQuery,
  code: code.optional(),
  keyId: text(1, 100).optional(),
});

export const signalView = z
  .object({
    keyId: z.string(),
    name: z.string().meta({ description: 'Of the key, when it began.' }),
    code,
    cause: z.string().meta({ description: 'A sentence with the figures that made it.' }),
    action: z.string().meta({ description: 'What to do about it.' }),
    since: timestamp,
  })
  .meta({ id: 'Signal' });

export const signalPage = page(signalView);
