import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { invalid } from '../errors.ts';
import type { App, Context } from '../services/app.ts';
import { parseIdempotencyKey, runOnce } from '../services/idempotency.ts';
import { setHeader, setHeaders, write } from './answer.ts';
import { admitAgain } from './guard.ts';
import type { Reply, Route } from './route.ts';
import { sendStream } from './stream.ts';
import { validate } from './validate.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** It takes no more connections, and finishes what is under way. */
    isStopping: boolean;
  }
}

const noBody = z.strictObject({});

type Handler = (app: App, ctx: Context, input: unknown) => Promise<Reply> | Reply;

/** Runs a route's handler: input checked against the route's schemas, answers sent as JSON, POSTs once where asked. */
export function handlerFor(app: App, route: Route) {
  const handler = route.handler as unknown as Handler;
  const hasBody = route.method !== 'GET';
  const bodySchema = route.body ?? (route.upload ? z.unknown() : noBody);
  const isOptional = route.body === undefined || route.isBodyOptional === true;
  const secretFields = route.secretFields ?? [];
  const answerWith = (reply: FastifyReply, answer: Reply): Promise<void> | void => {
    const { status, stream, isEndless = false } = answer;
    if (stream === undefined) return send(reply, answer, secretFields.length > 0);
    const prepareHead = () => prepare(reply, answer, false);
    return sendStream(app, route, reply, { status, stream, isEndless, prepare: prepareHead });
  };
  const answer = (request: FastifyRequest, reply: FastifyReply): Promise<void> | void => {
    const given = request.body === undefined && isOptional ? {} : request.body;
    if (hasBody && given === undefined) throw invalid({ path: '', message: 'a JSON body is required' });
    const input = {
      params: route.params ? validate(route.params, request.params) : request.params,
      query: route.query ? validate(route.query, request.query) : request.query,
      body: hasBody ? validate(bodySchema, given) : undefined,
      ifMatch: request.headers['if-match'],
      http: {
        cookie: request.headers.cookie,
        userAgent: request.headers['user-agent'],
        accept: request.headers.accept,
        lastEventId: lastEventIdOf(request),
        ip: request.context.ip ?? '',
      },
    };
    const run = (ctx: Context) => handler(app, ctx, input);
    const made = route.isIdempotent
      ? runOnce(app, request.context, idempotencyOf(request, route, secretFields), async (ctx) => run(ctx))
      : run(request.context);
    // What is there at once is answered at once: each promise would be a turn of the queue.
    if (made instanceof Promise) return made.then((there) => answerWith(reply, there));
    return answerWith(reply, made);
  };
  if (!hasBody || 'open' in route.access) return answer;
  return (request: FastifyRequest, reply: FastifyReply): Promise<void> | void => {
    if (!isOutdated(app, reply)) return answer(request, reply);
    return admitAgain(app, route, request, reply).then((isAdmitted) =>
      isAdmitted ? answer(request, reply) : undefined,
    );
  };
}

/** A session may end, a key expire, and another server change both: what took this long is judged anew. */
const slowMs = 1_000;

function isOutdated({ policies }: App, { trace }: FastifyReply): boolean {
  return trace.policyChanges !== policies.changes || performance.now() - trace.startedMs > slowMs;
}

function lastEventIdOf(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id'];
  return Array.isArray(header) ? header[0] : header;
}

function idempotencyOf(request: FastifyRequest, route: Route, secretFields: readonly string[]) {
  const header = request.headers['idempotency-key'];
  return {
    key: parseIdempotencyKey(Array.isArray(header) ? header[0] : header),
    method: route.method,
    route: route.path,
    payload: [request.params, request.query, request.body],
    secretFields,
  };
}

/** An answer that says keep-alive while the server stops invites a request into a connection that is about to end. */
export function closeWhenStopping(reply: FastifyReply): void {
  if (reply.server.isStopping) setHeader(reply, 'connection', 'close');
}

function prepare(reply: FastifyReply, { headers }: Reply, isSecret: boolean): void {
  closeWhenStopping(reply);
  setHeader(reply, 'cache-control', isSecret ? 'no-store' : 'private, no-cache');
  if (headers) setHeaders(reply, headers);
}

export function send(reply: FastifyReply, answer: Reply, isSecret: boolean): void {
  const { status, body, headers } = answer;
  prepare(reply, answer, isSecret);
  if (body === undefined || headers?.['content-type'] !== undefined) {
    write(reply, status, body as string | Buffer | undefined);
    return;
  }
  const type = status >= 400 ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8';
  setHeader(reply, 'content-type', type);
  write(reply, status, JSON.stringify(body));
}
