import { parseCidr } from '../../core/cidr.ts';
import type { Environment } from '../../core/environments.ts';
import { defaultExpiry, type KeyOwner } from '../../core/key-policy.ts';
import { type CreatedSecret, createSecret } from '../../core/secret.ts';
import { type RateLimit, type TierName, tierNamed } from '../../core/tiers.ts';
import { invalid } from '../../errors.ts';
import { insertKey, insertSecret, type KeyRow, tenantBounds } from '../../store/keys.ts';
import { type App, type Context, change, inEnvironment, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { rulesIn } from '../tenant-rules.ts';
import { bindCustomers, resolveCustomers } from './customers.ts';
import { auditView, detailsOf, type KeyDetails } from './details.ts';
import { publishKey } from './events.ts';
import { asPresent } from './hold.ts';
import { isOwn } from './personal.ts';
import { requirePolicy } from './policy.ts';
import { requireKeyRole, requirePersonalScopes, requireWithin } from './rights.ts';

export interface PolicyInput {
  readonly scopes?: readonly string[];
  readonly bundle?: string;
  readonly tier?: Exclude<TierName, 'custom'>;
  readonly rateLimit?: RateLimit;
  readonly ipAllowlist?: readonly string[] | null;
  readonly customerIds?: readonly string[] | null;
  readonly expiresAt?: number | null;
}

export interface CreateKeyInput extends PolicyInput {
  readonly name: string;
  readonly description?: string | null;
  readonly environment?: Environment;
  readonly owner?: KeyOwner;
}

export interface CreatedKey extends KeyDetails {
  readonly secret: string;
}

/** The scope list as it is stored: sorted, without repeats; `[]` inherits. Refuses names that do not exist. */
export function resolveScopes(app: App, input: Pick<PolicyInput, 'scopes' | 'bundle'>): string[] {
  if (input.bundle !== undefined) {
    const bundle = app.catalogue.bundles.find((b) => b.name === input.bundle);
    if (bundle) return [...bundle.scopes].sort();
    const names = app.catalogue.bundles.map((b) => b.name).join(', ');
    throw invalid({ path: 'bundle', message: `there is no such bundle; there are ${names}` });
  }
  const scopes = input.scopes ?? [];
  const errors = scopes.flatMap((scope, i) =>
    app.catalogue.all.has(scope)
      ? []
      : [{ path: `scopes.${i}`, message: 'there is no such scope; GET /api/v1/scopes lists them' }],
  );
  if (errors.length > 0) throw invalid(...errors);
  return [...new Set(scopes)].sort();
}

export function resolveLimits(
  input: Pick<PolicyInput, 'tier' | 'rateLimit'>,
): RateLimit & { tier: TierName } {
  if (input.rateLimit) return { ...input.rateLimit, tier: 'custom' };
  const { perMinute, burst, perDay, name } = tierNamed(input.tier ?? 'starter')!;
  return { perMinute, burst, perDay, tier: name };
}

export function resolveAllowlist(list: readonly string[] | null | undefined): string {
  return JSON.stringify([...new Set((list ?? []).map((cidr) => parseCidr(cidr)!.text))]);
}

export function requireFuture(app: App, expiresAt: number | null | undefined): number | null {
  if (typeof expiresAt === 'number' && expiresAt <= app.clock.wallMs()) {
    throw invalid({ path: 'expiresAt', message: 'must be in the future' });
  }
  return expiresAt ?? null;
}

export function searchText(key: { readonly name: string; readonly description: string | null }): string {
  return `${key.name}\n${key.description ?? ''}`.toLowerCase();
}

/** The columns a new key starts with; its limits get a group of their own unless one is handed on. */
export function newKeyRow(
  app: App,
  ctx: Context,
  input: CreateKeyInput,
  heirloom: { readonly limitGroup?: string; readonly replaces?: string } = {},
): KeyRow {
  const now = app.clock.wallMs();
  const limits = resolveLimits(input);
  const id = app.newId('key');
  return {
    id,
    tenant_id: ctx.tenantId,
    environment: ctx.environment,
    owner: input.owner ?? 'tenant',
    owner_user_id: input.owner === 'user' ? ctx.caller.id : null,
    created_by: ctx.caller.id,
    name: input.name,
    description: input.description ?? null,
    search_text: searchText({ name: input.name, description: input.description ?? null }),
    scopes: JSON.stringify(resolveScopes(app, input)),
    tier: limits.tier,
    per_minute: limits.perMinute,
    burst: limits.burst,
    per_day: limits.perDay,
    limit_group: heirloom.limitGroup ?? id,
    ip_allowlist: resolveAllowlist(input.ipAllowlist),
    customer_ids: resolveCustomers(input.customerIds),
    is_active: 1,
    revoked_at: null,
    revoked_reason: null,
    is_compromised: 0,
    expires_at: requireFuture(app, input.expiresAt),
    ends_at: null,
    replaces: heirloom.replaces ?? null,
    replaced_by: null,
    last_used_at: null,
    last_used_ip: null,
    last_used_minute: null,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

/** Draws a secret and makes its row; only the digest is in the row. */
export function newSecret(app: App, keyId: string, environment: Environment) {
  const drawn: CreatedSecret = createSecret(app.settings.keyPrefix, environment);
  const row = {
    id: app.newId('sec'),
    key_id: keyId,
    public_part: drawn.publicPart,
    hint: drawn.hint,
    digest: drawn.digest,
    created_at: app.clock.wallMs(),
    ends_at: null,
    last_used_at: null,
  };
  return { text: drawn.secret, row };
}

export async function addSecret(app: App, unit: Unit, keyId: string, environment: Environment) {
  const secret = newSecret(app, keyId, environment);
  await insertSecret(unit.tx, secret.row);
  return secret;
}

function requirePerson({ caller }: Context): void {
  if (caller.kind === 'user') return;
  const message = 'a personal key is made by the person it belongs to, signed in: a key cannot make one';
  throw invalid({ path: 'owner', message });
}

/** All that a key must keep to before it is there. */
export async function requireAllowed(app: App, ctx: Context, unit: Unit, row: KeyRow): Promise<void> {
  requireWithin(app, ctx, row);
  if (ctx.caller.kind === 'user' && isOwn(ctx, row)) requirePersonalScopes(app, ctx, row, ctx.caller.role);
  await requirePolicy(app, ctx, unit, row, ['name', 'expiry', 'tier', 'scopes', 'ceiling']);
}

/** The end that the tenant's policy gives to a key whose creator names none; the command line stands above it. */
export async function withDefaultExpiry<T extends CreateKeyInput>(
  app: App,
  ctx: Context,
  unit: Unit,
  input: T,
): Promise<T> {
  if (input.expiresAt !== undefined || ctx.caller.kind === 'system') return input;
  const { settings } = await tenantBounds(unit.tx, ctx.tenantId);
  const policy = rulesIn(settings).keyPolicy.environments[ctx.environment];
  return { ...input, expiresAt: defaultExpiry(policy, app.clock.wallMs()) };
}

/** The key is durable, audited and usable when this returns; its secret is in the answer and nowhere else. */
export async function createKey(app: App, context: Context, input: CreateKeyInput): Promise<CreatedKey> {
  const environment = input.environment ?? context.environment;
  if (context.caller.kind === 'key' && environment !== context.environment) {
    throw invalid({
      path: 'environment',
      message: `a key can only create keys of its own environment, ${context.environment}`,
    });
  }
  if (input.owner === 'user') requirePerson(context);
  const place = inEnvironment(context, environment);
  return change(app, place, async (unit) => {
    const ctx = await asPresent(app, place, unit);
    if (input.owner !== 'user') requireKeyRole(ctx, environment);
    const row = newKeyRow(app, ctx, await withDefaultExpiry(app, ctx, unit, input));
    await requireAllowed(app, ctx, unit, row);
    return storeKey(app, ctx, unit, row, 'key.created');
  });
}

export async function storeKey(
  app: App,
  ctx: Context,
  unit: Unit,
  row: KeyRow,
  action: string,
): Promise<CreatedKey> {
  const secret = newSecret(app, row.id, ctx.environment);
  await insertKey(unit.tx, row, secret.row);
  await bindCustomers(app, ctx, unit, row);
  await recordChange(app, ctx, unit, { action, targetId: row.id, after: auditView(row, [secret.row]) });
  await publishKey(app, ctx, unit, 'key.created', row.id);
  const [details] = await detailsOf(app, unit.tx, [row], [secret.row]);
  return { ...details!, secret: secret.text };
}
