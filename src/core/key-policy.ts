import { type Environment, environments } from './environments.ts';
import { matchesNamePattern } from './name-pattern.ts';
import { grantableScopes, type Role, roleNames, sessionScopes } from './roles.ts';
import { expandScopes, type ScopeCatalogue } from './scopes.ts';
import type { RateLimit, TierName } from './tiers.ts';

const dayMs = 86_400_000;

/** Days that a personal key's secret may have before its rotation is due, whatever the tenant's own reminder says. */
export const personalRotationDays = 90;

export type MaxAgeAction = 'remind' | 'enforce';

/** null: no such rule. */
export interface AgePolicy {
  /** Of a secret. */
  readonly maxAgeDays: number | null;
  readonly maxAgeAction: MaxAgeAction;
  readonly defaultExpiryDays: number | null;
  readonly maxExpiryDays: number | null;
}

/** What people of a role may put into keys, within what the role may at all; null: all of that. */
export interface RoleGrants {
  readonly tiers: readonly TierName[] | null;
  readonly scopes: readonly string[] | null;
}

/** What a tenant demands of its keys. */
export interface KeyPolicy {
  readonly namePattern: string | null;
  readonly personalNamePattern: string | null;
  readonly environments: Readonly<Record<Environment, AgePolicy>>;
  readonly grants: Readonly<Record<Role, RoleGrants>>;
}

const noAgePolicy: AgePolicy = {
  maxAgeDays: null,
  maxAgeAction: 'remind',
  defaultExpiryDays: null,
  maxExpiryDays: null,
};

function each<K extends string, V>(names: readonly K[], value: V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, value])) as Record<K, V>;
}

export const defaultKeyPolicy: KeyPolicy = {
  namePattern: null,
  personalNamePattern: null,
  environments: each(environments, noAgePolicy),
  grants: each(roleNames, { tiers: null, scopes: null }),
};

export type KeyOwner = 'tenant' | 'user';

export function namePatternFor(policy: KeyPolicy, owner: KeyOwner): string | null {
  return owner === 'user' ? policy.personalNamePattern : policy.namePattern;
}

/** When a key ends whose creator does not say: by the default, and never later than the policy allows. */
export function defaultExpiry({ defaultExpiryDays, maxExpiryDays }: AgePolicy, now: number): number | null {
  const days = Math.min(defaultExpiryDays ?? Infinity, maxExpiryDays ?? Infinity);
  return Number.isFinite(days) ? now + days * dayMs : null;
}

/** null: it need not end. */
export function latestExpiry({ maxExpiryDays }: AgePolicy, now: number): number | null {
  return maxExpiryDays === null ? null : now + maxExpiryDays * dayMs;
}

/** From this moment a secret is refused; null: never for its age. */
export function ageLimitOf({ maxAgeDays, maxAgeAction }: AgePolicy, createdAt: number): number | null {
  return maxAgeAction === 'enforce' && maxAgeDays !== null ? createdAt + maxAgeDays * dayMs : null;
}

/** How long before an enforced age the rotation is due. */
const noticeDays = 14;

/** The age in days at which a secret's rotation is due: where the age is enforced, while there is time left. */
export function rotationDays(
  owner: KeyOwner,
  reminderDays: number,
  { maxAgeDays, maxAgeAction }: AgePolicy,
): number {
  const limits = [reminderDays];
  if (owner === 'user') limits.push(personalRotationDays);
  if (maxAgeDays !== null) {
    const isEnforced = maxAgeAction === 'enforce';
    limits.push(isEnforced ? Math.max(maxAgeDays - noticeDays, Math.ceil(maxAgeDays / 2)) : maxAgeDays);
  }
  return Math.min(...limits);
}

/** The scopes a role may put into keys by the tenant's policy alone; null: the policy says nothing. */
export function grantedScopes(
  policy: KeyPolicy,
  role: Role,
  { all }: ScopeCatalogue,
): ReadonlySet<string> | null {
  const { scopes } = policy.grants[role];
  return scopes && expandScopes(scopes, all);
}

/** What a personal key may do for somebody of this role: what they may grant, do themselves, and what the policy leaves. */
export function personalScopes(
  role: Role,
  environment: Environment,
  policy: KeyPolicy,
  catalogue: ScopeCatalogue,
): ReadonlySet<string> {
  const own = sessionScopes(role, environment, catalogue);
  const granted = grantedScopes(policy, role, catalogue);
  const grantable = expandScopes(grantableScopes(role, catalogue), catalogue.all);
  return new Set([...grantable].filter((scope) => own.has(scope) && (granted?.has(scope) ?? true)));
}

export interface Violation {
  readonly rule: 'name' | 'expiresAt' | 'tier' | 'scopes' | 'ceiling';
  readonly message: string;
  /** What would be allowed: a pattern, a time, a list, limits. */
  readonly allowed: unknown;
}

/** A key as it is about to be. */
export interface PlannedKey {
  readonly name: string;
  readonly owner: KeyOwner;
  readonly environment: Environment;
  readonly tier: TierName;
  readonly expiresAt: number | null;
  /** Expanded. */
  readonly scopes: ReadonlySet<string>;
}

export type Concern = 'name' | 'expiry' | 'tier' | 'scopes' | 'ceiling';

function nameViolation(policy: KeyPolicy, { owner, name, environment }: PlannedKey): Violation[] {
  const pattern = namePatternFor(policy, owner);
  if (pattern === null || matchesNamePattern(pattern, name, environment)) return [];
  const whose = owner === 'user' ? 'personal keys' : 'keys';
  const where = /<environment>/i.test(pattern) ? `, with ${environment} as the environment` : '';
  const message = `The names of ${whose} have the form ${pattern}${where}.`;
  return [{ rule: 'name', message, allowed: pattern }];
}

function expiryViolation(policy: KeyPolicy, key: PlannedKey, now: number): Violation[] {
  const rules = policy.environments[key.environment];
  const latest = latestExpiry(rules, now);
  if (latest === null || (key.expiresAt !== null && key.expiresAt <= latest)) return [];
  const allowed = new Date(latest).toISOString();
  const message = `A key of ${key.environment} must end within ${rules.maxExpiryDays} days: give it an expiresAt that is not later than ${allowed}.`;
  return [{ rule: 'expiresAt', message, allowed }];
}

function tierViolation(policy: KeyPolicy, key: PlannedKey, role: Role): Violation[] {
  const { tiers } = policy.grants[role];
  if (tiers === null || tiers.includes(key.tier)) return [];
  const which = tiers.length === 0 ? 'none' : tiers.join(', ');
  const message = `The role ${role} may not give the tier ${key.tier}; it may give ${which}.`;
  return [{ rule: 'tier', message, allowed: tiers }];
}

function scopeViolation(
  policy: KeyPolicy,
  key: PlannedKey,
  role: Role,
  catalogue: ScopeCatalogue,
): Violation[] {
  const granted = grantedScopes(policy, role, catalogue);
  if (granted === null) return [];
  const beyond = [...key.scopes].filter((scope) => !granted.has(scope)).sort();
  if (beyond.length === 0) return [];
  const message = `The role ${role} may not put ${beyond.join(', ')} into a key.`;
  return [{ rule: 'scopes', message, allowed: [...granted].sort() }];
}

/** Every rule of the policy that the key would break, of those that are asked about. `role` is null where nobody's role is behind the call. */
export function violationsOf(
  policy: KeyPolicy,
  key: PlannedKey,
  concerns: readonly Concern[],
  {
    role,
    now,
    catalogue,
  }: { readonly role: Role | null; readonly now: number; readonly catalogue: ScopeCatalogue },
): Violation[] {
  return [
    ...(concerns.includes('name') ? nameViolation(policy, key) : []),
    ...(concerns.includes('expiry') ? expiryViolation(policy, key, now) : []),
    ...(concerns.includes('tier') && role ? tierViolation(policy, key, role) : []),
    ...(concerns.includes('scopes') && role ? scopeViolation(policy, key, role, catalogue) : []),
  ];
}

/** `names` are the limits that go beyond it. */
export function ceilingViolation(
  environment: Environment,
  ceiling: RateLimit,
  names: readonly string[],
): Violation {
  const message = `The tenant's ceiling for ${environment} is lower in: ${names.join(', ')}.`;
  return { rule: 'ceiling', message, allowed: ceiling };
}
