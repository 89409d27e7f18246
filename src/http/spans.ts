import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Attributes, Tracing, Work } from '../tracing/tracing.ts';
import type { Origin } from './origin.ts';
import type { Route } from './route.ts';

/**
 * What tracing adds to the server. Each of these gives back what it was given where tracing is off, so that a request
 * costs the same as without any of it.
 */

/** A request as a span, and in it the decision of the guard. */
interface RequestSpan {
  readonly work: Work;
  guard: Work | null;
}

declare module 'fastify' {
  interface FastifyReply {
    /** null where tracing is off. */
    span: RequestSpan | null;
  }
}

type Done = (error?: Error) => void;
type Hook = (request: FastifyRequest, reply: FastifyReply, done: Done) => void;
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void> | void;
type OnAnswer = (reply: FastifyReply, status: number, bytes: number) => void;

/** Other words as methods would make as many names of spans as a caller likes. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);

function methodOf({ method }: FastifyRequest): string {
  return methods.has(method) ? method : '_OTHER';
}

function attributesOf(request: FastifyRequest): Attributes {
  const { url, headers, protocol, id } = request;
  return {
    'http.request.method': methodOf(request),
    'url.scheme': protocol,
    'url.path': url.split('?', 1)[0]!,
    'server.address': request.hostname || undefined,
    'network.protocol.version': request.raw.httpVersion,
    'user_agent.original': headers['user-agent'],
    'keyward.request.id': id,
  };
}

/** The first hook of a request: its span begins here. */
export function spannedLook(tracing: Tracing | null, look: Hook): Hook {
  if (tracing === null) return look;
  return (request, reply, done) => {
    const name = methodOf(request) === '_OTHER' ? 'HTTP' : request.method;
    const work = tracing.beginRequest(name, request.headers);
    const span: RequestSpan = { work, guard: null };
    reply.span = span;
    if (work.isSampled) describeRequest(tracing, span, request, reply);
    tracing.within(work, () => look(request, reply, done));
  };
}

function describeRequest(
  tracing: Tracing,
  span: RequestSpan,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  tracing.describe(span.work, attributesOf(request));
  // Who hangs up before the answer leaves a span without a status.
  reply.raw.once('close', () => {
    if (span.guard !== null) tracing.end(span.guard);
    tracing.end(span.work, { 'error.type': 'client_disconnected' });
  });
}

export function spannedGuard(tracing: Tracing | null, { access }: Route, guard: Hook): Hook {
  if (tracing === null || 'open' in access) return guard;
  return (request, reply, done) => {
    const { span } = reply;
    if (span === null || !span.work.isSampled) return guard(request, reply, done);
    const work = tracing.beginChild('guard', {}, span.work);
    span.guard = work;
    const finish = (error?: Error) => {
      tracing.end(work, error ? {} : { 'keyward.decision': 'admitted' });
      tracing.within(span.work, () => done(error));
    };
    tracing.within(work, () => guard(request, reply, finish));
  };
}

/** Where a body was read, the async context is that of the connection. */
export function spannedHandler(tracing: Tracing | null, handler: Handler): Handler {
  if (tracing === null) return handler;
  return (request, reply) => {
    const { span } = reply;
    return span === null ? handler(request, reply) : tracing.within(span.work, () => handler(request, reply));
  };
}

/** Lines of the server log that `then` writes name the request's span. */
export function withinSpan(tracing: Tracing | null, { span }: FastifyReply, then: () => void): void {
  if (tracing === null || span === null) then();
  else tracing.within(span.work, then);
}

function answerAttributes(
  reply: FastifyReply,
  route: Route | undefined,
  origin: Origin,
  answer: { readonly status: number; readonly bytes: number },
): Attributes {
  const { request, trace } = reply;
  const { failure, secret } = trace;
  // The guard sets it; what was refused before has none.
  const context = request.context as FastifyRequest['context'] | null;
  return {
    'http.route': route?.path,
    'http.response.status_code': answer.status,
    'http.response.body.size': answer.bytes,
    'client.address': origin.addressOf(request),
    'keyward.environment': context?.environment ?? origin.environmentOf(request),
    'keyward.tenant.id': (secret?.policy.tenantId ?? context?.tenantId) || undefined,
    'keyward.key.id': secret?.policy.keyId,
    'keyward.code': failure?.code,
  };
}

/** The last thing of every answer: its span ends with it. */
export function spannedAnswer(
  tracing: Tracing | null,
  routes: readonly Route[],
  origin: Origin,
  onAnswer: OnAnswer,
): OnAnswer {
  if (tracing === null) return onAnswer;
  return (reply, status, bytes) => {
    withinSpan(tracing, reply, () => onAnswer(reply, status, bytes));
    const { span, trace, request } = reply;
    if (span === null) return;
    if (!span.work.isSampled) return tracing.end(span.work);
    const code = trace.failure?.code;
    if (span.guard !== null) tracing.end(span.guard, { 'keyward.decision': code });
    const route = routes[trace.route];
    if (route !== undefined) tracing.rename(span.work, `${methodOf(request)} ${route.path}`);
    const attributes = answerAttributes(reply, route, origin, { status, bytes });
    tracing.end(span.work, attributes, status >= 500 ? (code ?? String(status)) : null);
  };
}
