import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal, Subject } from '../core/decide.ts';
import { type Environment, environments, isEnvironment } from '../core/environments.ts';
import { roleAllows, sessionScopes } from '../core/roles.ts';
import { AppError, invalid } from '../errors.ts';
import type { App, Caller, Context, UserCaller } from '../services/app.ts';
import type { GuardAnswer } from '../services/guard.ts';
import { isCookieTrusted, isFromElsewhere } from '../services/people/cookie-trust.ts';
import { addLimitHeaders, sendProblem } from './answer.ts';
import { beginCapture } from './capture.ts';
import type { Origin } from './origin.ts';
import type { AccessRule, Route } from './route.ts';

const freshLoginMs = 10 * 60_000;
const missing: Subject = { kind: 'missing' };
const nobody = { kind: 'system', id: 'anonymous' } as const;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard; every handler runs in it. */
    context: Context;
  }
}

type Done = (error?: Error) => void;

/**
 * The one guard in front of every handler, from headers alone: before a byte of the body is read. `index` is the
 * route's place in the table.
 */
export function guardFor(app: App, origin: Origin, route: Route, index: number) {
  const { access } = route;
  if ('open' in access) return admitAnyone(app, origin, route, index);
  return (request: FastifyRequest, reply: FastifyReply, done: Done) => {
    const { trace } = reply;
    trace.route = index;
    const header = request.headers.authorization;
    if (header === undefined && request.headers.cookie !== undefined) {
      admitPerson(app, origin, route, request, reply).then(whenAdmitted(done), done);
      return;
    }
    trace.isGuarded = true;
    const subject = app.guard.recognise(header);
    if (subject instanceof Promise) {
      subject.then((s) => admitKey(app, origin, route, s, request, reply, done)).catch(done);
    } else {
      admitKey(app, origin, route, subject, request, reply, done);
    }
  };
}

/** Open to all, but a page of another site may not log its visitor in as somebody else. */
function admitAnyone(app: App, origin: Origin, route: Route, index: number) {
  return (request: FastifyRequest, reply: FastifyReply, done: Done) => {
    reply.trace.route = index;
    const ip = origin.addressOf(request);
    if (route.method !== 'GET' && isFromElsewhere(provenanceOf(app, request))) {
      const detail =
        'A page of another site sent this. Only pages of Keyward itself, and programs, may do that.';
      refuse(app, reply, ip, null, new AppError('role_not_allowed', detail));
      return;
    }
    const environment = origin.environmentOf(request);
    request.context = { tenantId: '', environment, requestId: request.id, ip, caller: nobody };
    done();
  };
}

function provenanceOf(app: App, request: FastifyRequest) {
  return {
    method: request.method,
    secFetchSite: headerOf(request, 'sec-fetch-site'),
    origin: headerOf(request, 'origin'),
    publicUrl: app.settings.publicUrl,
  };
}

/** A reply that was sent ends the request: then the next step must not run. */
function whenAdmitted(done: Done) {
  return (isAdmitted: boolean) => {
    if (isAdmitted) done();
  };
}

function admitKey(
  app: App,
  origin: Origin,
  route: Route,
  subject: Subject,
  request: FastifyRequest,
  reply: FastifyReply,
  done: Done,
): void {
  const ask = {
    environment: origin.environmentOf(request),
    ip: origin.addressOf(request),
    scopes: scopesOf(route.access),
  };
  if (subject.kind === 'known') {
    reply.trace.secret = subject.secret;
    beginCapture(request, route, subject.secret);
  }
  const closed = subject.kind === 'known' ? closedToKeys(route) : null;
  const answer = app.guard.judge(subject, ask, closed ? { isDry: true } : undefined);
  const finish = (verdict: GuardAnswer) => {
    if (verdict.limits) addLimitHeaders(reply, verdict.limits, app.clock.wallMs());
    const refusal =
      closed && (verdict.refusal === null || verdict.refusal.check === 'limit') ? closed : verdict.refusal;
    if (refusal) return void refuse(app, reply, ask.ip, subject, refusal);
    const { secret } = subject as Extract<Subject, { kind: 'known' }>;
    const { policy } = secret;
    request.context = {
      tenantId: policy.tenantId,
      environment: policy.environment,
      requestId: request.id,
      ip: ask.ip,
      caller: { kind: 'key', id: policy.keyId, secret, policy },
    };
    done();
  };
  if (answer instanceof Promise) answer.then(finish).catch(done);
  else finish(answer);
}

function scopesOf(access: AccessRule): readonly string[] {
  return 'scopes' in access ? access.scopes : [];
}

function closedToKeys(route: Route): Refusal | null {
  if (!('people' in route.access)) return null;
  const detail = 'This call is for signed-in people; a key cannot make it.';
  return { admitted: false, check: 'scope', code: 'role_not_allowed', detail, members: {} };
}

function refuse(
  app: App,
  reply: FastifyReply,
  ip: string,
  subject: Subject | null,
  refusal: Refusal | AppError,
) {
  const seconds = app.guard.countRefusal(ip, subject);
  if (seconds === null) return sendProblem(reply, app.settings.publicUrl, refusal);
  const detail = `Too many of your requests were refused, the last with ${refusal.code}. Wait ${seconds} s and mend the cause.`;
  const members = { retryAfterSeconds: seconds, refusedWith: refusal.code };
  return sendProblem(reply, app.settings.publicUrl, new AppError('too_many_refusals', detail, { members }));
}

function noSession(detail = 'There is no session any more. Sign in again, or send a key.'): Refusal {
  return { admitted: false, check: 'form', code: 'missing_key', detail, members: {} };
}

async function admitPerson(
  app: App,
  origin: Origin,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const ip = origin.addressOf(request);
  const isTrusted = isCookieTrusted(provenanceOf(app, request));
  const caller = isTrusted ? await app.people.findCaller({ cookie: request.headers.cookie }) : null;
  if (caller === null) {
    const untrusted = `The session cookie counts only for pages of Keyward, and for requests whose Origin header is ${app.settings.publicUrl}. Programs send a key in the Authorization header.`;
    refuse(app, reply, ip, missing, noSession(isTrusted ? undefined : untrusted));
    return false;
  }
  const environment = chosenEnvironment(request) ?? origin.environmentOf(request);
  const refusal = refusalOfPerson(app, route, caller, environment);
  if (refusal) {
    refuse(app, reply, ip, null, refusal);
    return false;
  }
  request.context = { tenantId: caller.tenantId, environment, requestId: request.id, ip, caller };
  return true;
}

interface SecondLook {
  readonly subject: Subject | null;
  readonly refusal: Refusal | AppError | null;
  readonly caller: Caller;
}

/** What the guard would answer now. Takes nothing of the limits, which may be spent meanwhile. */
async function lookAgain(app: App, route: Route, request: FastifyRequest): Promise<SecondLook> {
  const { tenantId, environment, ip, caller } = request.context;
  if (caller.kind === 'system') return { subject: null, refusal: null, caller };
  if (caller.kind === 'user') {
    const person = await app.people.findCaller({ cookie: request.headers.cookie });
    if (person?.tenantId !== tenantId) return { subject: missing, refusal: noSession(), caller };
    return { subject: null, refusal: refusalOfPerson(app, route, person, environment), caller: person };
  }
  const subject = await app.guard.recognise(request.headers.authorization);
  const ask = { environment, ip, scopes: scopesOf(route.access) };
  const { refusal } = await app.guard.judge(subject, ask, { isDry: true });
  if (subject.kind !== 'known' || (refusal !== null && refusal.check !== 'limit'))
    return { subject, refusal, caller };
  const { secret } = subject;
  return { subject, refusal: null, caller: { ...caller, secret, policy: secret.policy } };
}

/** Whether who reads a stream would be admitted again now: asked while it lasts. */
export async function isStillAdmitted(app: App, route: Route, request: FastifyRequest): Promise<boolean> {
  return (await lookAgain(app, route, request)).refusal === null;
}

/**
 * Judges anew a request whose body came after something had changed: otherwise who is revoked, removed or demoted could
 * keep their rights by holding a request open. False where it was refused, and is answered.
 */
export async function admitAgain(
  app: App,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const { subject, refusal, caller } = await lookAgain(app, route, request);
  if (subject?.kind === 'known') reply.trace.secret = subject.secret;
  if (refusal) {
    refuse(app, reply, request.context.ip ?? '', subject, refusal);
    return false;
  }
  request.context = { ...request.context, caller };
  return true;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function chosenEnvironment(request: FastifyRequest): Environment | null {
  const name = headerOf(request, 'x-keyward-environment');
  if (name === undefined) return null;
  if (isEnvironment(name)) return name;
  throw invalid({ path: 'X-Keyward-Environment', message: `must be one of ${environments.join(', ')}` });
}

function refusalOfPerson(
  app: App,
  route: Route,
  caller: UserCaller,
  environment: Environment,
): AppError | null {
  const { access } = route;
  if ('keyOnly' in access)
    return new AppError('role_not_allowed', 'This call is about the key that makes it: send one.');
  const { role } = caller;
  if ('people' in access && access.people !== 'any' && !roleAllows(role, ...access.people)) {
    return new AppError('role_not_allowed', `The role ${role} may not do this.`, { members: { role } });
  }
  const places = 'namesEnvironment' in access ? environments : [environment];
  const held = new Set(places.flatMap((place) => [...sessionScopes(role, place, app.catalogue)]));
  const missingScopes = scopesOf(access).filter((scope) => !held.has(scope));
  if (missingScopes.length > 0) {
    return new AppError(
      'role_not_allowed',
      `The role ${role} does not include ${missingScopes.join(' and ')} in ${environment}.`,
      {
        members: { role, requiredScopes: scopesOf(access), missingScopes },
      },
    );
  }
  const isStale = app.clock.wallMs() - caller.authenticatedAt > freshLoginMs;
  return route.needsFreshLogin && isStale ? new AppError('reauthentication_required') : null;
}
