import type { Route } from '../route.ts';
import { alertRoutes } from './alerts.ts';
import { analyticsRoutes } from './analytics.ts';
import { auditRoutes } from './audit.ts';
import { catalogueRoutes } from './catalogue.ts';
import { contactRoutes } from './contacts.ts';
import { conversationRoutes } from './conversations.ts';
import { customerRoutes } from './customers.ts';
import { exportRoutes } from './exports.ts';
import { jobRoutes } from './jobs.ts';
import { importRoute } from './kb/import.ts';
import { kbRoutes } from './kb.ts';
import { keyPolicyRoutes } from './key-policy.ts';
import { keyToolRoutes } from './key-tools.ts';
import { keyRoutes } from './keys.ts';
import { licenseRoutes } from './licenses.ts';
import { logRoutes } from './logs.ts';
import { metaRoutes } from './meta.ts';
import { metricsRoutes } from './metrics.ts';
import { overviewRoutes } from './overview.ts';
import { peopleRoutes } from './people.ts';
import { personalKeyRoutes } from './personal-keys.ts';
import { productRoutes } from './products.ts';
import { retentionRoutes } from './retention.ts';
import { telemetryRoutes } from './telemetry.ts';
import { usageRoutes } from './usage.ts';
import { webhookRoutes } from './webhooks.ts';

/** Every operation of the product. The server, OpenAPI, the reference page and the tests are made from this list. */
export const routes: readonly Route[] = [
  ...metaRoutes(() => routes),
  ...metricsRoutes,
  ...peopleRoutes,
  ...keyRoutes,
  ...keyToolRoutes,
  ...personalKeyRoutes,
  ...keyPolicyRoutes,
  ...overviewRoutes,
  ...alertRoutes,
  ...usageRoutes,
  ...logRoutes,
  ...exportRoutes,
  ...retentionRoutes,
  ...auditRoutes,
  ...catalogueRoutes,
  ...kbRoutes,
  importRoute,
  ...jobRoutes,
  ...customerRoutes,
  ...contactRoutes,
  ...conversationRoutes,
  ...productRoutes,
  ...licenseRoutes,
  ...telemetryRoutes,
  ...analyticsRoutes,
  ...webhookRoutes,
];
