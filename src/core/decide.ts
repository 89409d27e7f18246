import type { ErrorCode } from '../errors.ts';
import type { Environment } from './environments.ts';
import type { KnownSecret, Policy } from './policy.ts';

/** What a credential turned out to be, before any rule is applied. */
export type Subject =
  | { readonly kind: 'missing'; readonly detail?: string }
  | { readonly kind: 'malformed'; readonly hint: string; readonly detail: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly secret: KnownSecret };

/** What is being asked for. `ip` is null where the asker did not name one: then an allow-list refuses. */
export interface Ask {
  readonly environment: Environment;
  readonly ip: string | null;
  readonly scopes: readonly string[];
  /** Whose data it is about, where the asker says so. */
  readonly customerId?: string | undefined;
}

export interface Refusal {
  readonly admitted: false;
  readonly check: CheckName;
  readonly code: ErrorCode;
  readonly detail: string;
  /** Further members of the problem document. */
  readonly members: Readonly<Record<string, unknown>>;
}

export type Verdict = { readonly admitted: true } | Refusal;

export const checkNames = [
  'form',
  'secret',
  'environment',
  'status',
  'expiry',
  'ip',
  'scope',
  'customer',
  'limit',
] as const;
export type CheckName = (typeof checkNames)[number];

type Check = (subject: Subject, ask: Ask, now: number) => Refusal | null;

function refuse(
  check: CheckName,
  code: ErrorCode,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
): Refusal {
  return { admitted: false, check, code, detail, members };
}

function checkForm(subject: Subject): Refusal | null {
  if (subject.kind === 'missing') {
    const detail = subject.detail ?? 'Send `Authorization: Bearer <secret>` with a key of this environment.';
    return refuse('form', 'missing_key', detail);
  }
  if (subject.kind === 'malformed') {
    return refuse('form', 'malformed_key', subject.detail, { hint: subject.hint });
  }
  return null;
}

function checkSecret(subject: Subject): Refusal | null {
  if (subject.kind === 'known') return null;
  return refuse(
    'secret',
    'unknown_key',
    'The key is well formed, but no key has this secret. It may have been deleted.',
  );
}

function checkEnvironment(subject: Subject, ask: Ask): Refusal | null {
  const own = policyOf(subject).environment;
  if (own === ask.environment) return null;
  return refuse(
    'environment',
    'environment_mismatch',
    `This key belongs to the ${own} environment, and the request was made to ${ask.environment}. Use the host of ${own}.`,
    { keyEnvironment: own, requestEnvironment: ask.environment },
  );
}

function checkStatus(subject: Subject, _ask: Ask, now: number): Refusal | null {
  const { policy, endsAt } = secretOf(subject);
  if (!policy.isActive) {
    if (policy.owner?.role === null) {
      return refuse(
        'status',
        'inactive_key',
        'This is a personal key, and its owner is no longer a member. Use another key.',
      );
    }
    return refuse(
      'status',
      'inactive_key',
      'This key was revoked. An administrator can activate it again, or give you another.',
    );
  }
  if (policy.endsAt !== null && policy.endsAt <= now) {
    return refuse(
      'status',
      'inactive_key',
      'This key was replaced by another one, and its grace period is over.',
    );
  }
  if (endsAt !== null && endsAt <= now) {
    return refuse(
      'status',
      'inactive_key',
      'This secret was retired: the key has a newer one. Use the newest secret of the key.',
      { secretStatus: 'retired' },
    );
  }
  return null;
}

function checkExpiry(subject: Subject, _ask: Ask, now: number): Refusal | null {
  const { expiresAt } = policyOf(subject);
  if (expiresAt === null || expiresAt > now) return null;
  return expired(policyOf(subject), expiresAt, now);
}

function expired({ keyExpiresAt, ageLimit }: Policy, expiresAt: number, now: number): Refusal {
  if (ageLimit !== null && (keyExpiresAt === null || keyExpiresAt > now)) {
    return refuse(
      'expiry',
      'expired_key',
      `This secret is older than the ${ageLimit.days} days that the key policy of its tenant allows. Rotate or regenerate the key, and use its new secret.`,
      { maxAgeDays: ageLimit.days, secretExpiredAt: new Date(ageLimit.endsAt).toISOString() },
    );
  }
  const at = new Date(keyExpiresAt ?? expiresAt).toISOString();
  return refuse('expiry', 'expired_key', `This key expired at ${at}.`);
}

function checkIp(subject: Subject, ask: Ask): Refusal | null {
  const { allowsIp } = policyOf(subject);
  if (allowsIp === null || (ask.ip !== null && allowsIp(ask.ip))) return null;
  const detail =
    ask.ip === null
      ? 'This key has an allow-list of networks, and no address was named.'
      : `This key has an allow-list of networks, and ${ask.ip} is in none of them.`;
  return refuse('ip', 'ip_not_allowed', detail);
}

function checkScope(subject: Subject, ask: Ask): Refusal | null {
  const { scopes } = policyOf(subject);
  for (const scope of ask.scopes) {
    if (!scopes.has(scope)) return missingScopes(policyOf(subject), ask.scopes);
  }
  return null;
}

function checkCustomer(subject: Subject, { customerId }: Ask): Refusal | null {
  if (customerId === undefined) return null;
  const { customerIds } = policyOf(subject);
  if (customerIds.length === 0 || customerIds.includes(customerId)) return null;
  return refuse('customer', 'customer_not_allowed', 'This key is for the data of certain customers only.', {
    customerIds,
  });
}

/** The refusal for scopes that are not all held; shared with people's sessions by way of its members. */
function missingScopes({ scopes: held, owner }: Policy, required: readonly string[]): Refusal {
  const missing = required.filter((scope) => !held.has(scope));
  const withheld = missing.filter((scope) => owner?.withheld.includes(scope));
  const why =
    withheld.length === 0
      ? ''
      : ` It names ${withheld.join(' and ')}, but a personal key never has more than the role of its owner, ${owner?.role}, allows.`;
  return refuse(
    'scope',
    'insufficient_scope',
    `This call needs ${required.join(' and ')}; the key lacks ${missing.join(' and ')}.${why}`,
    {
      requiredScopes: required,
      missingScopes: missing,
      ...(withheld.length > 0 ? { withheldScopes: withheld, ownerRole: owner?.role } : {}),
    },
  );
}

function secretOf(subject: Subject): KnownSecret {
  if (subject.kind !== 'known') throw new Error('decide: a check on the key ran before the key was known');
  return subject.secret;
}

function policyOf(subject: Subject): Policy {
  return secretOf(subject).policy;
}

/** The checks in the contract's order. The limit comes after them: it is the one check with an effect, and the guard takes it. */
export const checks: readonly (readonly [Exclude<CheckName, 'limit'>, Check])[] = [
  ['form', checkForm],
  ['secret', checkSecret],
  ['environment', checkEnvironment],
  ['status', checkStatus],
  ['expiry', checkExpiry],
  ['ip', checkIp],
  ['scope', checkScope],
  ['customer', checkCustomer],
];

const admitted: Verdict = { admitted: true };

/**
 * The one decision: the first check that refuses, or admission. Pure; `now` is epoch ms. Written out, so that the
 * compiler can put the checks in place: a test holds it to `checks`.
 */
export function decide(subject: Subject, ask: Ask, now: number): Verdict {
  return (
    checkForm(subject) ??
    checkSecret(subject) ??
    checkEnvironment(subject, ask) ??
    checkStatus(subject, ask, now) ??
    checkExpiry(subject, ask, now) ??
    checkIp(subject, ask) ??
    checkScope(subject, ask) ??
    checkCustomer(subject, ask) ??
    admitted
  );
}

export interface CheckReport {
  readonly name: CheckName;
  /** null: not reached, because without an earlier check there is nothing to look at. */
  readonly passed: boolean | null;
  readonly input: Readonly<Record<string, unknown>>;
}

function inputOf(name: CheckName, subject: Subject, ask: Ask): Record<string, unknown> {
  const policy = subject.kind === 'known' ? subject.secret.policy : null;
  switch (name) {
    case 'form':
      return { credential: subject.kind };
    case 'environment':
      return { keyEnvironment: policy?.environment ?? null, requestEnvironment: ask.environment };
    case 'status':
      return {
        isActive: policy?.isActive ?? null,
        secretEndsAt: subject.kind === 'known' ? subject.secret.endsAt : null,
      };
    case 'expiry':
      return {
        expiresAt: policy?.keyExpiresAt ?? null,
        ...(policy?.ageLimit
          ? { maxAgeDays: policy.ageLimit.days, secretEndsAt: policy.ageLimit.endsAt }
          : {}),
      };
    case 'ip':
      return { ip: ask.ip, ipAllowlist: policy?.ipAllowlist ?? null };
    case 'scope':
      return {
        requiredScopes: ask.scopes,
        ...(policy?.owner ? { ownerRole: policy.owner.role, withheldScopes: policy.owner.withheld } : {}),
      };
    case 'customer':
      return { customerId: ask.customerId, customerIds: policy?.customerIds ?? null };
    default:
      return {};
  }
}

/** Runs the same checks without stopping at the first refusal, and reports each; that of the customer only where one is asked about. */
export function reportChecks(subject: Subject, ask: Ask, now: number): CheckReport[] {
  const asked = ask.customerId === undefined ? checks.filter(([name]) => name !== 'customer') : checks;
  return asked.map(([name, check]) => {
    const isReachable =
      name === 'form' || (name === 'secret' && subject.kind !== 'missing') || subject.kind === 'known';
    const passed = isReachable ? check(subject, ask, now) === null : null;
    return { name, passed, input: inputOf(name, subject, ask) };
  });
}
