/** What an entry says of itself; who did it is put before, and its target after. */
export interface ActionWords {
  /** "revoked the key" */
  readonly did: string;
  /** Whether the target says something that `did` does not: after "signed in", who it was is known already. */
  readonly hasTarget: boolean;
}

const nouns: Readonly<Record<string, string>> = {
  key: 'the key',
  article: 'the article',
  category: 'the category',
  subcategory: 'the subcategory',
  tag: 'the tag',
  customer: 'the customer',
  contact: 'the contact',
  conversation: 'the conversation',
  message: 'a message in',
  product: 'the product',
  license: 'the licence',
  telemetry: 'the telemetry record',
  webhook: 'the webhook',
  alert_rule: 'the alert rule',
  alert: 'the alert rule',
  job: 'the job',
  member: 'the member',
  invitation: 'the invitation of',
};

const verbs: Readonly<Record<string, string>> = {
  created: 'created',
  updated: 'changed',
  deleted: 'deleted',
  revoked: 'revoked',
  activated: 'activated',
  rotated: 'rotated',
  replaced: 'replaced',
  imported: 'imported',
  published: 'published',
  archived: 'archived',
  reviewed: 'marked as reviewed',
  anonymized: 'anonymised',
  assigned: 'assigned',
  deactivated: 'deactivated',
  suspended: 'suspended',
  resumed: 'resumed',
  cancelled: 'cancelled',
  tested: 'tested',
  disabled: 'switched off',
  removed: 'removed',
};

const whole = (did: string): ActionWords => ({ did, hasTarget: false });
const about = (did: string): ActionWords => ({ did, hasTarget: true });

const special: Readonly<Record<string, ActionWords>> = {
  'key.regenerated': about('made a new secret for the key'),
  'key.secret_ended': about('ended an old secret of the key'),
  'message.created': about('wrote a message in the conversation'),
  'job.created': about('started the job'),
  'job.retried': about('restarted the job'),
  'member.added': about('became a member:'),
  'member.left': whole('left the organisation'),
  'member.role_changed': about('changed the role of'),
  'invitation.created': about('invited'),
  'invitation.revoked': about('withdrew the invitation of'),
  'user.signed_in': whole('signed in'),
  'user.password_changed': whole('changed their password'),
  'user.password_reset': about('reset the password of'),
  'user.two_factor_enabled': whole('switched the second factor on'),
  'user.two_factor_disabled': whole('switched the second factor off'),
  'user.backup_codes_renewed': whole('made new back-up codes'),
  'session.ended': whole('ended a session'),
  'session.others_ended': whole('ended all other sessions'),
  'tenant.created': whole('set the organisation up'),
  'tenant.updated': whole('changed the organisation'),
  'settings.updated': whole('changed the settings'),
  'retention.applied': whole('deleted what was older than the settings keep'),
  'webhook.secret_rotated': about('made a new secret for the webhook'),
  'webhook.replayed': about('sent a delivery again of the webhook'),
  'webhook.disabled': about('switched off the webhook'),
};

/** An action in words; one of a newer server is made of its own. */
export function actionWords(action: string): ActionWords {
  const known = special[action];
  if (known) return known;
  const dot = action.lastIndexOf('.');
  if (dot < 0) return about(action.replaceAll('_', ' '));
  const [noun, verb] = [action.slice(0, dot), action.slice(dot + 1)];
  const spaced = (text: string) => text.replaceAll('_', ' ');
  return about(`${verbs[verb] ?? spaced(verb)} ${nouns[noun] ?? `the ${spaced(noun)}`}`);
}

/** For the filter: those that people look for, by what they are about. */
export const auditActions: readonly string[] = [
  'key.created',
  'key.updated',
  'key.revoked',
  'key.activated',
  'key.rotated',
  'key.regenerated',
  'key.replaced',
  'key.secret_ended',
  'key.imported',
  'key.deleted',
  'user.signed_in',
  'user.password_changed',
  'user.password_reset',
  'user.two_factor_enabled',
  'user.two_factor_disabled',
  'member.added',
  'member.role_changed',
  'member.removed',
  'member.left',
  'invitation.created',
  'invitation.revoked',
  'settings.updated',
  'tenant.updated',
  'webhook.created',
  'webhook.updated',
  'webhook.secret_rotated',
  'webhook.disabled',
  'webhook.deleted',
  'article.created',
  'article.updated',
  'article.published',
  'article.deleted',
  'customer.anonymized',
  'customer.deleted',
  'contact.deleted',
  'job.created',
  'job.cancelled',
  'job.deleted',
  'retention.applied',
];

/** "Revoked the key", for a list to choose from. */
export function actionLabel(action: string): string {
  const text = actionWords(action).did.replace(/(?: of|:)$/, '');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Names are not always written down: of a person's data only that it was there. */
const hidden = '[not recorded]';

/** What the target was called, as the entry knows it. */
export function targetName(before: unknown, after: unknown): string | null {
  for (const side of [after, before]) {
    if (typeof side !== 'object' || side === null) continue;
    const members = side as Record<string, unknown>;
    for (const name of ['name', 'title', 'email', 'slug', 'url']) {
      const value = members[name];
      if (typeof value === 'string' && value !== '' && value !== hidden) return value;
    }
  }
  return null;
}

const programs: Readonly<Record<string, string>> = {
  'command-line': 'The command line',
  'setup-link': 'The set-up link',
  retention: 'Keyward itself',
};

/** Who is neither a person, a key nor a job. */
export const programName = (id: string): string => programs[id] ?? id;
