import { keyParams } from '../../contract/keys.ts';
import * as contract from '../../contract/usage.ts';
import { adviseAccess } from '../../services/keys/access-advisor.ts';
import { readRotation } from '../../services/keys/rotation.ts';
import { readKeyUsage } from '../../services/usage.ts';
import { ok, type Route, route } from '../route.ts';
import { presentAdvice, presentRotation, presentUsage } from '../views/usage.ts';

export const usageRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/api-keys/{id}/usage',
    operationId: 'getKeyUsage',
    tag: 'Monitoring',
    summary: 'Usage of a key',
    description:
      'Requests over time, by endpoint, by status, and their latency, in UTC. `from` and `to` are widened to whole intervals; minutes are kept for 14 days and hours for 13 months, unless the settings say otherwise. At most 1,500 points.',
    access: { scopes: ['analytics:read'] },
    params: keyParams,
    query: contract.usageQuery,
    answers: { 200: contract.usageView },
    refusals: ['not_found', 'store_unavailable'],
    handler: async (app, ctx, { params, query }) =>
      ok(presentUsage(await readKeyUsage(app, ctx, params.id, query))),
  }),
  route({
    method: 'GET',
    path: '/api/v1/api-keys/{id}/access-advisor',
    operationId: 'adviseAccess',
    tag: 'Monitoring',
    summary: 'Which scopes a key needs',
    description:
      'Which of its scopes the key used, when last, and a body for `replace` with just those. The requests of the period are judged again with them, which proves that none would have been refused.',
    access: { scopes: ['api_keys:read'] },
    params: keyParams,
    query: contract.accessAdvisorQuery,
    answers: { 200: contract.accessAdvice },
    refusals: ['not_found', 'store_unavailable'],
    handler: async (app, ctx, { params, query }) =>
      ok(presentAdvice(await adviseAccess(app, ctx, params.id, query.days))),
  }),
  route({
    method: 'GET',
    path: '/api/v1/api-keys/{id}/rotation',
    operationId: 'getRotation',
    tag: 'Monitoring',
    summary: 'How far a rotation has come',
    description: 'Who still uses the retiring secret, and whether it may end before its time.',
    access: { scopes: ['api_keys:read'] },
    params: keyParams,
    answers: { 200: contract.rotationView },
    refusals: ['not_found', 'store_unavailable'],
    handler: async (app, ctx, { params }) => ok(presentRotation(await readRotation(app, ctx, params.id))),
  }),
];
