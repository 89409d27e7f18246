import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { invalid } from '../errors.ts';
import type { App, Context } from '../services/app.ts';
import { parseIdempotencyKey, runOnce } from '../services/idempotency.ts';
import type { Origin } from './origin.ts';
import type { Reply, Route } from './route.ts';
import { validate } from './validate.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** It takes no more connections, and finishes what is under way. */
    isStopping: boolean;
  }
}

const noBody = z.strictObject({});
const anything = z.unknown();

type Handler = (app: App, ctx: Context, input: unknown) => Promise<Reply>;

/** Runs a route's handler: input checked against the route's schemas, answers sent as JSON, POSTs once where asked. */
export function handlerFor(app: App, origin: Origin, route: Route) {
  const handler = route.handler as unknown as Handler;
  const hasBody = route.method !== 'GET';
  const bodySchema = hasBody ? (route.body ?? noBody) : anything;
  const isOptional = route.body === undefined || route.isBodyOptional === true;
  const paramSchema = route.params ?? anything;
  const querySchema = route.query ?? anything;
  const secretFields = route.secretFields ?? [];
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const given = request.body === undefined && isOptional ? {} : request.body;
    if (hasBody && given === undefined) throw invalid({ path: '', message: 'a JSON body is required' });
    const input = {
      params: validate(paramSchema, request.params),
      query: validate(querySchema, request.query),
      body: hasBody ? validate(bodySchema, given) : undefined,
      ifMatch: request.headers['if-match'],
      http: {
        cookie: request.headers.cookie,
        userAgent: request.headers['user-agent'],
        ip: origin.addressOf(request),
      },
    };
    const run = (ctx: Context) => handler(app, ctx, input);
    const answer = route.isIdempotent
      ? await runOnce(app, request.context, idempotencyOf(request, route, secretFields), run)
      : await run(request.context);
    return send(reply, answer, secretFields.length > 0);
  };
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
  if (reply.server.isStopping) reply.header('connection', 'close');
}

function send(reply: FastifyReply, answer: Reply, isSecret: boolean): FastifyReply {
  reply.code(answer.status);
  closeWhenStopping(reply);
  reply.header('cache-control', isSecret ? 'no-store' : 'private, no-cache');
  if (answer.headers) reply.headers(answer.headers);
  if (answer.body === undefined) return reply.send();
  if (typeof answer.body === 'string' && reply.hasHeader('content-type')) return reply.send(answer.body);
  const type =
    answer.status >= 400 ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8';
  return reply.header('content-type', type).send(JSON.stringify(answer.body));
}
