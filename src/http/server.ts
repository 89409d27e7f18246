import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { HostRule } from '../core/environments.ts';
import { containsSecret, maskSecrets, urlContainsSecret } from '../core/secret.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { App } from '../services/app.ts';
import { sendProblem, setHeader } from './answer.ts';
import { parseJsonBody } from './body.ts';
import { captureSent } from './capture.ts';
import { answerBrokenRequests, closeAfterRest, refuseRawRequest } from './client-error.ts';
import { type ConsoleSource, consoleAnswers } from './console.ts';
import { ConsoleFiles, consoleFolder } from './console-files.ts';
import { setCorsHeaders } from './cors.ts';
import { directly } from './direct.ts';
import { guardFor } from './guard.ts';
import { closeWhenStopping, handlerFor } from './handler.ts';
import { operatorGate } from './metrics.ts';
import { createOrigin } from './origin.ts';
import { otherMethods } from './other-methods.ts';
import type { Route } from './route.ts';
import { spannedGuard, spannedHandler, spannedLook, withinSpan } from './spans.ts';
import { newTrace, recordAnswers } from './trace.ts';
import { uploading } from './upload.ts';

export interface ServerOptions {
  readonly hostRules: readonly HostRule[];
  readonly isTrustedProxy: (ip: string) => boolean;
  readonly corsOrigins: readonly string[];
  readonly bodyLimitBytes: number;
  readonly requestTimeoutMs: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Left out: the one that was built, if there is one. */
  readonly console?: ConsoleSource;
}

const maxHeaderBytes = 16_384;
const clientRequestId = /^[A-Za-z0-9._-]{1,128}$/;

/** Builds the server over the route table; it does not listen yet. The order of hooks is the contract's order of work. */
export function createServer(app: App, routes: readonly Route[], options: ServerOptions): FastifyInstance {
  const look = spannedLook(app.tracing, firstLook(app, options.corsOrigins));
  const limits = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: Math.ceil(options.requestTimeoutMs / 2),
    connectionsCheckingInterval: Math.min(1_000, options.requestTimeoutMs),
    // Node's own refusal is no problem document; the first look has ours.
    requireHostHeader: false,
  };
  const server = fastify({
    logger: false,
    genReqId: () => app.newId('req'),
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 1_000, caseSensitive: true, ignoreTrailingSlash: false },
    clientErrorHandler: (error: Error, socket: Duplex) => refuseRawRequest(app, error, socket),
    // For what the router refuses (a broken %-escape, an endless segment) no hook runs.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      look(request, reply, () => failed(app, error, reply)),
    ...(options.tls ? { https: { ...limits, ...options.tls } } : { http: limits }),
  } as Parameters<typeof fastify>[0]) as unknown as FastifyInstance;
  server.decorateRequest('context', null as never);
  server.decorateRequest('capture', null);
  server.decorateReply('head', null as never);
  server.decorateReply('trace', null as never);
  server.decorateReply('span', null);
  server.decorate('isStopping', false);
  server.addHook('preClose', (done) => {
    server.isStopping = true;
    done();
  });
  acceptJson(server);
  continueLate(server, options.bodyLimitBytes);
  answerBrokenRequests(app, server.server as Server);
  server.addHook('onRequest', look);
  server.setErrorHandler((error, _request, reply) => failed(app, error as FastifyError, reply));
  const refuseUnknownPath = (request: FastifyRequest, reply: FastifyReply) => {
    const detail = `There is no ${maskSecrets(pathOf(request))} here. GET /api/openapi.json lists every call.`;
    sendProblem(reply, app.settings.publicUrl, new AppError('not_found', detail));
  };
  const answerOtherMethod = otherMethods(app, server, routes, options.corsOrigins);
  const answerConsole = consoleAnswers(app, options.console ?? builtConsole());
  // In a hook: the handler itself runs only after the body was read.
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) done();
    else if (!answerConsole(request, reply) && !answerOtherMethod(request, reply)) {
      refuseUnknownPath(request, reply);
    }
  });
  server.setNotFoundHandler(refuseUnknownPath);
  addRoutes(app, server, routes, options);
  server.addHook('onListen', (done) => {
    prepareSlowly(app, routes);
    done();
  });
  return server;
}

function builtConsole(): ConsoleSource {
  return { files: new ConsoleFiles(consoleFolder), buildState: () => ({ kind: 'idle' }) };
}

function addRoutes(
  app: App,
  server: FastifyInstance,
  routes: readonly Route[],
  options: ServerOptions,
): void {
  const origin = createOrigin(options.hostRules, options.isTrustedProxy);
  recordAnswers(server, app, routes, origin);
  const fail = (error: unknown, reply: FastifyReply) => failed(app, error as FastifyError, reply);
  for (const [index, route] of routes.entries()) {
    const handler = spannedHandler(app.tracing, handlerFor(app, route));
    server.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      onRequest: [
        ...operatorGate(app, route, index, fail),
        spannedGuard(app.tracing, route, guardFor(app, origin, route, index)),
        route.upload
          ? uploading(app, route.upload, handler, fail)
          : directly(handler, fail, options.bodyLimitBytes),
      ],
      handler,
    });
  }
}

function prepareSlowly(app: App, routes: readonly Route[]): void {
  const [next, ...others] = routes.filter(({ prepare }) => prepare !== undefined);
  if (next === undefined) return;
  setImmediate(() => {
    next.prepare?.(app);
    prepareSlowly(app, others);
  });
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!.slice(0, 200);
}

function acceptJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const types = ['application/json', 'application/merge-patch+json'];
  server.addContentTypeParser(types, { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /charset="?([\w-]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset && charset.toLowerCase() !== 'utf-8') {
      return done(new AppError('unsupported_media_type', 'Send JSON as UTF-8.'));
    }
    captureSent(request, body as Buffer);
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Sends `100 Continue` only after the guard and only for a body that will be read; other expectations are ignored. */
function continueLate(server: FastifyInstance, bodyLimitBytes: number): void {
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.server.on(event, (request, response) => server.server.emit('request', request, response));
  }
  server.addHook('preParsing', (request, reply, _payload, done) => {
    const { expect, 'content-length': length, 'content-type': type } = request.headers;
    if (expect !== undefined) {
      const isReadable = Number(length ?? 0) <= bodyLimitBytes && server.hasContentTypeParser(type ?? '');
      const isAsked = /^100-continue$/i.test(expect) && request.raw.httpVersionMinor > 0;
      if (isReadable && isAsked) reply.raw.writeContinue();
    }
    done();
  });
}

/** Counts what RFC 9110 allows once: Node keeps the first of them and says nothing. */
function isSentTwice(rawHeaders: readonly string[]): boolean {
  let credentials = 0;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 13 && name.toLowerCase() === 'authorization') credentials++;
    else if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return credentials > 1 || hosts > 1;
}

/** Why a request is refused before anybody asks what it wants: null for nearly all. */
function whyAmbiguous({
  rawHeaders,
  headers,
  url,
  method,
  httpVersionMajor,
  httpVersionMinor,
}: IncomingMessage) {
  if (isSentTwice(rawHeaders)) {
    return 'The request has two Authorization or two Host headers: send one of each.';
  }
  if (httpVersionMajor < 1) return 'The request is not valid HTTP/1.1.';
  if (headers.host === undefined && httpVersionMinor > 0) return 'The request has no Host header.';
  if (url?.startsWith('/') || (url === '*' && method === 'OPTIONS')) return null;
  // RFC 9112, 3.2.2: of an absolute target the Host header is a copy. Two that differ are for two readers.
  const authority = /^https?:\/\/([^/?#]+)\//.exec(url ?? '')?.[1];
  if (authority !== undefined && authority.toLowerCase() === headers.host?.toLowerCase()) return null;
  return 'The request target must be a path, or an URL of the host that the Host header names.';
}

/** What holds for every request, whether its route exists or not. */
function firstLook(app: App, corsOrigins: readonly string[]) {
  const { publicUrl } = app.settings;
  return (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    reply.trace = newTrace(app.clock.wallMs(), app.policies.changes);
    reply.head = ['x-request-id', request.id, 'x-content-type-options', 'nosniff'];
    const theirs = request.headers['x-request-id'];
    if (typeof theirs === 'string' && clientRequestId.test(theirs) && !containsSecret(theirs)) {
      reply.trace.clientRequestId = theirs;
      reply.head.push('x-client-request-id', theirs);
    }
    if (corsOrigins.length > 0) setCorsHeaders(request, reply, corsOrigins);
    if (urlContainsSecret(request.url)) return sendProblem(reply, publicUrl, new AppError('key_in_url'));
    const ambiguity = whyAmbiguous(request.raw);
    if (ambiguity !== null) {
      setHeader(reply, 'connection', 'close');
      return sendProblem(reply, publicUrl, new AppError('invalid_request', ambiguity));
    }
    done();
  };
}

const frameworkCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
};

/** The one error handler: everything a route throws becomes a problem document, and only bugs are logged. */
function failed(app: App, error: FastifyError, reply: FastifyReply): void {
  withinSpan(app.tracing, reply, () => fail(app, error, reply));
}

function fail(app: App, error: FastifyError, reply: FastifyReply): void {
  const failure = failureFrom(app, error);
  if (failure.code === 'internal_error') {
    const { id: requestId, routeOptions } = reply.request;
    const line = { event: 'request.failed', err: error, requestId, route: routeOptions?.url };
    app.log.error(line, 'A request failed');
  }
  // Fastify says this of a body that it could not read to its end or not understand.
  if (reply.hasHeader('connection')) setHeader(reply, 'connection', 'close');
  if (!reply.request.raw.complete) closeAfterRest(reply.request.raw);
  closeWhenStopping(reply);
  sendProblem(reply, app.settings.publicUrl, failure);
}

function failureFrom(app: App, error: FastifyError): AppError {
  if (error instanceof AppError) return error;
  if (app.database.dialect.isUnavailable(error)) {
    app.log.error({ event: 'store.unavailable', err: error }, 'The database cannot be reached');
    return new AppError('store_unavailable', undefined, { headers: { 'Retry-After': '1' } });
  }
  const code = frameworkCodes[error.code];
  if (code) return new AppError(code);
  const isTheirs = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  const detail = 'The request line, its headers or its length cannot be understood.';
  if (isTheirs) return new AppError('invalid_request', detail);
  return new AppError(
    'internal_error',
    'Something went wrong on our side. The request id identifies it in the server log.',
  );
}
