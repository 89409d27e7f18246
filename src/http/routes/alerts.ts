import * as contract from '../../contract/alerts.ts';
import { toTimestamp } from '../../contract/common.ts';
import { listNotifications, listSignals, testAlert } from '../../services/alerts/read.ts';
import {
  type Alert,
  createAlert,
  deleteAlert,
  getAlert,
  listAlerts,
  patchAlert,
} from '../../services/alerts/rules.ts';
import { ok, type Route, route } from '../route.ts';
import { recordParams, recordRoutes } from './records.ts';

type NotificationRow = Awaited<ReturnType<typeof testAlert>>;

const tag = 'Alerts';

/** What alerts tell is about keys: who may not read keys learns nothing of them here either. */
const alsoNeeds = ['api_keys:read'];
const read = { scopes: ['webhooks:read', ...alsoNeeds] };
const write = { scopes: ['webhooks:write', ...alsoNeeds] };

function present(alert: Alert) {
  const { id, name, conditions, keyIds, channels, groupMinutes, quiet, notifyResolved, isActive } = alert;
  const flags = { notifyResolved: notifyResolved === 1, isActive: isActive === 1 };
  return { id, name, conditions, keyIds, channels, groupMinutes, quiet, ...flags };
}

function presentNotification(row: NotificationRow) {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    total: row.total,
    waitingFor: JSON.parse(row.recipients) as string[],
    attempts: row.attempts,
    error: row.error,
    createdAt: toTimestamp(row.created_at),
    nextAttemptAt: toTimestamp(row.due_at),
    endedAt: toTimestamp(row.ended_at),
  };
}

export const alertRoutes: Route[] = [
  ...recordRoutes({
    path: 'alerts',
    tag,
    names: ['Alert', 'Alerts'],
    noun: 'an alert rule',
    surface: 'webhooks',
    alsoNeeds,
    notes: {
      create:
        'A rule tells what comes true of keys, to webhooks and by e-mail, and what is over. It begins with what is true already. An environment has 20 rules at most.',
      delete: 'What it gathered is not told any more.',
    },
    refusals: { create: ['conflict'] },
    query: contract.listAlertsQuery,
    createBody: contract.createAlertBody,
    patchBody: contract.patchAlertBody,
    view: contract.alertView,
    page: contract.alertPage,
    present,
    list: listAlerts,
    get: getAlert,
    create: createAlert,
    patch: patchAlert,
    remove: deleteAlert,
  }),
  route({
    method: 'POST',
    path: '/api/v1/alerts/{id}/test',
    operationId: 'testAlert',
    tag,
    summary: 'Send a test of an alert rule',
    description:
      'To all that the rule tells, at once, also in quiet hours and while it is switched off. The notifications of the rule say how it went.',
    access: write,
    params: recordParams,
    answers: { 202: contract.notificationView },
    refusals: ['not_found', 'conflict'],
    isIdempotent: true,
    handler: async (app, ctx, { params }) => ({
      status: 202,
      body: presentNotification(await testAlert(app, ctx, params.id)),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/alerts/{id}/notifications',
    operationId: 'listAlertNotifications',
    tag,
    summary: 'List what an alert rule told',
    description: 'And what it is about to tell, or could not tell. Kept for 30 days.',
    access: read,
    params: recordParams,
    query: contract.listNotificationsQuery,
    answers: { 200: contract.notificationPage },
    refusals: ['not_found'],
    handler: async (app, ctx, { params, query }) => {
      const { items, nextCursor } = await listNotifications(app, ctx, params.id, query);
      return ok({ data: items.map(presentNotification), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/signals',
    operationId: 'listSignals',
    tag,
    summary: 'List what needs attention, and since when',
    description:
      'Flags of keys, and limits that are near or reached, as the tenant’s settings say. Limits are looked at each quarter of a minute, flags every five minutes.',
    access: { scopes: alsoNeeds },
    query: contract.listSignalsQuery,
    answers: { 200: contract.signalPage },
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listSignals(app, ctx, query);
      const data = items.map(({ key_id: keyId, name, code, cause, action, since }) => {
        return { keyId, name, code, cause, action, since: toTimestamp(since) };
      });
      return ok({ data, nextCursor });
    },
  }),
];
