import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { App } from '../services/app.ts';
import { isOperator } from '../services/metrics/token.ts';
import { health, operatorMetrics, operatorReadiness } from './metrics.ts';
import type { Reply } from './route.ts';

const text = { 'content-type': 'text/plain; charset=utf-8' };
const json = { 'content-type': 'application/json; charset=utf-8' };

/** As many as these answers can ever need: whoever reaches the port must not hold it up. */
const limits = { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 };

async function answer(app: App, { method, url, headers }: IncomingMessage): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, body: 'Only GET is answered here.\n', headers: { ...text, allow: 'GET, HEAD' } };
  }
  const path = url?.split('?', 1)[0];
  // Says nothing of the inside: a probe needs no token.
  if (path === '/healthz') return { status: 200, body: JSON.stringify(health()), headers: json };
  if (path !== '/metrics' && path !== '/readyz') {
    return { status: 404, body: 'There are /metrics, /readyz and /healthz here.\n', headers: text };
  }
  if (app.settings.metricsToken !== null && !isOperator(app, headers.authorization)) {
    const challenge = { ...text, 'www-authenticate': 'Bearer realm="keyward metrics"' };
    return { status: 401, body: 'Send the token of KEYWARD_METRICS_TOKEN.\n', headers: challenge };
  }
  return path === '/readyz' ? operatorReadiness(app) : operatorMetrics(app, headers.accept);
}

async function respond(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body, headers } = await answer(app, request).catch((error: unknown) => {
    app.log.error({ event: 'metrics.failed', err: error }, 'Metrics could not be collected');
    return { status: 500, body: 'Something went wrong on our side.\n', headers: text } as Reply;
  });
  response.writeHead(status, {
    ...headers,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body as string),
  });
  response.end(body);
}

/** Metrics and checks for the operator, on a port of its own; it does not listen yet. */
export function createMetricsListener(
  app: App,
  tls: { readonly cert: string; readonly key: string } | null,
): Server {
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void respond(app, request, response);
  return tls ? createTlsServer({ ...limits, ...tls }, listener) : createServer(limits, listener);
}
