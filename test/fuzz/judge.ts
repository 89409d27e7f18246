import { idPrefixes } from '../../src/core/id.ts';
import { errorTable } from '../../src/errors.ts';
import type { RawAnswer } from '../raw-http.ts';
import { bytesOf } from './client.ts';
import { type Answer, type Operation, operationAt } from './document.ts';
import { type FuzzRequest, placeAsked } from './draft.ts';
import { faultBySchema } from './schemas.ts';
import type { World } from './world.ts';

const limitHeaders = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];
const limits = [...limitHeaders, 'RateLimit-Policy', 'RateLimit'];
/** Codes that carry Retry-After. */
const waitable = new Set([
  'rate_limited',
  'too_many_refusals',
  'idempotency_in_progress',
  'store_unavailable',
  'overloaded',
]);
/** Answered before any route is looked at, and documented once for all of them. */
const everywhere = new Set([404, 405, 408, 413, 415, 431]);
/** Places in code or machine, the words of database and runtime: an answer never speaks of the inside. */
const inside =
  /node_modules|file:\/\/|\.[cm]?[jt]s:\d|\n\s+at |\/tmp\/keyward|sqlite|kysely|syntax error at|(Type|Range|Reference)Error|Cannot read prop|is not a function|ECONN|\[object Obj/;

/** Members of a good answer that hand out a secret, by operation. */
const handedOut: Readonly<Record<string, readonly string[]>> = {
  createKey: ['secret'],
  regenerateKey: ['secret'],
  rotateKey: ['secret'],
  replaceKey: ['secret'],
  inviteMember: ['link'],
  startTwoFactor: ['totpURI', 'backupCodes'],
  renewBackupCodes: ['backupCodes'],
};
/** Those that set a cookie now and then only. */
const setsCookieAtTimes = new Set(['getSession', 'verifyTotp', 'endTwoFactor']);

/** They show what others have sent, ids of any place among it. */
const showsRequests = new Set(['listLogs', 'getLog', 'explainRequest', 'downloadJob']);

const ids = new RegExp(`\\b(?:${idPrefixes.join('|')})_[0-7][0-9a-z]{25}\\b`, 'g');
/** The name of secrets that the fuzzer made up. */
export const decoy = 'a made-up key';
/** What people see of the whole tenant; all else belongs to an environment. */
const tenantKinds = new Set(['key', 'sec', 'usr', 'tnt', 'inv', 'aud', 'req']);

/** The operation that answered, as the router reads the request; null for none. */
export function answeredBy(request: FuzzRequest): Operation | null {
  return request.isElsewhere
    ? operationAt(request.method, request.target.split(/[?#]/)[0]!)
    : request.operation;
}

function isKeyAnswered(request: FuzzRequest, operation: Operation): boolean {
  return request.caller.kind === 'key' && operation.security.includes('bearer');
}

function headerFaults(request: FuzzRequest, answer: RawAnswer, operation: Operation, told: Answer): string[] {
  if (answer.status >= 300) return [];
  const has = (name: string) => answer.headers[name.toLowerCase()] !== undefined;
  const faults: string[] = [];
  const isForKey = isKeyAnswered(request, operation) && told.headers.includes('RateLimit');
  for (const name of limits) {
    if (has(name) !== isForKey)
      faults.push(`the header ${name} is ${isForKey ? 'missing' : 'not for a session'}`);
  }
  for (const name of ['ETag', 'Location', 'Set-Cookie']) {
    if (has(name) === told.headers.includes(name)) continue;
    if (has(name) || !(name === 'Set-Cookie' && setsCookieAtTimes.has(operation.id))) {
      faults.push(`the header ${name} is ${has(name) ? 'not documented' : 'missing'}`);
    }
  }
  return faults;
}

function problemFaults(request: FuzzRequest, answer: RawAnswer): string[] {
  const { headers, body, status } = answer;
  if (!headers['content-type']?.startsWith('application/problem+json')) {
    return [`it is no problem document but ${headers['content-type']}`];
  }
  const shape = faultBySchema('#/components/schemas/Problem', body);
  if (shape !== null) return [`the problem document: ${shape}`];
  const entry: readonly unknown[] | undefined = errorTable[body.code as keyof typeof errorTable];
  const faults: string[] = [];
  if (entry?.[0] !== status || body.status !== status)
    faults.push(`the code ${body.code} is not of ${status}`);
  if (entry?.[1] !== body.title) faults.push(`the title is "${body.title}"`);
  // A repeat has the body of the first answer, and that names the first request.
  const isFirst = !request.headers.some(([name]) => name === 'idempotency-key');
  if (isFirst && body.requestId !== headers['x-request-id']) faults.push('requestId is not X-Request-Id');
  if (body.code === 'validation_failed' && !(body.errors?.length > 0)) faults.push('no field is named');
  if (waitable.has(body.code) && !/^\d+$/.test(headers['retry-after'] ?? '')) faults.push('no Retry-After');
  const isChallenged = status === 401 || body.code === 'insufficient_scope';
  if (isChallenged !== (headers['www-authenticate'] !== undefined)) faults.push('WWW-Authenticate is wrong');
  if (status === 405 && headers.allow === undefined) faults.push('no Allow');
  return faults;
}

function goodFaults(request: FuzzRequest, answer: RawAnswer, operation: Operation, told: Answer): string[] {
  const types = Object.keys(told.content);
  if (request.method === 'HEAD' || types.length === 0) {
    return answer.text === '' ? [] : ['there is a body, and there should be none'];
  }
  const type = answer.headers['content-type']?.split(';')[0] ?? '';
  const pointer = told.content[type];
  if (pointer === undefined) return [`the media type is ${type}, not ${types.join(' or ')}`];
  const shape = /[/+]json/.test(type) ? faultBySchema(pointer, answer.body) : null;
  return shape === null ? [] : [`${operation.id}: ${shape}`];
}

function documentFaults(request: FuzzRequest, answer: RawAnswer): string[] {
  const { status } = answer;
  const operation = answeredBy(request);
  const told = operation?.answers[String(status)];
  const general = status >= 400 && request.method !== 'HEAD' ? problemFaults(request, answer) : [];
  if (status >= 400 && request.isElsewhere) return general;
  if (request.method === 'OPTIONS' && status === 204) return answer.headers.allow ? [] : ['no Allow'];
  if (operation === null || told === undefined) {
    const isTold = status >= 400 && everywhere.has(status) && request.isAlone === true;
    return isTold ? general : [...general, `the status ${status} is not documented`];
  }
  if (status < 400) {
    return [
      ...goodFaults(request, answer, operation, told),
      ...headerFaults(request, answer, operation, told),
    ];
  }
  if (!told.codes.includes(answer.body?.code))
    general.push(`the code ${answer.body?.code} is not documented`);
  return general;
}

/** The answer without the members and cookies that are meant to hold a secret. */
function withoutHandedOut(request: FuzzRequest, { headers, body, text, status }: RawAnswer): string {
  const { 'set-cookie': _, ...others } = headers;
  const names = status < 300 ? (handedOut[request.operation.id] ?? []) : [];
  const isSecret = names.length > 0 && body !== null && typeof body === 'object';
  const rest = isSecret
    ? JSON.stringify({ ...body, ...Object.fromEntries(names.map((name) => [name, 0])) })
    : text;
  return `${JSON.stringify(others)}\n${rest}`;
}

function placeOfId(id: string, request: FuzzRequest): string {
  const place = placeAsked(request);
  return tenantKinds.has(id.slice(0, 3)) ? `${place.split('/')[0]}/*` : place;
}

function isOfAnother(known: string | undefined, place: string): boolean {
  return known !== undefined && known !== place;
}

function tenancyFaults(request: FuzzRequest, answer: RawAnswer, world: World): string[] {
  const { caller } = request;
  // Who redeems a link or signs in belongs to the tenant that the answer names, whatever else they sent.
  const isSigningIn = request.operation.security.length === 0 && request.target.startsWith('/api/auth/');
  if (isSigningIn) return [];
  if (caller.kind === 'nobody') {
    return world.tenants.some(({ marker }) => answer.text.includes(marker))
      ? ['it shows a text of a tenant']
      : [];
  }
  const faults = world.tenants
    .filter(({ id, marker }) => id !== caller.tenant.id && answer.text.includes(marker))
    .map(() => 'it shows a text of another tenant');
  if (answer.status >= 300 || showsRequests.has(request.operation.id)) return faults;
  const isTenantWide = caller.kind === 'person' && /^(list|export)AuditLog$/.test(request.operation.id);
  for (const [id] of answer.text.matchAll(ids)) {
    const place = placeOfId(id, request);
    // People read the audit log of all environments at once.
    if (isTenantWide && !tenantKinds.has(id.slice(0, 3))) continue;
    if (isOfAnother(world.owners.get(id), place)) faults.push(`${id.slice(0, 4)}… belongs elsewhere`);
    else world.owners.set(id, place);
  }
  return faults;
}

function secretFaults(request: FuzzRequest, answer: RawAnswer, world: World): string[] {
  // An article may hold anything; a refusal or the log never repeats what has the shape of a secret, be it anybody's or nobody's.
  const mayHold = answer.status < 300 && !showsRequests.has(request.operation.id);
  const except = mayHold ? decoy : undefined;
  const what = world.secrets.find(withoutHandedOut(request, answer), except);
  const faults = what === null ? [] : [`it gives away ${what}`];
  if (answer.status >= 400 && inside.test(answer.text)) faults.push('it speaks of the inside');
  return faults;
}

/** Two answers that the schema alone does not rule out. */
function contractFaults(request: FuzzRequest, answer: RawAnswer): string[] {
  const { body, status } = answer;
  const { operation, caller } = request;
  const isGood = status < 300;
  const faults: string[] = [];
  if (isGood && request.refusal !== null) faults.push(`it succeeded, although ${request.refusal}`);
  const expected = request.code;
  if (expected !== null && body?.code !== expected)
    faults.push(`${expected} was expected, not ${body?.code}`);
  if (
    isGood &&
    request.isReplay &&
    operation.isIdempotent &&
    answer.text !== '' &&
    handedOut[operation.id]?.some((name) => body[name] !== null)
  ) {
    faults.push('a repeat shows the secret again');
  }
  if (isGood && operation.id === 'verifyKey' && body?.code === 'environment_mismatch') {
    if (body.keyId !== null || body.name !== null || body.scopes !== null)
      faults.push('a mismatch tells too much');
  }
  if (isGood && operation.id === 'listKeys' && caller.kind === 'key' && !request.isElsewhere) {
    const isForeign = body.data.some(
      (key: { environment: string }) => key.environment !== caller.environment,
    );
    if (isForeign) faults.push('a key sees keys of another environment');
  }
  return faults;
}

/** Everything that is wrong with an answer. */
export function faultsOf(request: FuzzRequest, answer: RawAnswer, world: World): string[] {
  const faults: string[] = [];
  if (answer.status >= 500 && answer.body?.code !== 'overloaded')
    faults.push(`the status is ${answer.status}`);
  if (answer.status < 200 || (answer.status >= 300 && answer.status < 400))
    faults.push(`status ${answer.status}`);
  if (!/^req_[0-7][0-9a-z]{25}$/.test(answer.headers['x-request-id'] ?? '')) faults.push('no X-Request-Id');
  if (/\bpolluted\b/.test(JSON.stringify(answer.headers))) faults.push('a prototype is polluted');
  return [
    ...faults,
    ...documentFaults(request, answer),
    ...secretFaults(request, answer, world),
    ...tenancyFaults(request, answer, world),
    ...contractFaults(request, answer),
  ];
}

/** A request as it went over the wire, short enough to read. */
export function described(request: FuzzRequest, answer: RawAnswer | null): string {
  const sent = bytesOf(request).toString('utf8').slice(0, 900);
  const got =
    answer === null
      ? ''
      : `\n→ ${answer.status} ${JSON.stringify(answer.headers)}\n${answer.text.slice(0, 600)}`;
  return `${request.operation.id}, ${request.what}\n${sent}${got}`;
}
