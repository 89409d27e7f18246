import { toTimestamp } from '../../contract/common.ts';
import * as contract from '../../contract/webhooks.ts';
import { eventTypes } from '../../services/events.ts';
import {
  type Delivery,
  type DeliveryDetails,
  getDelivery,
  listDeliveries,
  replayDelivery,
  replayRange,
  testWebhook,
} from '../../services/webhooks/deliveries.ts';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  patchWebhook,
  rotateWebhookSecret,
  type Webhook,
} from '../../services/webhooks/webhooks.ts';
import { ok, type Route, route, tagOf } from '../route.ts';
import { presentTimes, recordParams, recordRoutes } from './records.ts';

const tag = 'Webhooks';
const path = '/api/v1/webhooks';
const read = { scopes: ['webhooks:read'] };
const write = { scopes: ['webhooks:write'] };

function present({ id, name, url, events, isActive, disabledReason, ...times }: Webhook) {
  return {
    id,
    name,
    url,
    events,
    active: isActive === 1,
    disabledReason,
    lastSuccessAt: toTimestamp(times.lastSuccessAt),
    lastFailureAt: toTimestamp(times.lastFailureAt),
    failingSince: toTimestamp(times.failingSince),
  };
}

function presentDelivery(delivery: Delivery) {
  return {
    id: delivery.id,
    webhookId: delivery.webhook_id,
    eventId: delivery.event_id,
    type: delivery.type,
    status: delivery.state,
    attemptCount: delivery.attempts,
    nextAttemptAt: toTimestamp(delivery.due_at),
    lastAttemptAt: toTimestamp(delivery.last_at),
    responseStatus: delivery.last_status,
    error: delivery.last_error,
    replayOf: delivery.replay_of,
    createdAt: toTimestamp(delivery.created_at),
    endedAt: toTimestamp(delivery.ended_at),
  };
}

function presentDetails({ delivery, payload, attempts }: DeliveryDetails) {
  const shown = attempts.map(({ at, status, duration_ms: durationMs, error, answer }) => ({
    at: toTimestamp(at),
    status,
    durationMs,
    error,
    answer,
  }));
  return { ...presentDelivery(delivery), payload, attempts: shown };
}

const accepted = (body: unknown) => ({ status: 202, body });

const subscriptions: Route[] = recordRoutes({
  path: 'webhooks',
  tag,
  names: ['Webhook', 'Webhooks'],
  noun: 'a webhook',
  surface: 'webhooks',
  notes: {
    create:
      'The answer holds the secret, the only time it is shown. To subscribe needs the scope that reads what an event tells of, too: `contacts:read` for `contact.*`, `api_keys:read` for `key.*`. GET /api/v1/webhooks/events lists all.',
    update:
      'A merge patch. To change more than the name needs the scopes of its events, before and after. What waits for one that is switched off is cancelled.',
    delete: 'What waits is not sent any more.',
  },
  refusals: { create: ['conflict'] },
  query: contract.listWebhooksQuery,
  createBody: contract.webhookBody,
  patchBody: contract.patchWebhookBody,
  view: contract.webhookView,
  createdView: contract.createdWebhookView,
  page: contract.webhookPage,
  present,
  list: listWebhooks,
  get: getWebhook,
  create: createWebhook,
  patch: patchWebhook,
  remove: deleteWebhook,
});

const actions: Route[] = [
  route({
    method: 'GET',
    path: `${path}/events`,
    operationId: 'listEventTypes',
    tag,
    summary: 'List the types of events',
    access: read,
    answers: { 200: contract.eventTypesView },
    handler: async () => ok({ data: eventTypes }),
  }),
  route({
    method: 'POST',
    path: `${path}/{id}/rotate-secret`,
    operationId: 'rotateWebhookSecret',
    tag,
    summary: 'Give a webhook a new secret',
    description:
      'Until the grace ends every message has two signatures, one of each secret. Without one every older secret ends. Needs a scope that reads what the events tell of.',
    access: write,
    params: recordParams,
    body: contract.rotateSecretBody,
    isBodyOptional: true,
    answers: { 200: contract.rotatedWebhookView },
    refusals: ['not_found'],
    isIdempotent: true,
    secretFields: ['secret'],
    handler: async (app, ctx, { params, body }) => {
      const { record, secret, previousEndsAt } = await rotateWebhookSecret(app, ctx, params.id, body);
      const shown = { ...present(record), ...presentTimes(record), secret };
      return ok({ ...shown, previousSecretEndsAt: toTimestamp(previousEndsAt) }, { etag: tagOf(record) });
    },
  }),
  route({
    method: 'POST',
    path: `${path}/{id}/test`,
    operationId: 'testWebhook',
    tag,
    summary: 'Send a test event to a webhook',
    description: 'A `webhook.test`, to this webhook alone, whatever it subscribed to.',
    access: write,
    params: recordParams,
    answers: { 202: contract.deliveryView },
    refusals: ['not_found', 'conflict'],
    isIdempotent: true,
    handler: async (app, ctx, { params }) =>
      accepted(presentDelivery(await testWebhook(app, ctx, params.id))),
  }),
];

const deliveries: Route[] = [
  route({
    method: 'GET',
    path: `${path}/{id}/deliveries`,
    operationId: 'listDeliveries',
    tag,
    summary: 'List the deliveries of a webhook',
    description: 'Newest first, without their attempts. They are kept for 30 days.',
    access: read,
    params: recordParams,
    query: contract.listDeliveriesQuery,
    answers: { 200: contract.deliveryPage },
    refusals: ['not_found'],
    handler: async (app, ctx, { params, query: { status: state, ...query } }) => {
      const { items, nextCursor } = await listDeliveries(app, ctx, params.id, { ...query, state });
      return ok({ data: items.map(presentDelivery), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: `${path}/{id}/deliveries/{deliveryId}`,
    operationId: 'getDelivery',
    tag,
    summary: 'Get a delivery, with its body and its attempts',
    access: read,
    params: contract.deliveryParams,
    answers: { 200: contract.deliveryDetailsView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) =>
      ok(presentDetails(await getDelivery(app, ctx, params.id, params.deliveryId))),
  }),
  route({
    method: 'POST',
    path: `${path}/{id}/deliveries/{deliveryId}/replay`,
    operationId: 'replayDelivery',
    tag,
    summary: 'Send a delivery again',
    description: 'As a new delivery with the same `webhook-id`. 409 while the old one has not ended.',
    access: write,
    params: contract.deliveryParams,
    answers: { 202: contract.deliveryView },
    refusals: ['not_found', 'conflict'],
    isIdempotent: true,
    handler: async (app, ctx, { params }) =>
      accepted(presentDelivery(await replayDelivery(app, ctx, params.id, params.deliveryId))),
  }),
  route({
    method: 'POST',
    path: `${path}/{id}/deliveries/replay`,
    operationId: 'replayDeliveries',
    tag,
    summary: 'Send the deliveries of a time again',
    description:
      'Each event once, however often it was sent; those that wait already are left out. More than 1,000 events, or 10,000 deliveries of them, are 409: name a shorter time.',
    access: write,
    params: recordParams,
    body: contract.replayRangeBody,
    answers: { 202: contract.replayedView },
    refusals: ['not_found', 'conflict'],
    isIdempotent: true,
    handler: async (app, ctx, { params, body: { status: state, ...range } }) =>
      accepted({ replayed: await replayRange(app, ctx, params.id, { ...range, state }) }),
  }),
];

export const webhookRoutes: Route[] = [...subscriptions, ...actions, ...deliveries];
