import { toTimestamp } from '../../contract/common.ts';
import type { LimitOutcome } from '../../limiter/limiter.ts';
import { policyName } from '../../services/guard.ts';
import type { Verification } from '../../services/keys/verify.ts';
import { presentVerification } from './keys.ts';

/** Keys with the same scopes share one set of them. */
const scopeLists = new WeakMap<ReadonlySet<string>, string>();

function scopesJson(scopes: ReadonlySet<string>): string {
  let json = scopeLists.get(scopes);
  if (json === undefined) {
    json = JSON.stringify([...scopes].sort());
    scopeLists.set(scopes, json);
  }
  return json;
}

function limitsJson(limits: LimitOutcome, now: number): string {
  let policies = '';
  let remaining = Number.POSITIVE_INFINITY;
  let resetAt = '';
  const add = (name: string, limit: number, left: number, resetMs: number) => {
    const at = toTimestamp(now + resetMs);
    policies += `${policies === '' ? '' : ','}{"name":"${name}","limit":${limit},"remaining":${left},"resetAt":"${at}"}`;
    if (left >= remaining) return;
    remaining = left;
    resetAt = at;
  };
  for (let i = 0; i < limits.states.length; i++) {
    const state = limits.states[i]!;
    add(policyName(i, 'minute'), state.minuteLimit, state.minuteRemaining, state.minuteResetMs);
    add(policyName(i, 'day'), state.dayLimit, state.dayRemaining, state.dayResetMs);
  }
  const { minuteLimit } = limits.states[0]!;
  return `{"limit":${minuteLimit},"remaining":${remaining},"resetAt":"${resetAt}","policies":[${policies}]}`;
}

function timeJson(epochMs: number | null): string {
  return epochMs === null ? 'null' : `"${toTimestamp(epochMs)}"`;
}

/** `presentVerification` as JSON. A key that is valid, which is nearly always the answer, has its text put together by hand. */
export function verificationJson(verification: Verification, now: number): string {
  const { answer, missingScopes, secret, checks } = verification;
  const { refusal, limits } = answer;
  if (refusal !== null || secret === null || limits === null || checks !== undefined) {
    return JSON.stringify(presentVerification(verification, now));
  }
  const { keyId, name, environment, scopes, expiresAt, customerIds } = secret.policy;
  const missing = missingScopes.length === 0 ? '[]' : JSON.stringify(missingScopes);
  const customers = customerIds.length === 0 ? '[]' : JSON.stringify(customerIds);
  return (
    `{"valid":true,"code":"valid","detail":null,"keyId":"${keyId}","name":${JSON.stringify(name)}` +
    `,"environment":"${environment}","scopes":${scopesJson(scopes)},"missingScopes":${missing}` +
    `,"rateLimit":${limitsJson(limits, now)},"retryAfterSeconds":null` +
    `,"expiresAt":${timeJson(expiresAt)},"customerIds":${customers}}`
  );
}
