import type { ErrorCode } from '../../errors.ts';

export interface Advice {
  /** What to do, in the order in which to try it. */
  readonly steps: readonly string[];
  /** Further members of the problem document, as an example. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Beyond the text of errors.ts. A code without an entry has a page all the same. */
export const errorAdvice: Partial<Record<ErrorCode, Advice>> = {
  validation_failed: {
    steps: [
      'Mend every field that `errors` names: `path` is dotted, and a header or query parameter stands under its own name.',
    ],
    members: { errors: [{ path: 'rateLimit.burst', message: 'must not be more than perMinute' }] },
  },
  malformed_json: {
    steps: [
      'Check that the body is JSON in UTF-8: no trailing comma, no comment, no single quotes.',
      'On a shell, keep the body in single quotes or in a file (`--data @body.json`).',
    ],
  },
  invalid_request: {
    steps: [
      'Send each of `Authorization` and `Host` once.',
      'Look for a proxy that adds or changes headers.',
    ],
  },
  key_in_url: {
    steps: [
      'Take the key out of the URL and send it in the `Authorization` header.',
      'Rotate the key: URLs are kept in logs, histories and referrers of every hop.',
    ],
  },
  scopes_immutable: {
    steps: [
      'Call `POST /api/v1/api-keys/{id}/replace` with the scopes you want. The old key goes on until its grace ends.',
    ],
  },
  environment_immutable: {
    steps: ['Create a key in the other environment, on the host of that environment.'],
  },
  missing_key: {
    steps: [
      'Send `Authorization: Bearer <secret>`.',
      'If you do: check that no proxy or redirect drops the header; many clients drop it when the host changes.',
    ],
  },
  invalid_credentials: {
    steps: [
      'Check the spelling of the e-mail address and the password.',
      'With a second factor: check the clock of the device that shows the codes.',
    ],
  },
  malformed_key: {
    steps: [
      '`surrounding_whitespace`: there are blanks, quotes or invisible characters around the key. Often a line break from a file or a secret store.',
      '`missing_prefix`: something else was pasted, such as the id of the key.',
      '`wrong_length`: a part of the key is missing, or something was appended.',
      '`checksum_mismatch`: a character was changed or lost. Copy the key again.',
      '`unsupported_scheme`: the header must begin with `Bearer`, or with `Basic`.',
    ],
    members: { hint: 'checksum_mismatch' },
  },
  unknown_key: {
    steps: [
      'Check that the key is one of this installation.',
      'It may have been deleted: ask whoever manages the keys for another.',
    ],
  },
  inactive_key: {
    steps: [
      'With `secretStatus` `retired`: the key has a newer secret. Use that one.',
      'Without it: the key was revoked. Whoever manages the keys can activate it again, or give you another.',
    ],
    members: { secretStatus: 'retired' },
  },
  expired_key: {
    steps: [
      'Ask whoever manages the keys to set a later `expiresAt`, or to create a new key.',
      'With `maxAgeDays`: the secret is older than the key policy allows. Rotate or regenerate the key.',
    ],
  },
  environment_mismatch: {
    steps: [
      'Send the request to the host of the key’s environment, or use a key of the environment you mean.',
    ],
    members: { keyEnvironment: 'sandbox', requestEnvironment: 'production' },
  },
  insufficient_scope: {
    steps: [
      'Use a key that has the scopes in `requiredScopes`.',
      'A key never gains scopes: replace it by one that has them (`POST /api/v1/api-keys/{id}/replace`).',
    ],
    members: { requiredScopes: ['knowledge:write'], missingScopes: ['knowledge:write'] },
  },
  ip_not_allowed: {
    steps: [
      'Send the request from a network of the key’s `ipAllowlist`, or have your address added to it.',
      'Behind a proxy: the installation must be told to trust it, or it sees the proxy’s address.',
    ],
  },
  role_not_allowed: {
    steps: [
      'With a key: the call is for signed-in people. With a session: it may be for keys alone.',
      'Ask an owner or admin for a role that includes the call.',
    ],
    members: { role: 'viewer' },
  },
  policy_violation: {
    steps: [
      'Mend everything that `violations` names: each has its `rule`, a `message` and what is `allowed`.',
      'Ask `GET /api/v1/key-policy` for what applies to you in the environment of the key.',
      'An administrator changes the policy in the settings of the tenant, group `keyPolicy`.',
    ],
    members: {
      violations: [
        {
          rule: 'expiresAt',
          message:
            'A key of production must end within 90 days: give it an expiresAt that is not later than 2027-02-19T09:30:00.000Z.',
          allowed: '2027-02-19T09:30:00.000Z',
        },
      ],
    },
  },
  scope_escalation: {
    steps: [
      'Ask for no more than the caller has: `exceeds` names each right that goes beyond, and `self` means that a key tried to change itself.',
      'Or let somebody make the call who has these rights.',
    ],
    members: { exceeds: ['scopes', 'rateLimit.perMinute'] },
  },
  reauthentication_required: {
    steps: ['Give the password (and the second factor) again, then repeat the call within 10 minutes.'],
  },
  not_found: {
    steps: [
      'Check the id and the path.',
      'Check the environment: what belongs to another one, or to another tenant, is not found.',
    ],
  },
  method_not_allowed: { steps: ['Use a method that the `Allow` header lists.'] },
  request_timeout: {
    steps: [
      'Send the request again.',
      'Check for a slow connection, or a `Content-Length` that is larger than the body.',
    ],
  },
  slug_taken: {
    steps: ['Change the item that has the slug (`existingId`), or choose another slug.'],
    members: { existingId: 'art_01…' },
  },
  conflict: { steps: ['Read `detail`: it names the state.', 'Read the thing again, then decide.'] },
  idempotency_in_progress: {
    steps: ['Wait `Retry-After` seconds and repeat the same request with the same key.'],
  },
  precondition_failed: {
    steps: ['Read the thing again, repeat your change on it, and send its new `ETag`.'],
  },
  body_too_large: {
    steps: [
      'Split the request into several.',
      'Whoever runs the installation can raise `KEYWARD_BODY_LIMIT_BYTES`.',
    ],
  },
  unsupported_media_type: { steps: ['Send `Content-Type: application/json` and a body in UTF-8.'] },
  idempotency_mismatch: {
    steps: [
      'Use a new `Idempotency-Key` for a new request.',
      'To repeat a request, send exactly what you sent before.',
    ],
  },
  headers_too_large: {
    steps: ['Send fewer or shorter headers: 16 KiB is the limit. Large cookies are the usual cause.'],
  },
  rate_limited: {
    steps: [
      'Wait `Retry-After` seconds: a request after them is admitted when nothing else was sent.',
      'Spread the requests, by what `RateLimit` says remains.',
      'For lasting need, have the limits of the key raised.',
    ],
    members: { violatedPolicies: ['minute'], retryAfterSeconds: 12 },
  },
  too_many_refusals: {
    steps: [
      'Mend what `refusedWith` names: the requests are refused for that reason, and sending more of them helps nothing.',
      'Then wait `Retry-After` seconds.',
    ],
    members: { retryAfterSeconds: 30, refusedWith: 'unknown_key' },
  },
  internal_error: { steps: ['Try again once.', 'Tell whoever runs the installation the `requestId`.'] },
  store_unavailable: { steps: ['Try again after `Retry-After` seconds, and wait longer each time.'] },
  overloaded: { steps: ['Try again after `Retry-After` seconds, and wait longer each time.'] },
};
