import { z } from 'zod';
import { containsSecret } from '../core/secret.ts';
import { eventTypes } from '../core/webhook-events.ts';
import { label, moment, page, pageQuery, text, timestamp } from './common.ts';

const noSecret = [
  (value: string) => !containsSecret(value),
  'contains the text of a key. Treat that key as leaked and rotate it',
] as const;

const name = label(100).refine(...noSecret);

const url = text(1, 2_048)
  .refine(...noSecret)
  .meta({
    description:
      'An https address on port 443 or 8443, without user name and fragment. Its addresses are looked up for each message, and all of them must be public.',
    examples: ['https://example.com/hooks/keyward'],
  });

const events = z
  .array(text(1, 100))
  .min(1, 'must name at least one event')
  .max(100, 'must have at most 100 entries')
  .meta({
    description: 'Types of events, groups such as `key.*`, or `*` for all.',
    examples: [['key.*', 'contact.created']],
  });

const active = z.boolean().meta({ description: 'Nothing is sent to one that is not.' });

export const webhookBody = z.strictObject({ name, url, events, active: active.default(true) });

export const patchWebhookBody = z.strictObject({
  name: name.optional(),
  url: url.optional(),
  events: events.optional(),
  active: active.optional(),
});

export const listWebhooksQuery = z.object({
  ...pageQuery,
  q: text(1, 200).optional().meta({ description: 'Part of the name or the address.' }),
});

const webhookFields = {
  id: z.string(),
  name: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  active: z.boolean(),
  disabledReason: z.string().nullable().meta({
    description: '`gone`: the receiver answered 410, and Keyward switched the webhook off.',
  }),
  lastSuccessAt: timestamp.nullable(),
  lastFailureAt: timestamp.nullable(),
  failingSince: timestamp.nullable().meta({ description: 'Since when every attempt has failed.' }),
  createdAt: timestamp,
  updatedAt: timestamp,
};

export const webhookView = z.object(webhookFields).meta({ id: 'Webhook' });
export const webhookPage = page(webhookView);

const secret = z
  .string()
  .nullable()
  .meta({
    description: 'With it the receiver checks signatures. Shown this once; null in a replay.',
    examples: ['whsec_…'],
  });
const secretAlreadyShown = z.literal(true).optional();

export const createdWebhookView = z
  .object({ ...webhookFields, secret, secretAlreadyShown })
  .meta({ id: 'CreatedWebhook' });

export const rotateSecretBody = z.strictObject({
  gracePeriodSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(86_400)
    .meta({ description: 'For how long messages are signed with the old secret, too.' }),
});

export const rotatedWebhookView = z
  .object({ ...webhookFields, secret, secretAlreadyShown, previousSecretEndsAt: timestamp })
  .meta({ id: 'RotatedWebhook' });

const status = z.enum(['waiting', 'succeeded', 'failed', 'cancelled']);

export const deliveryParams = z.object({ id: text(1, 100), deliveryId: text(1, 100) });

export const listDeliveriesQuery = z.object({
  ...pageQuery,
  status: status.optional(),
  type: text(1, 100).optional().meta({ description: 'Such as `key.revoked`.' }),
  from: moment.optional().meta({ description: 'When it was made, inclusive.' }),
  to: moment.optional().meta({ description: 'Exclusive.' }),
});

const deliveryFields = {
  id: z.string(),
  webhookId: z.string(),
  eventId: z.string().meta({ description: 'What `webhook-id` says, the same in every attempt and replay.' }),
  type: z.string(),
  status,
  attemptCount: z.int(),
  nextAttemptAt: timestamp.nullable().meta({ description: 'Null once it has ended.' }),
  lastAttemptAt: timestamp.nullable(),
  responseStatus: z
    .int()
    .nullable()
    .meta({ description: 'Of the last attempt; null where there was no answer.' }),
  error: z.string().nullable().meta({ description: 'Why the last attempt failed.' }),
  replayOf: z.string().nullable().meta({ description: 'The delivery that this one repeats.' }),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
};

export const deliveryView = z.object(deliveryFields).meta({ id: 'WebhookDelivery' });
export const deliveryPage = page(deliveryView);

export const deliveryDetailsView = z
  .object({
    ...deliveryFields,
    payload: z
      .unknown()
      .meta({ description: 'The body as it is sent; null without the scope that reads what it tells of.' }),
    attempts: z.array(
      z
        .object({
          at: timestamp,
          status: z.int().nullable(),
          durationMs: z.int(),
          error: z.string().nullable(),
          answer: z
            .string()
            .nullable()
            .meta({ description: 'The first kilobyte of the body of the answer.' }),
        })
        .meta({ id: 'WebhookAttempt' }),
    ),
  })
  .meta({ id: 'WebhookDeliveryDetails' });

export const replayRangeBody = z.strictObject({
  from: moment.meta({ description: 'When the deliveries were made, inclusive.' }),
  to: moment.meta({ description: 'Exclusive.' }),
  status: z
    .enum(['succeeded', 'failed', 'cancelled'])
    .optional()
    .meta({ description: 'Only deliveries that ended like this; all that have ended if it is left out.' }),
});

export const replayedView = z
  .object({ replayed: z.int().meta({ description: 'How many events are sent again.' }) })
  .meta({ id: 'ReplayedDeliveries' });

export const eventTypesView = z
  .object({
    data: z.array(
      z
        .object({
          type: z.enum(eventTypes.map(({ type }) => type)),
          description: z.string(),
          scopes: z.array(z.string()).meta({ description: 'Who subscribes must hold one of them.' }),
        })
        .meta({ id: 'EventType' }),
    ),
  })
  .meta({ id: 'EventTypes' });
