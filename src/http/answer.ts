import type { FastifyReply } from 'fastify';
import type { Refusal } from '../core/decide.ts';
import { AppError, errorTable } from '../errors.ts';
import type { LimitOutcome } from '../limiter/limiter.ts';
import { policyName, retryAfterSeconds } from '../services/guard.ts';
import { failureOf, problemOf } from '../services/problem.ts';
import { captureAnswer } from './capture.ts';
import { sendWithOthers } from './outbox.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** The answer's headers so far, names (in lower case) and values in turn, as Node writes them fastest. */
    head: (string | string[])[];
  }
}

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

/** In the place of a header of this name that is there already. */
export function setHeader(reply: FastifyReply, name: string, value: string | string[]): void {
  const { head } = reply;
  for (let i = 0; i < head.length; i += 2) {
    if (head[i] === name) {
      head[i + 1] = value;
      return;
    }
  }
  head.push(name, value);
}

export function setHeaders(reply: FastifyReply, headers: Readonly<Record<string, string | string[]>>): void {
  for (const name in headers) setHeader(reply, name.toLowerCase(), headers[name]!);
}

/** The end of every answer. Straight to Node, which itself leaves the body out where the request was HEAD. */
export function write(reply: FastifyReply, status: number, text: string | Buffer | undefined): void {
  const { head, raw } = reply;
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (text !== undefined || (status !== 204 && status !== 304)) head.push('content-length', String(bytes));
  raw.writeHead(status, head);
  captureAnswer(reply.request, text);
  reply.server.onAnswer(reply, status, bytes);
  reply.hijack();
  sendWithOthers(raw, text);
}

/** Sends an RFC 9457 answer. Nothing of the inside gets into it: `failure` is a refusal or an `AppError`. */
export function sendProblem(reply: FastifyReply, publicUrl: string, failure: AppError | Refusal): void {
  reply.trace.failure = failure;
  const problem = problemOf(publicUrl, reply.request.id, failureOf(failure));
  const challenge = challengeOf(failure.code, failure.members);
  if (challenge !== null) setHeader(reply, 'www-authenticate', challenge);
  if (failure instanceof AppError) setHeaders(reply, failure.headers);
  const seconds = failure.members.retryAfterSeconds;
  if (typeof seconds === 'number') setHeader(reply, 'retry-after', String(seconds));
  setHeader(reply, 'cache-control', 'no-store');
  setHeader(reply, 'content-type', 'application/problem+json; charset=utf-8');
  write(reply, problem.status, JSON.stringify(problem));
}

/** Where the key's limits stand, in both the old and the IETF form. Times are seconds, rounded up. */
export function addLimitHeaders(reply: FastifyReply, limits: LimitOutcome, wallMs: number): void {
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
  reply.head.push(
    'x-ratelimit-limit',
    String(limits.states[0]!.minuteLimit),
    'x-ratelimit-remaining',
    String(remaining),
    'x-ratelimit-reset',
    String(Math.ceil((wallMs + resetMs) / 1_000)),
    'ratelimit-policy',
    policies,
    'ratelimit',
    states,
  );
}
