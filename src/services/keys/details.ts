import type { Environment } from '../../core/environments.ts';
import { type AgePolicy, type KeyOwner, personalScopes, rotationDays } from '../../core/key-policy.ts';
import type { Role } from '../../core/roles.ts';
import { expandScopes } from '../../core/scopes.ts';
import { AppError, notFound } from '../../errors.ts';
import type { Db } from '../../store/database.ts';
import {
  getKey,
  type KeyOwnerRow,
  type KeyRow,
  lockKey,
  ownersOfKeys,
  type SecretRow,
  secretsOf,
  tenantBounds,
} from '../../store/keys.ts';
import { type App, type Context, reader, type Unit } from '../app.ts';
import { rulesIn, type TenantRules } from '../tenant-rules.ts';
import { isVisible } from './personal.ts';

/** A key with its secrets, newest first; last uses not yet written are in the rows. */
export interface KeyDetails {
  readonly key: KeyRow;
  readonly secrets: readonly SecretRow[];
  /** The age at which a secret's rotation is due, by the tenant's settings. */
  readonly rotationReminderDays: number;
  readonly agePolicy: AgePolicy;
  /** null: the tenant's. */
  readonly personal: PersonalDetails | null;
}

export interface PersonalDetails {
  readonly userId: string;
  /** null: no member any more. */
  readonly name: string | null;
  readonly role: Role | null;
  /** What the key names and its owner's role does not allow. */
  readonly withheld: readonly string[];
}

/** What a change that narrows answers: which nodes act on it. One node: itself, at once. */
export interface Propagation {
  readonly nodes: number;
  readonly acknowledged: number;
  readonly pending: readonly { readonly nodeId: string; readonly mayAcceptUntil: number }[];
  readonly tookMs: number;
}

export function propagationSince(app: App, startedMs: number): Propagation {
  return { nodes: 1, acknowledged: 1, pending: [], tookMs: Math.round(app.clock.monotonicMs() - startedMs) };
}

export type KeyStatus = 'active' | 'inactive' | 'expired';

/** The status at `now` (epoch ms): a revoked key stays inactive when it expires, too. */
export function statusOf(key: Pick<KeyRow, 'is_active' | 'ends_at' | 'expires_at'>, now: number): KeyStatus {
  if (key.is_active !== 1 || (key.ends_at !== null && key.ends_at <= now)) return 'inactive';
  return key.expires_at !== null && key.expires_at <= now ? 'expired' : 'active';
}

export type SecretStatus = 'current' | 'retiring' | 'retired';

export function secretStatusOf(secret: Pick<SecretRow, 'ends_at'>, now: number): SecretStatus {
  if (secret.ends_at === null) return 'current';
  return secret.ends_at > now ? 'retiring' : 'retired';
}

function personalDetails(
  app: App,
  key: KeyRow,
  { keyPolicy }: TenantRules,
  owners: ReadonlyMap<string, KeyOwnerRow>,
): PersonalDetails | null {
  if (key.owner !== 'user') return null;
  const userId = key.owner_user_id ?? '';
  const owner = owners.get(userId);
  const named = expandScopes(JSON.parse(key.scopes) as string[], app.catalogue.all);
  if (owner === undefined) return { userId, name: null, role: null, withheld: [...named].sort() };
  const role = owner.role as Role;
  const held = personalScopes(role, key.environment as Environment, keyPolicy, app.catalogue);
  return { userId, name: owner.name, role, withheld: [...named].filter((name) => !held.has(name)).sort() };
}

function withUses(app: App, key: KeyRow, secrets: readonly SecretRow[]) {
  const keyUse = app.uses.lastOfKey(key.id);
  const isNewer = keyUse !== null && keyUse.at >= (key.last_used_at ?? 0);
  return {
    key: isNewer ? { ...key, last_used_at: keyUse.at, last_used_ip: keyUse.ip } : key,
    secrets: secrets.map((secret) => {
      const at = app.uses.lastOfSecret(secret.id)?.at ?? 0;
      return at > (secret.last_used_at ?? 0) ? { ...secret, last_used_at: at } : secret;
    }),
  };
}

/** Adds what belongs to the keys, which are of one tenant, with one query for each of it; `secrets` where all are known. */
export async function detailsOf(
  app: App,
  db: Db,
  keys: readonly KeyRow[],
  secrets?: readonly SecretRow[],
): Promise<KeyDetails[]> {
  const tenantId = keys[0]?.tenant_id ?? '';
  const ids = keys.map((key) => key.id);
  const byKey = Map.groupBy(secrets ?? (await secretsOf(db, ids)), (secret) => secret.key_id);
  const rules = rulesIn((await tenantBounds(db, tenantId)).settings);
  const people = [...new Set(keys.flatMap((key) => key.owner_user_id ?? []))];
  const owners = people.length === 0 ? [] : await ownersOfKeys(db, tenantId, people);
  const byId = new Map(owners.map((owner) => [owner.id, owner]));
  return keys.map((key) => {
    const agePolicy = rules.keyPolicy.environments[key.environment as Environment];
    return {
      ...withUses(app, key, byKey.get(key.id) ?? []),
      rotationReminderDays: rotationDays(key.owner as KeyOwner, rules.rotationReminderDays, agePolicy),
      agePolicy,
      personal: personalDetails(app, key, rules, byId),
    };
  });
}

export async function readKey(app: App, ctx: Context, id: string): Promise<KeyDetails> {
  const db = reader(app, ctx);
  const key = await getKey(db, ctx, id);
  if (!key || !isVisible(ctx, key)) throw notFound('key');
  const [details] = await detailsOf(app, db, [key]);
  return details!;
}

/** As it is after the change, from inside its transaction. */
export async function rereadKey(app: App, ctx: Context, unit: Unit, id: string): Promise<KeyDetails> {
  return readKey(app, { ...ctx, unit }, id);
}

export async function lockKeyRow(app: App, ctx: Context, unit: Unit, id: string): Promise<KeyRow> {
  const key = await lockKey(unit.tx, app.database.dialect, ctx, id);
  if (!key || !isVisible(ctx, key)) throw notFound('key');
  return key;
}

export function conflict(detail: string, members: Record<string, unknown> = {}): AppError {
  return new AppError('conflict', detail, { members });
}

/** What the audit log keeps of a key: its policy, nothing of its secrets but their hints. */
export function auditView(key: KeyRow, secrets: readonly SecretRow[] = []): Record<string, unknown> {
  return {
    name: key.name,
    description: key.description,
    environment: key.environment,
    ...(key.owner === 'user' ? { ownerUserId: key.owner_user_id } : {}),
    scopes: JSON.parse(key.scopes) as unknown,
    tier: key.tier,
    perMinute: key.per_minute,
    burst: key.burst,
    perDay: key.per_day,
    ipAllowlist: JSON.parse(key.ip_allowlist) as unknown,
    customerIds: JSON.parse(key.customer_ids) as unknown,
    isActive: key.is_active === 1,
    revokedReason: key.revoked_reason,
    expiresAt: key.expires_at,
    endsAt: key.ends_at,
    replaces: key.replaces,
    replacedBy: key.replaced_by,
    secrets: secrets.map((secret) => ({ id: secret.id, hint: secret.hint, endsAt: secret.ends_at })),
  };
}
