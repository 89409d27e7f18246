import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setHeader } from './answer.ts';
import { parseJsonBody } from './body.ts';
import { captureSent } from './capture.ts';

/** As nearly every client writes it; any other spelling is Fastify's to understand. */
const jsonTypes = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/merge-patch+json',
]);

/** How many bytes of body to read for a request with nothing unusual about it; null for all others. */
function plainLength({ method, headers }: IncomingMessage, limitBytes: number): number | null {
  if (headers.expect !== undefined || headers['transfer-encoding'] !== undefined) return null;
  if (method === 'GET') return 0;
  if (method === 'HEAD') return null;
  const { 'content-length': length, 'content-type': type } = headers;
  if (length === undefined) return type === undefined ? 0 : null;
  return type !== undefined && jsonTypes.has(type) && Number(length) <= limitBytes ? Number(length) : null;
}

/** The parser has seen to it that exactly `length` bytes come; who hangs up before is owed no answer. */
function readBody(request: IncomingMessage, length: number, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => then(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
  request.on('error', () => {});
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void> | void;
type Fail = (error: unknown, reply: FastifyReply) => void;

function parse(bytes: Buffer, reply: FastifyReply): unknown {
  try {
    return parseJsonBody(bytes);
  } catch (error) {
    setHeader(reply, 'connection', 'close');
    throw error;
  }
}

/**
 * The last `onRequest` hook: reads the body of a plain request and runs its handler, without the steps that Fastify
 * would take. Whatever is not plain goes on to Fastify, which ends at the same handler.
 */
export function directly(handler: Handler, fail: Fail, bodyLimitBytes: number) {
  const answer = (request: FastifyRequest, reply: FastifyReply, bytes: Buffer | null) => {
    if (bytes !== null) {
      captureSent(request, bytes);
      request.body = parse(bytes, reply);
    }
    return handler(request, reply);
  };
  const failSafely = (error: unknown, reply: FastifyReply) => {
    try {
      fail(error, reply);
    } catch {
      // Half an answer must not look like a whole one.
      reply.raw.destroy();
    }
  };
  const run = (request: FastifyRequest, reply: FastifyReply, bytes: Buffer | null) => {
    try {
      answer(request, reply, bytes)?.catch((error: unknown) => failSafely(error, reply));
    } catch (error) {
      failSafely(error, reply);
    }
  };
  return (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const length = plainLength(request.raw, bodyLimitBytes);
    if (length === null) return done();
    if (length === 0) return run(request, reply, null);
    readBody(request.raw, length, (bytes) => run(request, reply, bytes));
  };
}
