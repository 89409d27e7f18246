import type { SearchParams } from './search-params.ts';

/** What of the address of the page asks something of the request log, in the order of the chips. */
const names = [
  'q',
  'keyId',
  'secretId',
  'statusClass',
  'status',
  'code',
  'method',
  'route',
  'ip',
  'clientRequestId',
  'from',
  'to',
] as const;

export type LogFilterName = (typeof names)[number];
export type LogFilters = Readonly<Partial<Record<LogFilterName, string>>>;

/** `keyId` is fixed on the page of a key. */
export function readLogFilters(search: SearchParams, keyId?: string): LogFilters {
  const asked = keyId === undefined ? search : { ...search, keyId };
  return Object.fromEntries(names.flatMap((name) => (asked[name] ? [[name, asked[name]]] : [])));
}

/** What takes all filters out of the address again. */
export const noLogFilters: SearchParams = Object.fromEntries(names.map((name) => [name, undefined]));

const labels: Readonly<Record<LogFilterName, string>> = {
  q: 'Search',
  keyId: 'Key',
  secretId: 'Secret',
  statusClass: 'Status',
  status: 'Status',
  code: 'Code',
  method: 'Method',
  route: 'Route',
  ip: 'Address',
  clientRequestId: 'Caller’s request id',
  from: 'From',
  to: 'Before',
};

export interface FilterChip {
  readonly name: LogFilterName;
  readonly label: string;
  readonly value: string;
}

/** Each filter that is set, but for what stands in a field of its own or cannot be taken away. */
export function chipsOf(filters: LogFilters, fixed: readonly LogFilterName[]): FilterChip[] {
  return names.flatMap((name) => {
    const value = filters[name];
    return value === undefined || fixed.includes(name) ? [] : [{ name, label: labels[name], value }];
  });
}

/** The body of an export of what the list shows. */
export function exportBodyOf({ status, ...filters }: LogFilters): Record<string, unknown> {
  return status === undefined ? filters : { ...filters, status: Number(status) };
}

/** New requests can only come where the time has no end. */
export const mayGrow = ({ to, q }: LogFilters): boolean => to === undefined && !q?.startsWith('req_');

export const timePresets = [
  { minutes: 15, label: 'Last 15 minutes' },
  { minutes: 60, label: 'Last hour' },
  { minutes: 24 * 60, label: 'Last 24 hours' },
  { minutes: 7 * 24 * 60, label: 'Last 7 days' },
] as const;

/** A moment in the address: whoever opens the link sees the same requests. */
export function sinceMinutes(minutes: number, now: number): string {
  return new Date(now - minutes * 60_000).toISOString();
}

const two = (value: number) => String(value).padStart(2, '0');

/** ISO 8601 → what a field of the kind `datetime-local` takes, in the time zone of who looks. '' where it is none. */
export function toLocalField(at: string | undefined): string {
  const date = new Date(at ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return '';
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function fromLocalField(value: string): string | undefined {
  const date = new Date(value);
  return value === '' || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

export const logMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const statusClasses = [
  { value: '2xx', label: '2xx, done' },
  { value: '3xx', label: '3xx, elsewhere' },
  { value: '4xx', label: '4xx, refused or wrong' },
  { value: '5xx', label: '5xx, failed' },
] as const;

/** Codes that a request with a key can be answered with; the server knows all of them. */
export const refusalCodes = [
  'malformed_key',
  'unknown_key',
  'inactive_key',
  'expired_key',
  'environment_mismatch',
  'ip_not_allowed',
  'insufficient_scope',
  'customer_not_allowed',
  'role_not_allowed',
  'scope_escalation',
  'policy_violation',
  'rate_limited',
  'too_many_refusals',
  'validation_failed',
  'malformed_json',
  'invalid_request',
  'key_in_url',
  'scopes_immutable',
  'environment_immutable',
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'slug_taken',
  'conflict',
  'idempotency_in_progress',
  'idempotency_mismatch',
  'precondition_failed',
  'body_too_large',
  'unsupported_media_type',
  'headers_too_large',
  'internal_error',
  'store_unavailable',
  'overloaded',
] as const;

const phrases: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
  304: 'Not modified',
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Not allowed',
  408: 'Timed out',
  409: 'Conflict',
  412: 'Changed since',
  413: 'Too large',
  415: 'Media type',
  422: 'Mismatch',
  429: 'Too many',
  431: 'Headers',
  500: 'Server error',
  502: 'Bad gateway',
  503: 'Unavailable',
};

/** A word or two for a status: the colour beside it says nothing to those who do not see it. */
export function statusWord(status: number): string {
  return (
    phrases[status] ??
    (status >= 500 ? 'Failed' : status >= 400 ? 'Refused' : status >= 300 ? 'Elsewhere' : 'OK')
  );
}

export type StatusTone = 'green' | 'neutral' | 'amber' | 'red';

export function statusTone(status: number): StatusTone {
  if (status >= 500) return 'red';
  if (status >= 400) return 'amber';
  return status >= 300 ? 'neutral' : 'green';
}
