import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import type { App } from '../services/app.ts';
import { sendProblem, setHeaders, write } from './answer.ts';
import { preflightHeaders } from './cors.ts';
import type { Route } from './route.ts';

type Answer = (request: FastifyRequest, reply: FastifyReply) => void;

interface Path {
  readonly pattern: RegExp;
  /** Sorts a fixed segment before a parameter in its place, as the router prefers them. */
  readonly rank: string;
  readonly answer: Answer;
}

/**
 * The methods of whose paths the router knows all, so that `/keys/overview` is never taken for the id in `/keys/{id}`.
 * The other thirty that Node understands would fill it with thousands of entries that nobody asks for.
 */
const usual = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function patternOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => part.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}

/** OPTIONS and 405 for a path, with the methods it has. */
function answerFor(app: App, list: readonly Route[], corsOrigins: readonly string[]) {
  const own = list.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method as string]));
  const allow = [...own, 'OPTIONS'].join(', ');
  const answer: Answer = (request, reply) => {
    reply.head.push('allow', allow);
    if (request.method !== 'OPTIONS') {
      const detail = `${request.method} is not a method of this path; it has ${allow}.`;
      return sendProblem(reply, app.settings.publicUrl, new AppError('method_not_allowed', detail));
    }
    if (corsOrigins.includes(request.headers.origin ?? '')) {
      setHeaders(reply, { 'access-control-allow-methods': allow, ...preflightHeaders });
    }
    write(reply, 204, undefined);
  };
  return { own, answer };
}

/**
 * Adds what every path of the table says to the usual methods that it does not have. What is returned says it to the
 * unusual ones, where the router found nothing, and is false for a path that is not in the table.
 */
export function otherMethods(
  app: App,
  server: FastifyInstance,
  routes: readonly Route[],
  corsOrigins: readonly string[],
): (request: FastifyRequest, reply: FastifyReply) => boolean {
  const paths: Path[] = [];
  for (const [path, list] of Map.groupBy(routes, (route) => route.path)) {
    const { own, answer } = answerFor(app, list, corsOrigins);
    paths.push({ pattern: patternOf(path), rank: path.replaceAll(/\{\w+\}/g, '\uffff'), answer });
    server.route({
      method: usual.filter((method) => !own.includes(method)),
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      onRequest: answer,
      handler: () => undefined,
    });
  }
  paths.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return (request, reply) => {
    if (usual.includes(request.method)) return false;
    const url = request.url.split('?', 1)[0]!;
    const found = paths.find(({ pattern }) => pattern.test(url));
    found?.answer(request, reply);
    return found !== undefined;
  };
}
