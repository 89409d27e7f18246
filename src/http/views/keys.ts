import { toTimestamp } from '../../contract/common.ts';
import type { LimitOutcome } from '../../limiter/limiter.ts';
import { policyName, retryAfterSeconds } from '../../services/guard.ts';
import type { Changed } from '../../services/keys/change.ts';
import { type Propagation, secretStatusOf } from '../../services/keys/details.ts';
import type { SelfKnowledge, Verification } from '../../services/keys/verify.ts';
import { endOfSecret, presentKey } from '../../services/keys/view.ts';

export { presentKey } from '../../services/keys/view.ts';

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
      expiresAt: toTimestamp(secret ? endOfSecret(self, secret) : null),
    },
    rateLimit: { ...key.rateLimit, remaining: state!.minuteRemaining, remainingToday: state!.dayRemaining },
  };
}
