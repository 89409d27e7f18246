import type { Header, Ref, Tag } from './types.ts';

/** Tags in the order of the reference. A tag a route uses must stand here: a test asks for it. */
export const tagTable: readonly Required<Tag>[] = [
  { name: 'Keys', description: 'Issue, scope, limit, rotate, revoke, replace and verify API keys.' },
  {
    name: 'Personal keys',
    description:
      'Keys of people, each with a credential id and a credential secret, within the role of its owner.',
  },
  {
    name: 'Catalogue',
    description:
      'What a key can be made of: scopes, bundles, tiers and environments, each with its label and advice.',
  },
  {
    name: 'Knowledge base',
    description: 'Categories, subcategories, tags and articles, and the search over them.',
  },
  {
    name: 'Monitoring',
    description: 'The request log, explanations, usage of keys, and what follows from it.',
  },
  {
    name: 'Alerts',
    description: 'Rules that tell what comes true of keys, and what needs attention now.',
  },
  {
    name: 'Webhooks',
    description: 'What happens in Keyward, sent to programs of yours as signed messages.',
  },
  {
    name: 'Audit',
    description:
      'Who changed what, as a chain of entries that cannot be changed unnoticed, and proofs of it.',
  },
  {
    name: 'Jobs',
    description: 'Work that goes on in the background: its progress, its errors, and its end.',
  },
  {
    name: 'Customers',
    description: 'The customers of a tenant, and keys that are for certain customers only.',
  },
  {
    name: 'Contacts',
    description: 'People that a tenant, or a customer of it, is in touch with.',
  },
  {
    name: 'Conversations',
    description: 'Conversations with contacts, and their messages.',
  },
  {
    name: 'Licences',
    description: 'Products, licences for them, and the machines on which they are activated.',
  },
  {
    name: 'Telemetry',
    description: 'What machines report of themselves.',
  },
  {
    name: 'Analytics',
    description: 'Conversations, messages and usage, summed up by day for other programs to fetch.',
  },
  { name: 'People', description: 'Members, invitations, roles and the tenant.' },
  { name: 'Service', description: 'Health, and the documents Keyward serves about itself.' },
];

export const rateLimitHeaders = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit-Policy',
  'RateLimit',
] as const;

const forKeys = 'On every answer to a recognised, active key; never to a session.';
const text = { type: 'string' };
const whole = { type: 'integer' };

export const headerTable: Readonly<Record<string, Header>> = {
  'X-Request-Id': {
    description: 'Identifies this request in logs and to support. Always ours.',
    schema: text,
  },
  'X-RateLimit-Limit': {
    description: `Requests in any 60 s: per minute plus burst. ${forKeys}`,
    schema: whole,
  },
  'X-RateLimit-Remaining': {
    description: `The smaller of what remains of the minute and of the day. ${forKeys}`,
    schema: whole,
  },
  'X-RateLimit-Reset': {
    description: `Unix time in seconds at which more is free. ${forKeys}`,
    schema: whole,
  },
  'RateLimit-Policy': {
    description: `Every policy: quota \`q\` and window \`w\` in seconds. ${forKeys}`,
    schema: { ...text, examples: ['"minute";q=70;w=60, "day";q=10000;w=86400'] },
  },
  RateLimit: {
    description: `Every policy: remaining \`r\`, and seconds \`t\` until more is free. ${forKeys}`,
    schema: { ...text, examples: ['"minute";r=69;t=60, "day";r=9999;t=12345'] },
  },
  'Retry-After': {
    description: 'Whole seconds. A request after them is admitted when nothing else was sent.',
    schema: whole,
  },
  'WWW-Authenticate': {
    description: 'The challenge of RFC 6750; `error` is absent where no credential was sent.',
    schema: { ...text, examples: ['Bearer realm="keyward", error="invalid_token"'] },
  },
  ETag: { description: 'A strong entity tag: send it back in `If-Match`.', schema: text },
  Location: { description: 'Path of what was made, or was there already.', schema: text },
  'X-As-Of': { description: 'Whatever changed before is in the answer.', schema: text },
  'Set-Cookie': { description: 'The session, or its end.', schema: text },
};

/** Headers of an operation's good answers that its definition does not show. */
export const extraHeaders: Readonly<Record<string, readonly string[]>> = {
  replaceKey: ['Location', 'ETag'],
  beginConversation: ['Location', 'ETag'],
  importArticles: ['Location'],
  importContacts: ['Location'],
  createLicenses: ['Location'],
  analyzeConversations: ['X-As-Of'],
  analyzeMessages: ['X-As-Of'],
  analyzeUsage: ['X-As-Of'],
  exportLogs: ['Location'],
  runRetention: ['Location'],
  repairUsage: ['Location'],
  getOpenApi: ['ETag'],
  signIn: ['Set-Cookie'],
  verifyTotp: ['Set-Cookie'],
  verifyBackupCode: ['Set-Cookie'],
  setUp: ['Set-Cookie'],
  acceptInvitation: ['Set-Cookie'],
  getSession: ['Set-Cookie'],
  signOut: ['Set-Cookie'],
  changePassword: ['Set-Cookie'],
  endTwoFactor: ['Set-Cookie'],
};

export function headerRefs(names: readonly string[]): Record<string, Ref> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** In the order in which they are tried: a credential beats the cookie. */
export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'The secret of a key.' },
  basic: { type: 'http', scheme: 'basic', description: 'The id of a key as user, its secret as password.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-keyward_session',
    description:
      'The session of a signed-in person; without `__Host-` on plain HTTP of this machine. It counts only when `Sec-Fetch-Site` is `same-origin` or `Origin` is the public URL of the installation; without both, for GET and HEAD alone.',
  },
} as const;

export const introduction = `Times are ISO 8601 in UTC with milliseconds, ids are opaque, names are camelCase. Unknown body fields are refused by name, unknown query parameters are ignored. A client ignores members of an answer it does not know.

## Credentials
Send \`Authorization: Bearer <secret>\`, or Basic with the id of the key as user and the secret as password. Never put a secret into a URL. A key belongs to one environment and works on its hosts alone: the first label \`staging\`, \`dev\` or \`sandbox\` of the host means that environment, and everything else production, unless the installation says otherwise. A signed-in person chooses with \`X-Keyward-Environment\`.

## Errors
Every refusal is an RFC 9457 problem document with a stable \`code\`; its \`type\` is a page that says what to do. Before an operation is reached at all, a request can be answered 404 \`not_found\`, 405 \`method_not_allowed\` (with \`Allow\`), 408 \`request_timeout\` or 431 \`headers_too_large\`. OPTIONS is answered 204 with \`Allow\`, and HEAD as GET.

## Order of work
URL, route, credential, environment, status, expiry, address, scope, limit; only then is the body read. A refused request consumes nothing of the limit.

## Limits
A key may make \`perMinute + burst\` requests in any 60 seconds, and \`perDay\` until 00:00 UTC. The headers of every answer say what remains.

## Requests that are repeated
Operations with \`Idempotency-Key\` run once for each key in 24 hours: a repeat gets the same status and body, but never a secret again.

## Lists
\`limit\` (1 to 200) and \`cursor\`; \`nextCursor\` is null on the last page. The newest come first unless an operation says otherwise.`;
