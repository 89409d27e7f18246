import type { ErrorCode } from '../../errors.ts';
import { errorTable } from '../../errors.ts';
import type { Route } from '../route.ts';
import { schemaRef } from './schemas.ts';
import { headerRefs, rateLimitHeaders } from './texts.ts';
import type { Response } from './types.ts';

const everywhere: readonly ErrorCode[] = ['invalid_request', 'key_in_url', 'internal_error'];
const unauthorized: readonly ErrorCode[] = [
  'missing_key',
  'malformed_key',
  'unknown_key',
  'inactive_key',
  'expired_key',
  'environment_mismatch',
];

function refusalsOfGuard({ access, method, needsFreshLogin }: Route): readonly ErrorCode[] {
  // What is open to all and changes something needs the database, too.
  if ('open' in access) return method === 'POST' ? ['store_unavailable'] : [];
  const common: ErrorCode[] = [...unauthorized, 'ip_not_allowed', 'too_many_refusals', 'store_unavailable'];
  if (needsFreshLogin) common.push('reauthentication_required');
  if ('people' in access) return [...common, 'role_not_allowed'];
  if (access.scopes.length > 0) return [...common, 'insufficient_scope', 'role_not_allowed', 'rate_limited'];
  return access.keyOnly ? [...common, 'role_not_allowed', 'rate_limited'] : [...common, 'rate_limited'];
}

function refusalsOfInput(route: Route): readonly ErrorCode[] {
  const codes: ErrorCode[] = [];
  if (route.params || route.query || route.method !== 'GET' || !('open' in route.access))
    codes.push('validation_failed');
  if (route.body || route.upload) codes.push('malformed_json', 'body_too_large', 'unsupported_media_type');
  if (route.isIdempotent) codes.push('idempotency_in_progress', 'idempotency_mismatch');
  return codes;
}

/** Every code this operation can answer, by status; what precedes the route (404, 405, 408, 431) is told once, at the top. */
export function refusalsByStatus(route: Route): Map<number, ErrorCode[]> {
  const codes = new Set([
    ...everywhere,
    ...refusalsOfGuard(route),
    ...refusalsOfInput(route),
    ...(route.refusals ?? []),
  ]);
  const inOrder = (Object.keys(errorTable) as ErrorCode[]).filter((code) => codes.has(code));
  const byStatus = Map.groupBy(inOrder, (code) => errorTable[code][0] as number);
  return new Map([...byStatus].sort(([a], [b]) => a - b));
}

/** Names of the sets that most operations share; a larger set is named after the largest of these within it. */
const namedSets: readonly (readonly [name: string, codes: readonly ErrorCode[]])[] = [
  ['InvalidBody', ['validation_failed', 'malformed_json', 'invalid_request', 'key_in_url']],
  ['InvalidInput', ['validation_failed', 'invalid_request', 'key_in_url']],
  ['BadRequest', ['invalid_request', 'key_in_url']],
  ['Unauthorized', unauthorized],
  ['Forbidden', ['insufficient_scope', 'ip_not_allowed', 'role_not_allowed']],
  ['NotForThisCaller', ['ip_not_allowed', 'role_not_allowed']],
  ['TooManyRequests', ['rate_limited', 'too_many_refusals']],
  ['IdempotencyInProgress', ['idempotency_in_progress']],
];

function pascal(code: string): string {
  return code
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** The same codes always have the same name, whatever else is in the table. */
export function responseName(codes: readonly ErrorCode[]): string {
  const base = namedSets.find(([, set]) => set.every((code) => codes.includes(code)));
  const others = codes.filter((code) => !base?.[1].includes(code)).map(pascal);
  return [...(base ? [base[0]] : []), ...others].join('Or');
}

const beforeTheGuard = new Set<ErrorCode>(['invalid_request', 'key_in_url', ...unauthorized]);
const waitable = new Set<ErrorCode>([
  'rate_limited',
  'too_many_refusals',
  'idempotency_in_progress',
  'store_unavailable',
  'overloaded',
]);

function headersOf(status: number, codes: readonly ErrorCode[]): string[] {
  const names: string[] = [];
  if (status === 401 || codes.includes('insufficient_scope')) names.push('WWW-Authenticate');
  if (codes.some((code) => waitable.has(code))) names.push('Retry-After');
  return codes.every((code) => beforeTheGuard.has(code)) ? names : [...names, ...rateLimitHeaders];
}

export function problemResponse(status: number, codes: readonly ErrorCode[]): Response {
  return {
    description: codes.map((code) => `- \`${code}\`: ${errorTable[code][1]}.`).join('\n'),
    headers: headerRefs(['X-Request-Id', ...headersOf(status, codes)]),
    content: { 'application/problem+json': { schema: schemaRef('Problem') } },
    'x-problem-codes': codes,
  };
}
