import type { TenantSettings } from '../../core/tenant-settings.ts';
import { AppError, notFound } from '../../errors.ts';
import type { Db } from '../../store/database.ts';
import { getKey, type KeyRow, lockKey, type SecretRow, secretsOf } from '../../store/keys.ts';
import { type App, type Context, reader, type Unit } from '../app.ts';
import { readSettings } from '../people/tenant.ts';

/** A key with its secrets, newest first; last uses not yet written are in the rows. */
export interface KeyDetails {
  readonly key: KeyRow;
  readonly secrets: readonly SecretRow[];
  /** From the tenant's settings: the age at which a secret's rotation is due. */
  readonly rotationReminderDays: number;
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

function withUses(
  app: App,
  key: KeyRow,
  secrets: readonly SecretRow[],
  { rotationReminderDays }: TenantSettings,
): KeyDetails {
  const keyUse = app.uses.lastOfKey(key.id);
  const isNewer = keyUse !== null && keyUse.at >= (key.last_used_at ?? 0);
  return {
    rotationReminderDays,
    key: isNewer ? { ...key, last_used_at: keyUse.at, last_used_ip: keyUse.ip } : key,
    secrets: secrets.map((secret) => {
      const at = app.uses.lastOfSecret(secret.id)?.at ?? 0;
      return at > (secret.last_used_at ?? 0) ? { ...secret, last_used_at: at } : secret;
    }),
  };
}

/** Adds the secrets of all keys, which are of one tenant, with one query. */
export async function detailsOf(app: App, db: Db, keys: readonly KeyRow[]): Promise<KeyDetails[]> {
  const secrets = await secretsOf(
    db,
    keys.map((key) => key.id),
  );
  const byKey = Map.groupBy(secrets, (secret) => secret.key_id);
  const settings = await readSettings(db, keys[0]?.tenant_id ?? '');
  return keys.map((key) => withUses(app, key, byKey.get(key.id) ?? [], settings));
}

export async function readKey(app: App, ctx: Context, id: string): Promise<KeyDetails> {
  const db = reader(app, ctx);
  const key = await getKey(db, ctx, id);
  if (!key) throw notFound('key');
  const [details] = await detailsOf(app, db, [key]);
  return details!;
}

/** As it is after the change, from inside its transaction. */
export async function rereadKey(app: App, ctx: Context, unit: Unit, id: string): Promise<KeyDetails> {
  return readKey(app, { ...ctx, unit }, id);
}

export async function lockKeyRow(app: App, ctx: Context, unit: Unit, id: string): Promise<KeyRow> {
  const key = await lockKey(unit.tx, app.database.dialect, ctx, id);
  if (!key) throw notFound('key');
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
