/** The one table of refusals and failures: code → HTTP status, title and what the error page says. */
export const errorTable = {
  validation_failed: [
    400,
    'The request is not valid',
    'A field, filter or header has a value that cannot be used. `errors` names each one by path.',
  ],
  malformed_json: [
    400,
    'The body is not JSON',
    'The body could not be read as UTF-8 JSON, or nests deeper than 100 levels.',
  ],
  invalid_request: [
    400,
    'The request cannot be understood',
    'The request itself is ambiguous or broken, for example two Authorization headers.',
  ],
  key_in_url: [
    400,
    'A key was sent in the URL',
    'URLs end up in logs and histories. Send the key in the Authorization header, and rotate it: it has been exposed.',
  ],
  scopes_immutable: [
    400,
    'Scopes cannot be changed',
    'The scopes of a key are fixed when it is created. Use replace to get a new key with other scopes and the same limits.',
  ],
  environment_immutable: [
    400,
    'The environment cannot be changed',
    'A key belongs to one environment for ever. Create a key in the other environment instead.',
  ],
  missing_key: [
    401,
    'No credential',
    'Send `Authorization: Bearer <secret>`, or Basic with the key id as user and the secret as password.',
  ],
  invalid_credentials: [
    401,
    'The log-in was refused',
    'E-mail, password or code are not right. Nothing says which, so that nobody can find out who has an account.',
  ],
  malformed_key: [
    401,
    'The key is malformed',
    'The text sent is not a whole key. `hint` says what is wrong with it.',
  ],
  unknown_key: [
    401,
    'The key is not known',
    'No key has this secret. It may have been deleted, or belong to another installation.',
  ],
  inactive_key: [
    401,
    'The key is not active',
    'The key was revoked, or this secret was ended by a regenerate or a rotation (`secretStatus`: `retired`).',
  ],
  expired_key: [
    401,
    'The key has expired',
    'The key had an expiry date that has passed. Set a later one, or create a new key.',
  ],
  environment_mismatch: [
    401,
    'The key belongs to another environment',
    'A key works only on the host of its own environment. `keyEnvironment` and `requestEnvironment` name both.',
  ],
  insufficient_scope: [
    403,
    'A scope is missing',
    'The key is valid, but does not have every scope the call needs. `missingScopes` names what is missing.',
  ],
  ip_not_allowed: [
    403,
    'The address is not allowed',
    'The key may only be used from the networks of its allow-list.',
  ],
  customer_not_allowed: [
    403,
    'The customer is not allowed',
    'The key is restricted to certain customers, and the call names another one.',
  ],
  role_not_allowed: [
    403,
    'The role does not allow this',
    'The call is not open to this kind of caller, or to this role.',
  ],
  scope_escalation: [
    403,
    'Nobody gives more than they have',
    'A key or a person can only create or change keys within their own rights. `exceeds` names what goes beyond.',
  ],
  policy_violation: [
    403,
    'The key policy of the tenant does not allow this',
    'The tenant has rules for its keys. `violations` names each one that is broken, and what it allows; GET /api/v1/key-policy tells them beforehand.',
  ],
  reauthentication_required: [
    403,
    'Confirm that it is you',
    'Sensitive actions need a password (and second factor) entered within the last 10 minutes: POST /api/auth/reauthenticate.',
  ],
  not_found: [404, 'Not found', 'There is nothing here, or it belongs to another tenant or environment.'],
  method_not_allowed: [
    405,
    'The method is not allowed',
    'The path exists, but not with this method. `Allow` lists the methods it has.',
  ],
  request_timeout: [
    408,
    'The request took too long to arrive',
    'The headers or the body did not arrive in time. Send the request again.',
  ],
  slug_taken: [409, 'The slug is taken', 'Another item has this slug. `existingId` is its id.'],
  conflict: [
    409,
    'The state does not allow this',
    'The thing exists, but in a state in which this cannot be done.',
  ],
  idempotency_in_progress: [
    409,
    'The same request is still running',
    'A request with this Idempotency-Key has not finished. Ask again in a moment.',
  ],
  precondition_failed: [
    412,
    'It has changed since you read it',
    'The ETag sent in If-Match is not the current one. Read it again and repeat the change.',
  ],
  body_too_large: [413, 'The body is too large', 'Send less in one request.'],
  unsupported_media_type: [
    415,
    'The media type is not supported',
    'Send the body as `Content-Type: application/json`.',
  ],
  idempotency_mismatch: [
    422,
    'The Idempotency-Key was used for another request',
    'A key names one request. Use a new one for a different payload.',
  ],
  headers_too_large: [431, 'The headers are too large', 'Send fewer or shorter headers.'],
  rate_limited: [
    429,
    'The limit is reached',
    'Wait `Retry-After` seconds. `violatedPolicies` names every limit that refuses.',
  ],
  too_many_refusals: [
    429,
    'Too many refused requests',
    'Requests that are refused have a limit of their own. Mend the cause, wait `Retry-After` seconds.',
  ],
  internal_error: [
    500,
    'Something went wrong on our side',
    'The request id identifies it in the server log.',
  ],
  store_unavailable: [
    503,
    'The database cannot be reached',
    'Nothing was changed. Try again after `Retry-After` seconds.',
  ],
  overloaded: [503, 'The server is busy', 'Nothing was changed. Try again after `Retry-After` seconds.'],
} as const satisfies Record<string, readonly [status: number, title: string, help: string]>;

export type ErrorCode = keyof typeof errorTable;

/** One thing wrong with the input: `path` is dotted (`rateLimit.perMinute`), a query or header name stands for itself. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export interface ErrorExtras {
  /** Further members of the problem document, e.g. `existingId`. */
  readonly members?: Record<string, unknown>;
  /** Further headers of the answer, e.g. `Retry-After`. */
  readonly headers?: Record<string, string>;
}

/** A failure of the caller, or of something we depend on: becomes an RFC 9457 answer. `detail` must never hold a secret. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly members: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, detail?: string, extras: ErrorExtras = {}) {
    const [status, , help] = errorTable[code];
    const { stackTraceLimit } = Error;
    // A refusal is a normal answer: the stack, which nobody reads, would cost twice as much as the rest of it.
    if (code !== 'internal_error') Error.stackTraceLimit = 0;
    super(detail ?? help);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.members = extras.members ?? {};
    this.headers = extras.headers ?? {};
  }
}

/** A 400 `validation_failed` whose detail repeats the first message, so that it helps without reading `errors`. */
export function invalid(...errors: readonly FieldError[]): AppError {
  const first = errors[0];
  const detail = first ? `${first.path ? `${first.path}: ` : ''}${first.message}` : undefined;
  return new AppError('validation_failed', detail, { members: { errors } });
}

export function notFound(what: string): AppError {
  return new AppError('not_found', `There is no such ${what} in this tenant and environment.`);
}

/** A fault of the installation found at start: printed as one sentence, exit status 1, no stack. */
export class StartError extends Error {
  override name = 'StartError';
}
