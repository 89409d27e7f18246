import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Refusal } from '../core/decide.ts';
import type { KnownSecret } from '../core/policy.ts';
import { AppError } from '../errors.ts';
import type { App } from '../services/app.ts';
import { verdictRoutes } from '../services/keys/verdict-log.ts';
import type { RecordDetails } from '../telemetry/record.ts';
import { capturedBodies } from './capture.ts';
import { observer } from './metrics.ts';
import type { Origin } from './origin.ts';
import type { Route } from './route.ts';
import { spannedAnswer } from './spans.ts';

/** What is known of a request when its answer goes out, collected on its way. */
export interface Trace {
  /** When the head of the request had come, in epoch ms. */
  readonly at: number;
  /** The same on the monotonic clock. */
  readonly startedMs: number;
  /** Changes to what keys and people may do that were known then. */
  readonly policyChanges: number;
  /** On that clock, when the first piece of a stream was ready; 0 where the answer is no stream. */
  firstPieceMs: number;
  /** Index in the table of routes; -1 where there is none. */
  route: number;
  /** It was for the console, which is no part of the API: metrics count it by that name, the request log leaves it out. */
  isConsole: boolean;
  /** The caller's own request id, where it is one. */
  clientRequestId: string | null;
  /** The guard looked for a key. */
  isGuarded: boolean;
  /** The key that was recognised, admitted or not. */
  secret: KnownSecret | null;
  /** Why it was refused, or what went wrong. */
  failure: Refusal | AppError | null;
}

declare module 'fastify' {
  interface FastifyReply {
    trace: Trace;
  }
  interface FastifyInstance {
    /** Told of every answer when it is sent. */
    onAnswer(reply: FastifyReply, status: number, bytes: number): void;
  }
}

export function newTrace(at: number, policyChanges: number): Trace {
  return {
    at,
    startedMs: performance.now(),
    policyChanges,
    firstPieceMs: 0,
    route: -1,
    isConsole: false,
    clientRequestId: null,
    isGuarded: false,
    secret: null,
    failure: null,
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** Where no guard stands (an open route, no route at all), a key that was used lately is still known. */
function secretOf(app: App, { isGuarded, secret }: Trace, header: string | undefined): KnownSecret | null {
  if (isGuarded || header === undefined || !header.startsWith('Bearer ')) return secret;
  return app.policies.peek(header.slice(7)) ?? null;
}

function detailsOf(failure: Trace['failure']): RecordDetails | null {
  if (failure === null) return null;
  const { detail } = failure instanceof AppError ? { detail: failure.message } : failure;
  return { refusal: { detail, ...failure.members } };
}

/** Puts requests with a key into the request log. */
export function recordAnswers(
  server: FastifyInstance,
  app: App,
  routes: readonly Route[],
  origin: Origin,
): void {
  const { requestLog } = app;
  requestLog?.useRoutes([
    ...routes.map(({ method, path, access, secretFields = [] }) => ({
      method,
      template: path,
      scopes: 'scopes' in access ? access.scopes : [],
      secretFields,
    })),
    ...verdictRoutes(app.catalogue),
  ]);
  const observe = observer(app, routes, origin.addressOf);
  const onAnswer = (reply: FastifyReply, status: number, bytes: number) => {
    const { trace, request } = reply;
    // How long a reader stays with a stream says nothing of how fast it was answered.
    const durationMs = (trace.firstPieceMs || performance.now()) - trace.startedMs;
    observe(reply, status, durationMs);
    if (requestLog === null || trace.isConsole) return;
    const { headers } = request;
    const secret = secretOf(app, trace, headers.authorization);
    if (secret === null && !(trace.isGuarded && trace.failure !== null)) return;
    const bodies = capturedBodies(reply, bytes);
    requestLog.record(
      {
        at: trace.at,
        durationUs: durationMs * 1_000,
        requestId: request.id,
        clientRequestId: trace.clientRequestId,
        environment: origin.environmentOf(request),
        method: request.method,
        path: pathOf(request.url),
        route: trace.route,
        status,
        code: trace.failure?.code ?? null,
        ip: origin.addressOf(request),
        userAgent: headers['user-agent'] ?? '',
        requestBytes: Number(headers['content-length'] ?? request.capture?.sentBytes ?? 0),
        responseBytes: bytes,
        details: detailsOf(trace.failure),
        requestBody: bodies.requestBody,
        responseBody: bodies.responseBody,
      },
      secret,
    );
  };
  server.decorate('onAnswer', spannedAnswer(app.tracing, routes, origin, onAnswer));
}
