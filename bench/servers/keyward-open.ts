import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import type { Route } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes/index.ts';
import { createServer } from '../../src/http/server.ts';

/**
 * The same server with its guard off: `GET /api/v1/kb/categories` is declared open, and answers what the tenant named
 * on the command line has. A composition for the bench alone; the product has no such switch.
 */

const [tenantId] = process.argv.slice(2);
const openPath = '/api/v1/kb/categories';

function opened(route: Route): Route {
  if (route.method !== 'GET' || route.path !== openPath) return route;
  const handler = route.handler as unknown as (app: never, ctx: object, input: never) => Promise<never>;
  const asTenant = (app: never, ctx: object, input: never) => handler(app, { ...ctx, tenantId }, input);
  return { ...route, access: { open: true }, handler: asTenant } as unknown as Route;
}

const config = loadConfig();
const composed = await compose(config);
const server = createServer(composed.app, routes.map(opened), {
  hostRules: config.KEYWARD_HOSTS,
  isTrustedProxy: config.isTrustedProxy,
  corsOrigins: config.KEYWARD_CORS_ORIGINS,
  bodyLimitBytes: config.KEYWARD_BODY_LIMIT_BYTES,
  requestTimeoutMs: config.KEYWARD_REQUEST_TIMEOUT_SECONDS * 1_000,
  tls: null,
});
const url = await server.listen({ host: config.KEYWARD_BIND, port: config.KEYWARD_PORT });
process.stdout.write(`The server without a guard is listening on ${url}\n`);
process.on('SIGTERM', async () => {
  await server.close();
  await composed.close();
  process.exit(0);
});
