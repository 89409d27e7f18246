import { toTimestamp } from '../../contract/common.ts';
import { warningsOf } from '../../core/warnings.ts';
import type { LimitOutcome } from '../../limiter/limiter.ts';
import { policyName, retryAfterSeconds } from '../../services/guard.ts';
import type { Changed } from '../../services/keys/change.ts';
import { type KeyDetails, type Propagation, secretStatusOf, statusOf } from '../../services/keys/details.ts';
import type { SelfKnowledge, Verification } from '../../services/keys/verify.ts';

const maxSecretsShown = 10;
const dayMs = 86_400_000;

/** A key as the contract shows it, at `now` (epoch ms). Never a secret, never a digest. */
export function presentKey({ key, secrets, rotationReminderDays }: KeyDetails, now: number) {
  const current = secrets.find((secret) => secret.ends_at === null);
  const scopes = JSON.parse(key.scopes) as string[];
  const rotationDueAt = (current?.created_at ?? key.created_at) + rotationReminderDays * dayMs;
  const isReplaced = key.is_active === 1 && key.ends_at !== null && key.ends_at <= now;
  const facts = {
    name: key.name,
    inheritsAllScopes: scopes.length === 0,
    createdAt: key.created_at,
    lastUsedAt: key.last_used_at,
    expiresAt: key.expires_at,
    rotationDueAt,
  };
  return {
    id: key.id,
    name: key.name,
    description: key.description,
    environment: key.environment,
    owner: key.owner,
    createdBy: key.created_by,
    hint: current?.hint ?? '',
    scopes,
    inheritsAllScopes: facts.inheritsAllScopes,
    rateLimit: { tier: key.tier, perMinute: key.per_minute, perDay: key.per_day, burst: key.burst },
    ipAllowlist: JSON.parse(key.ip_allowlist) as string[],
    customerIds: JSON.parse(key.customer_ids) as string[],
    status: statusOf(key, now),
    revokedAt: toTimestamp(isReplaced ? key.ends_at : key.revoked_at),
    revokedReason: isReplaced ? 'replaced' : key.revoked_reason,
    expiresAt: toTimestamp(key.expires_at),
    createdAt: toTimestamp(key.created_at),
    updatedAt: toTimestamp(key.updated_at),
    lastUsedAt: toTimestamp(key.last_used_at),
    lastUsedIp: key.last_used_ip,
    rotationDueAt: toTimestamp(rotationDueAt),
    endsAt: toTimestamp(key.ends_at),
    replaces: key.replaces,
    replacedBy: key.replaced_by,
    secrets: secrets.slice(0, maxSecretsShown).map((secret) => ({
      id: secret.id,
      hint: secret.hint,
      status: secretStatusOf(secret, now),
      createdAt: toTimestamp(secret.created_at),
      expiresAt: toTimestamp(secret.ends_at),
      lastUsedAt: toTimestamp(secret.last_used_at),
    })),
    warnings: warningsOf(facts, now),
  };
}

export function presentPropagation(propagation: Propagation) {
  const pending = propagation.pending.map(({ nodeId, mayAcceptUntil }) => ({
    nodeId,
    mayAcceptUntil: toTimestamp(mayAcceptUntil),
  }));
  return { ...propagation, pending };
}

/** A key after a change that may narrow it. */
export function presentChanged(changed: Changed, now: number) {
  return { ...presentKey(changed, now), propagation: presentPropagation(changed.propagation) };
}

function presentLimits(limits: LimitOutcome, now: number) {
  const policies = limits.states.flatMap((state, i) => [
    {
      name: policyName(i, 'minute'),
      limit: state.minuteLimit,
      remaining: state.minuteRemaining,
      resetAt: toTimestamp(now + state.minuteResetMs),
    },
    {
      name: policyName(i, 'day'),
      limit: state.dayLimit,
      remaining: state.dayRemaining,
      resetAt: toTimestamp(now + state.dayResetMs),
    },
  ]);
  const tightest = policies.reduce((a, b) => (b.remaining < a.remaining ? b : a));
  return {
    limit: limits.states[0]!.minuteLimit,
    remaining: tightest.remaining,
    resetAt: tightest.resetAt,
    policies,
  };
}

/** Times as the contract has them; the limiter's own figures in the form of `rateLimit`. */
function presentInput(input: Readonly<Record<string, unknown>>, limits: LimitOutcome | null, now: number) {
  const members = Object.entries(input).map(([name, value]) => {
    if (name === 'states') return ['rateLimit', limits ? presentLimits(limits, now) : null];
    return [name, /At$/.test(name) ? toTimestamp(value as number | null) : value];
  });
  return Object.fromEntries(members) as Record<string, unknown>;
}

export function presentVerification({ answer, missingScopes, secret, checks }: Verification, now: number) {
  const { refusal, limits } = answer;
  const policy = secret?.policy;
  const { hint, keyEnvironment, requestEnvironment, secretStatus } = refusal?.members ?? {};
  return {
    valid: refusal === null,
    code: refusal?.code ?? 'valid',
    detail: refusal?.detail ?? null,
    keyId: policy?.keyId ?? null,
    name: policy?.name ?? null,
    environment: policy?.environment ?? null,
    scopes: policy ? [...policy.scopes].sort() : null,
    missingScopes,
    rateLimit: limits && policy ? presentLimits(limits, now) : null,
    retryAfterSeconds: refusal?.code === 'rate_limited' && limits ? retryAfterSeconds(limits) : null,
    expiresAt: toTimestamp(policy?.expiresAt ?? null),
    customerIds: policy ? policy.customerIds : null,
    hint,
    keyEnvironment,
    requestEnvironment,
    secretStatus,
    checks: checks?.map((check) => ({ ...check, input: presentInput(check.input, limits, now) })),
  };
}

export function presentSelf(self: SelfKnowledge, now: number) {
  const key = presentKey(self, now);
  const secret = self.secrets.find(({ id }) => id === self.secretId);
  const [state] = self.limits.states;
  return {
    ...key,
    effectiveScopes: [...self.policy.scopes].sort(),
    secret: {
      id: self.secretId,
      status: secret ? secretStatusOf(secret, now) : 'current',
      expiresAt: toTimestamp(secret?.ends_at ?? null),
    },
    rateLimit: { ...key.rateLimit, remaining: state!.minuteRemaining, remainingToday: state!.dayRemaining },
  };
}
