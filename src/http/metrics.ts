import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../services/app.ts';
import { type CheckState, checkNames, openChecks, readinessOf } from '../services/health.ts';
import { type Exposition, expose } from '../services/metrics/exposition.ts';
import { observeRequest } from '../services/metrics/observe.ts';
import { operatorFamilies } from '../services/metrics/operator.ts';
import { isOperator } from '../services/metrics/token.ts';
import { version } from '../version.ts';
import { send } from './handler.ts';
import type { Reply, Route } from './route.ts';

const statusWords: Readonly<Record<CheckState, string>> = {
  ok: 'ready',
  degraded: 'degraded',
  failed: 'unavailable',
};

export function health() {
  return { status: 'ok' as const, version, uptimeSeconds: Math.floor(process.uptime()) };
}

/** What anybody may know. */
export async function openReadiness(app: App) {
  const { state, checks } = await readinessOf(app);
  return {
    isReady: state !== 'failed',
    checks: Object.fromEntries(openChecks.map((name) => [name, checks[name].state])) as Record<
      (typeof openChecks)[number],
      CheckState
    >,
  };
}

/** Every check with its reason. */
export async function operatorReadiness(app: App): Promise<Reply> {
  const { state, checks } = await readinessOf(app);
  const body = {
    status: statusWords[state],
    checks: Object.fromEntries(checkNames.map((name) => [name, checks[name]])),
  };
  return {
    status: state === 'failed' ? 503 : 200,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  };
}

export function metricsReply({ contentType, text }: Exposition): Reply {
  return {
    status: 200,
    body: text,
    headers: { 'content-type': contentType, 'cache-control': 'no-store' },
  };
}

export async function operatorMetrics(app: App, accept: string | undefined): Promise<Reply> {
  return metricsReply(expose(await operatorFamilies(app, version), accept));
}

type Fail = (error: unknown, reply: FastifyReply) => void;

/** Before the guard of a route that has an answer for the operator. The token is no key: nothing is counted against one. */
export function operatorGate(app: App, route: Route, index: number, fail: Fail) {
  const { forOperator } = route;
  if (forOperator === undefined || app.settings.metricsToken === null) return [];
  return [
    (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      const { authorization, accept } = request.headers;
      if (!isOperator(app, authorization)) return done();
      reply.trace.route = index;
      forOperator(app, accept).then(
        (answer) => send(reply, answer, false),
        (error: unknown) => fail(error, reply),
      );
    },
  ];
}

/** Tells metrics and the access log of each answer; `addressOf` is asked only where a line is written. */
export function observer(app: App, routes: readonly Route[], addressOf: (request: FastifyRequest) => string) {
  const writesLines = app.settings.accessLog !== 'off';
  return (reply: FastifyReply, status: number, durationMs: number) => {
    const { trace, request } = reply;
    observeRequest(app, {
      method: request.method,
      route: trace.isConsole ? 'console' : (routes[trace.route]?.path ?? null),
      status,
      code: trace.failure?.code ?? null,
      durationMs,
      key: trace.secret?.policy ?? null,
      requestId: request.id,
      url: request.url,
      ip: writesLines ? addressOf(request) : null,
    });
  };
}
