/** Every event there is: its type, what it tells, and the scopes of which a subscriber needs one. */
const table = {
  'key.created': ['A key was created or imported.', ['api_keys:read']],
  'key.updated': ['The name, the limits, the addresses or the expiry of a key changed.', ['api_keys:read']],
  'key.revoked': ['A key was revoked.', ['api_keys:read']],
  'key.activated': ['A revoked key was activated.', ['api_keys:read']],
  'key.rotated': ['A key got a new secret, and the old one retires.', ['api_keys:read']],
  'key.regenerated': ['A key got a new secret, and every older one ended at once.', ['api_keys:read']],
  'key.replaced': ['Another key takes over from a key.', ['api_keys:read']],
  'key.deleted': ['A key was deleted for ever.', ['api_keys:read']],
  'key.expiring': ['A key expires soon.', ['api_keys:read']],
  'key.limit_reached': [
    'A key came near the limit of its day, or was refused for a limit.',
    ['api_keys:read'],
  ],
  'key.unused': ['A key was not used for a long time.', ['api_keys:read']],
  'conversation.created': ['A conversation began.', ['conversations:read']],
  'conversation.updated': [
    'The status, the subject, the assignee or the tags of a conversation changed.',
    ['conversations:read'],
  ],
  'message.created': ['A message was sent, or came in.', ['conversations:read']],
  'contact.created': ['A contact was created.', ['contacts:read']],
  'contact.updated': ['A contact changed.', ['contacts:read']],
  'contact.deleted': ['A contact was deleted.', ['contacts:read']],
  'license.created': ['A licence was created.', ['licenses:read']],
  'license.updated': ['The limit, the expiry or the metadata of a licence changed.', ['licenses:read']],
  'license.assigned': ['A licence was given to a customer.', ['licenses:read']],
  'license.activated': ['A machine was activated.', ['licenses:read']],
  'license.deactivated': ['A machine was freed.', ['licenses:read']],
  'license.suspended': ['A licence was suspended.', ['licenses:read']],
  'license.resumed': ['A suspended licence was resumed.', ['licenses:read']],
  'license.revoked': ['A licence was revoked for ever.', ['licenses:read']],
  'license.expired': ['A licence was ended before its time.', ['licenses:read']],
  'license.deleted': ['A licence was deleted.', ['licenses:read']],
  'job.succeeded': ['A job has done all its work.', ['jobs:read']],
  'job.failed': ['A job was given up.', ['jobs:read']],
  'job.cancelled': ['A job was cancelled.', ['jobs:read']],
  'flag.raised': ['A key got a flag, such as for many errors.', ['api_keys:read']],
  'flag.resolved': ['A flag of a key is gone.', ['api_keys:read']],
  'alert.raised': ['An alert rule was met.', ['api_keys:read']],
  'alert.resolved': ['An alert rule is not met any more.', ['api_keys:read']],
  'webhook.test': ['Sent when somebody asks for a test.', ['webhooks:read']],
} as const satisfies Record<string, readonly [description: string, scopes: readonly string[]]>;

export type EventType = keyof typeof table;

export interface EventInfo {
  readonly type: EventType;
  readonly description: string;
  /** Whoever subscribes must hold one of them. */
  readonly scopes: readonly string[];
}

export const eventTypes: readonly EventInfo[] = Object.entries(table).map(
  ([type, [description, scopes]]) => ({
    type: type as EventType,
    description,
    scopes,
  }),
);

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(table, text);
}

const groups: ReadonlySet<string> = new Set(eventTypes.map(({ type }) => `${type.split('.')[0]}.*`));

/** A type, all of a group (`key.*`), or all (`*`). */
export function isEventPattern(text: string): boolean {
  return text === '*' || groups.has(text) || isEventType(text);
}

export function matchesEvent(pattern: string, type: EventType): boolean {
  return pattern === '*' || pattern === type || pattern === `${type.split('.')[0]}.*`;
}

/** What somebody may lack to see events of these patterns: for each event the scopes of which one is needed. */
export function scopesForEvents(patterns: readonly string[]): readonly (readonly string[])[] {
  const needed = eventTypes.filter(({ type }) => patterns.some((pattern) => matchesEvent(pattern, type)));
  return [...new Map(needed.map(({ scopes }) => [scopes.join(), scopes])).values()];
}
