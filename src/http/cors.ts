import type { FastifyReply, FastifyRequest } from 'fastify';

const exposedHeaders =
  'X-Request-Id, X-Client-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, Retry-After, ETag, Location, WWW-Authenticate';

/** For answers that a page of one of these origins may read. */
export function setCorsHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[],
): void {
  reply.head.push('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !allowed.includes(origin)) return;
  reply.head.push('access-control-allow-origin', origin, 'access-control-expose-headers', exposedHeaders);
}

export const preflightHeaders = {
  'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id',
  'access-control-max-age': '600',
};
