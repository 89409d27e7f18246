import { z } from 'zod';
import { expose } from '../../services/metrics/exposition.ts';
import { tenantFamilies } from '../../services/metrics/tenant.ts';
import { metricsReply, operatorMetrics } from '../metrics.ts';
import { type Route, route } from '../route.ts';

export const metricsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    tag: 'Service',
    summary: 'Metrics for Prometheus',
    description:
      'Of the tenant and environment of the key alone: requests by key, class of status and outcome, what is left of limits, keys by status. OpenMetrics where `Accept` asks for it. With the token of `KEYWARD_METRICS_TOKEN` in the place of a key: the metrics of the whole installation.',
    access: { scopes: ['analytics:read'] },
    answers: { 200: z.string().meta({ mediaType: 'text/plain' }) },
    forOperator: operatorMetrics,
    refusals: ['customer_not_allowed'],
    handler: async (app, ctx, { http }) => metricsReply(expose(await tenantFamilies(app, ctx), http.accept)),
  }),
];
