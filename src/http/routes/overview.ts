import { overviewPage, overviewQuery } from '../../contract/overview.ts';
import { readOverview } from '../../services/overview.ts';
import { ok, type Route, route } from '../route.ts';
import { presentOverview } from '../views/overview.ts';

export const overviewRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/api-keys/overview',
    operationId: 'getOverview',
    tag: 'Monitoring',
    summary: 'Overview of keys and what needs attention',
    description:
      'Every key with its requests of 24 hours, and flags where something should be looked at, each with its cause and what to do. Filters are those of the list of keys, and `flag`. What is flagged is set by `flags` in the settings of the tenant. A page filtered by `flag` may hold fewer items than asked for.',
    access: { scopes: ['api_keys:read'] },
    query: overviewQuery,
    answers: { 200: overviewPage },
    refusals: ['store_unavailable'],
    handler: async (app, ctx, { query }) => ok(presentOverview(await readOverview(app, ctx, query))),
  }),
];
