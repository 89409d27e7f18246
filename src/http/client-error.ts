import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, type ErrorCode } from '../errors.ts';
import type { App } from '../services/app.ts';
import { failureOf, problemOf } from '../services/problem.ts';

const reasons: Record<number, string> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** How long a refused connection may take to close its side before it is cut. */
const lingerMs = 1_000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Of every connection the last request that the parser understood, and its answer. */
const exchanges = new WeakMap<Duplex, Exchange>();
const refused = new WeakSet<Duplex>();

function codeOf(error: Error): ErrorCode {
  const code = 'code' in error ? error.code : '';
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'invalid_request';
}

function failureFrom(error: Error): AppError {
  const code = codeOf(error);
  return new AppError(code, code === 'invalid_request' ? 'The request is not valid HTTP/1.1.' : undefined);
}

/** Answers in the contract's form what never becomes a request: what the parser refuses, and CONNECT. */
export function answerBrokenRequests(app: App, server: Server): void {
  // Who has sent everything may close that side of the connection (`nc -N`) and still be answered.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('request', (request, response) => exchanges.set(request.socket, { request, response }));
  server.on('connect', (_request, socket) => {
    const detail = 'CONNECT is not a method of anything here: this is no proxy.';
    refuse(app, socket, new AppError('method_not_allowed', detail));
  });
}

/**
 * Lets what is left of a refused body come for a while: to close over it would reset the connection, and who sends all
 * of a body before they read would never see why it was refused (RFC 9112, section 9.6).
 */
export function closeAfterRest(request: IncomingMessage): void {
  const { socket } = request;
  // Node's way to close a connection once its last answer is written.
  socket.destroySoon = () => {
    socket.end();
    request.resume();
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    socket.once('close', () => clearTimeout(timer));
  };
}

/** For Node's `clientError`; there is no request object at this point. */
export function refuseRawRequest(app: App, error: Error, socket: Duplex): void {
  if (refused.has(socket)) return;
  if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) {
    socket.destroy();
    return;
  }
  const last = exchanges.get(socket);
  if (last?.request.complete === false && last.response.headersSent) {
    // It has its answer, or is about to; what went wrong is the rest of its body.
    refused.add(socket);
    if (last.response.writableFinished) socket.destroy();
    else last.response.once('close', () => socket.destroy());
  } else if (last?.request.complete && !last.response.writableFinished) {
    // What went wrong comes after a request that is being answered: that answer comes first.
    refused.add(socket);
    last.response.once('close', () => refuse(app, socket, failureFrom(error)));
  } else refuse(app, socket, failureFrom(error));
}

function refuse(app: App, socket: Duplex, failure: AppError): void {
  refused.add(socket);
  const { status, code } = failure;
  app.requests.add({ method: 'other', route: null, status, code, durationMs: 0, key: null });
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = app.newId('req');
  const body = JSON.stringify(problemOf(app.settings.publicUrl, requestId, failureOf(failure)));
  const head = [
    `HTTP/1.1 ${failure.status} ${reasons[failure.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Nobody may hold a connection open by never closing their side of it.
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
}
