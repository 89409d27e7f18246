import { toTimestamp } from '../../contract/common.ts';
import * as contract from '../../contract/telemetry.ts';
import {
  getTelemetry,
  listTelemetry,
  sendTelemetry,
  type Telemetry,
  type TelemetryCounts,
  type TelemetryTotals,
  totalTelemetry,
} from '../../services/telemetry-records.ts';
import { created, ok, type Route, route } from '../route.ts';
import { recordParams } from './records.ts';

const tag = 'Telemetry';
const path = '/api/v1/telemetry';
const read = { scopes: ['telemetry:read'] };

function present(record: Telemetry) {
  const { id, groupName, type, name, value, customerId, licenseId, isFlagged, flagReason } = record;
  return {
    id,
    group: groupName,
    type,
    name,
    value,
    customerId,
    licenseId,
    flagged: isFlagged === 1,
    flagReason,
    createdAt: toTimestamp(record.createdAt),
  };
}

const shareOf = ({ total, flagged }: TelemetryCounts) => (total === 0 ? 0 : flagged / total);

function presentTotals({ byDay, byGroup }: TelemetryTotals) {
  const all = {
    total: byDay.reduce((sum, { total }) => sum + total, 0),
    flagged: byDay.reduce((sum, { flagged }) => sum + flagged, 0),
  };
  return {
    ...all,
    flaggedShare: shareOf(all),
    byDay: byDay.map(({ day, ...counts }) => ({ day: toTimestamp(day).slice(0, 10), ...counts })),
    byGroup: byGroup.map(({ group, ...counts }) => ({
      group: group || null,
      ...counts,
      flaggedShare: shareOf(counts),
    })),
  };
}

export const telemetryRoutes: Route[] = [
  route({
    method: 'POST',
    path,
    operationId: 'sendTelemetry',
    tag,
    summary: 'Send a telemetry record',
    description:
      'What is malformed is stored, too, and flagged with what is wrong with it: who sends it cannot mend it.',
    access: { scopes: ['telemetry:write'] },
    body: contract.telemetryBody,
    answers: { 201: contract.telemetryView },
    refusals: ['customer_not_allowed'],
    isIdempotent: true,
    handler: async (app, ctx, { body }) => {
      const record = await sendTelemetry(app, ctx, body);
      return created(present(record), { location: `${path}/${record.id}` });
    },
  }),
  route({
    method: 'GET',
    path,
    operationId: 'listTelemetry',
    tag,
    summary: 'List telemetry records',
    access: read,
    query: contract.listTelemetryQuery,
    answers: { 200: contract.telemetryPage },
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listTelemetry(app, ctx, query);
      return ok({ data: items.map(present), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: `${path}/totals`,
    operationId: 'totalTelemetry',
    tag,
    summary: 'Count telemetry records, and the share that is flagged',
    access: read,
    query: contract.telemetryTotalsQuery,
    answers: { 200: contract.telemetryTotalsView },
    handler: async (app, ctx, { query }) => ok(presentTotals(await totalTelemetry(app, ctx, query))),
  }),
  route({
    method: 'GET',
    path: `${path}/{id}`,
    operationId: 'getTelemetry',
    tag,
    summary: 'Get a telemetry record',
    access: read,
    params: recordParams,
    answers: { 200: contract.telemetryView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => ok(present(await getTelemetry(app, ctx, params.id))),
  }),
];
