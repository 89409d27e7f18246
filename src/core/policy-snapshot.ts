import { compileCidrs } from './cidr.ts';
import type { Environment } from './environments.ts';
import { type KnownSecret, neverUsed, newLogMark, type PersonalOwner } from './policy.ts';
import type { RateLimit, TierName } from './tiers.ts';

/**
 * What `decide()` looked at, as it is kept with the request log: with the question it gives the same verdict again.
 * Times are epoch ms.
 */
export interface PolicySnapshot {
  readonly name: string;
  readonly isActive: boolean;
  readonly revokedReason: string | null;
  readonly expiresAt: number | null;
  readonly endsAt: number | null;
  readonly secretEndsAt: number | null;
  /** null: it inherited, and had every scope there was to inherit. */
  readonly scopes: readonly string[] | null;
  readonly ipAllowlist: readonly string[];
  readonly customerIds: readonly string[];
  readonly tier: TierName;
  readonly limits: RateLimit;
  /** Of a personal key. */
  readonly owner?: PersonalOwner;
}

export function snapshotOf({ endsAt, policy }: KnownSecret): PolicySnapshot {
  const { name, isActive, revokedReason, ipAllowlist, customerIds, tier, limits, owner } = policy;
  return {
    name,
    isActive,
    revokedReason,
    // The age limit is the tenant's: it changes while the key's version stays.
    expiresAt: policy.keyExpiresAt,
    endsAt: policy.endsAt,
    secretEndsAt: endsAt,
    scopes: policy.inheritsAllScopes && owner === null ? null : [...policy.scopes],
    ipAllowlist,
    customerIds,
    tier,
    limits,
    ...(owner === null ? {} : { owner }),
  };
}

/** What else the log knows of the key. */
export interface SnapshotOwner {
  readonly tenantId: string;
  readonly environment: Environment;
  readonly keyId: string;
  readonly version: number;
  readonly secretId: string;
  readonly hint: string;
}

/** The secret as it was, for `reportChecks`; it has no proof and no quotas, so that nothing can be admitted by it. */
export function secretFrom(
  snapshot: PolicySnapshot,
  { secretId, hint, ...key }: SnapshotOwner,
  inherited: ReadonlySet<string>,
): KnownSecret {
  const { secretEndsAt, scopes, ...rest } = snapshot;
  const { ipAllowlist } = snapshot;
  return {
    secretId,
    hint,
    proof: '',
    endsAt: secretEndsAt,
    usage: neverUsed(),
    logMark: newLogMark(),
    policy: {
      ...rest,
      ...key,
      scopes: scopes === null ? inherited : new Set(scopes),
      inheritsAllScopes: scopes === null,
      keyExpiresAt: rest.expiresAt,
      ageLimit: null,
      owner: rest.owner ?? null,
      allowsIp: ipAllowlist.length === 0 ? null : compileCidrs(ipAllowlist),
      quotas: [],
      capture: null,
      counted: null,
    },
  };
}
