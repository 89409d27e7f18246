/** The pages of the console, by the first segment of their paths. A page that is not here is a 404. */
const single = [
  'sign-in',
  'setup',
  'invitation',
  'overview',
  'products',
  'telemetry',
  'audit-log',
  'members',
  'scopes',
  'rate-limits',
];

/** Those with pages below them. */
const parents = [
  'keys',
  'my-keys',
  'logs',
  'jobs',
  'customers',
  'contacts',
  'conversations',
  'licenses',
  'webhooks',
  'knowledge-base',
  'settings',
  'account',
];

/** An id or a word: nothing that would need an escape. */
const segment = '[A-Za-z0-9_][A-Za-z0-9._~-]{0,199}';

const pattern = new RegExp(`^/(?:(?:${single.join('|')}|(?:${parents.join('|')})(?:/${segment}){0,4})/?)?$`);

/** Whether the console has a page at this path; it has them all in one file, which finds out which it is. */
export function isConsolePath(path: string): boolean {
  return pattern.test(path);
}
