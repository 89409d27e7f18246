import type { Environment } from './environments.ts';
import type { Role } from './roles.ts';
import type { RateLimit, TierName } from './tiers.ts';

/** Where something lives: policies, data, limits and logs never cross this pair. */
export interface Place {
  readonly tenantId: string;
  readonly environment: Environment;
}

/** One bucket a request must fit in: the key's own group first, then the tenant's ceiling where one is set. */
export interface PolicyQuota {
  readonly group: string;
  readonly limits: RateLimit;
  /** Belongs to the limiter. */
  held: object | null;
}

/** How the request log keeps the bodies of a key's requests. */
export interface CaptureRules {
  readonly maskFields: readonly string[];
}

/** Whose key it is, and what of its scopes their role keeps from it. */
export interface PersonalOwner {
  readonly userId: string;
  /** null: no member any more. */
  readonly role: Role | null;
  readonly withheld: readonly string[];
}

/** The age at which the tenant's policy ends the secret. */
export interface AgeLimit {
  readonly days: number;
  readonly endsAt: number;
}

/** A key compiled for decisions: everything `decide()` needs, and nothing that must be looked up. Times are epoch ms. */
export interface Policy extends Place {
  readonly keyId: string;
  /** Raised by every change of the key. */
  readonly version: number;
  readonly name: string;
  readonly isActive: boolean;
  readonly revokedReason: string | null;
  /** The key's own end or that of the secret by its age, whichever comes first. */
  readonly expiresAt: number | null;
  readonly keyExpiresAt: number | null;
  readonly ageLimit: AgeLimit | null;
  /** null: the tenant's. */
  readonly owner: PersonalOwner | null;
  /** When a replacement takes over and this key stops, whatever its status says. */
  readonly endsAt: number | null;
  /** Expanded: `write` has its `read`, an empty list has everything inheritable; never beyond the owner's role. */
  readonly scopes: ReadonlySet<string>;
  readonly inheritsAllScopes: boolean;
  readonly ipAllowlist: readonly string[];
  readonly allowsIp: ((ip: string) => boolean) | null;
  readonly customerIds: readonly string[];
  readonly tier: TierName;
  readonly limits: RateLimit;
  readonly quotas: readonly PolicyQuota[];
  /** null: no body of its requests is kept. */
  readonly capture: CaptureRules | null;
  /** Belongs to the metrics. */
  counted: object | null;
}

/** When a secret was last used, kept where the guard holds it anyway. */
export interface Usage {
  /** Epoch ms. */
  at: number;
  ip: string | null;
  /** Waits to be written. */
  isDirty: boolean;
}

export function neverUsed(): Usage {
  return { at: 0, ip: null, isDirty: false };
}

/** Where a secret's entry is in the batch of the request log that is being filled. */
export interface LogMark {
  batch: number;
  index: number;
  /** Its policy was handed over. */
  isTold: boolean;
}

export function newLogMark(): LogMark {
  return { batch: -1, index: 0, isTold: false };
}

/** One secret of a key, as found by its digest. */
export interface KnownSecret {
  readonly secretId: string;
  /** Prefix and public part. */
  readonly hint: string;
  /** SHA-256 of the secret's text, as `proofOf` gives it. */
  readonly proof: string;
  /** Epoch ms from which the secret is retired; null for a current one. */
  readonly endsAt: number | null;
  readonly policy: Policy;
  /** Belongs to the recorder of uses. */
  readonly usage: Usage;
  /** Belongs to the request log. */
  readonly logMark: LogMark;
}
