import type { FastifyReply } from 'fastify';
import type { Refusal } from '../core/decide.ts';
import { AppError, errorTable } from '../errors.ts';
import type { LimitOutcome } from '../limiter/limiter.ts';
import { policyName, retryAfterSeconds } from '../services/guard.ts';
import { failureOf, problemOf } from '../services/problem.ts';

const realm = 'Bearer realm="keyward"';

/** RFC 6750, section 3: no error attribute where no credential was sent. */
function challengeOf(code: string, members: Readonly<Record<string, unknown>>): string | null {
  if (code === 'missing_key' || code === 'invalid_credentials') return realm;
  if (code === 'insufficient_scope') {
    const scopes = (members.requiredScopes as readonly string[] | undefined) ?? [];
    return `${realm}, error="insufficient_scope", scope="${scopes.join(' ')}"`;
  }
  return errorTable[code as keyof typeof errorTable][0] === 401 ? `${realm}, error="invalid_token"` : null;
}

/** Sends an RFC 9457 answer. Nothing of the inside gets into it: `failure` is a refusal or an `AppError`. */
export function sendProblem(
  reply: FastifyReply,
  publicUrl: string,
  failure: AppError | Refusal,
): FastifyReply {
  const problem = problemOf(publicUrl, reply.request.id, failureOf(failure));
  const challenge = challengeOf(failure.code, failure.members);
  if (challenge !== null) reply.header('www-authenticate', challenge);
  if (failure instanceof AppError) reply.headers(failure.headers);
  const seconds = failure.members.retryAfterSeconds;
  if (typeof seconds === 'number') reply.header('retry-after', String(seconds));
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/** Where the key's limits stand, in both the old and the IETF form. Times are seconds, rounded up. */
export function setLimitHeaders(reply: FastifyReply, limits: LimitOutcome, wallMs: number): void {
  let policies = '';
  let states = '';
  let remaining = Number.POSITIVE_INFINITY;
  let resetMs = 0;
  for (let i = 0; i < limits.states.length; i++) {
    const state = limits.states[i]!;
    const comma = i === 0 ? '' : ', ';
    const minute = policyName(i, 'minute');
    const day = policyName(i, 'day');
    policies += `${comma}"${minute}";q=${state.minuteLimit};w=60, "${day}";q=${state.dayLimit};w=86400`;
    states +=
      `${comma}"${minute}";r=${state.minuteRemaining};t=${Math.ceil(state.minuteResetMs / 1_000)}` +
      `, "${day}";r=${state.dayRemaining};t=${Math.ceil(state.dayResetMs / 1_000)}`;
    if (state.minuteRemaining < remaining) {
      remaining = state.minuteRemaining;
      resetMs = state.minuteResetMs;
    }
    if (state.dayRemaining < remaining) {
      remaining = state.dayRemaining;
      resetMs = state.dayResetMs;
    }
  }
  if (!limits.admitted) resetMs = retryAfterSeconds(limits) * 1_000;
  reply.header('x-ratelimit-limit', String(limits.states[0]!.minuteLimit));
  reply.header('x-ratelimit-remaining', String(remaining));
  reply.header('x-ratelimit-reset', String(Math.ceil((wallMs + resetMs) / 1_000)));
  reply.header('ratelimit-policy', policies);
  reply.header('ratelimit', states);
}
