import { ageLimitOf } from '../../core/key-policy.ts';
import { toTimestamp } from '../../core/timestamp.ts';
import { warningsOf } from '../../core/warnings.ts';
import { type KeyDetails, secretStatusOf, statusOf } from './details.ts';

const maxSecretsShown = 10;
const dayMs = 86_400_000;

/** When a secret ends, by a rotation or by its age; null: not by itself. */
export function endOfSecret(
  { agePolicy }: Pick<KeyDetails, 'agePolicy'>,
  secret: { readonly created_at: number; readonly ends_at: number | null },
): number | null {
  const byAge = ageLimitOf(agePolicy, secret.created_at);
  return secret.ends_at === null || byAge === null
    ? (secret.ends_at ?? byAge)
    : Math.min(secret.ends_at, byAge);
}

/** A key as the contract shows it, at `now` (epoch ms). Never a secret, never a digest. */
export function presentKey(details: KeyDetails, now: number) {
  const { key, secrets, rotationReminderDays, agePolicy, personal } = details;
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
    tooOldSince: current ? ageLimitOf(agePolicy, current.created_at) : null,
    ownerRole: personal?.role ?? null,
    withheldScopes: personal?.role == null ? [] : personal.withheld,
  };
  return {
    id: key.id,
    name: key.name,
    description: key.description,
    environment: key.environment,
    owner: key.owner,
    ownerUser: personal && { id: personal.userId, name: personal.name },
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
      expiresAt: toTimestamp(endOfSecret(details, secret)),
      lastUsedAt: toTimestamp(secret.last_used_at),
    })),
    warnings: warningsOf(facts, now),
  };
}
