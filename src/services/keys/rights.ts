import type { Environment } from '../../core/environments.ts';
import { type ExceedName, type Extent, exceeds } from '../../core/exceeds.ts';
import { defaultKeyPolicy, personalScopes } from '../../core/key-policy.ts';
import { grantableScopes, keyArea, type Role, roleAllows } from '../../core/roles.ts';
import { expandScopes } from '../../core/scopes.ts';
import { AppError } from '../../errors.ts';
import type { KeyRow } from '../../store/keys.ts';
import type { App, Context } from '../app.ts';
import { isOwn } from './personal.ts';

/** How far a key reaches, from its row or from the row it is about to have. */
export type ExtentRow = Pick<
  KeyRow,
  | 'scopes'
  | 'per_minute'
  | 'burst'
  | 'per_day'
  | 'expires_at'
  | 'ip_allowlist'
  | 'customer_ids'
  | 'owner'
  | 'owner_user_id'
> & { readonly id: string };

function extentOf(app: App, row: ExtentRow): Extent {
  const named = JSON.parse(row.scopes) as string[];
  return {
    scopes: named.length === 0 ? app.catalogue.inherited : expandScopes(named, app.catalogue.all),
    limits: { perMinute: row.per_minute, burst: row.burst, perDay: row.per_day },
    expiresAt: row.expires_at,
    ipAllowlist: JSON.parse(row.ip_allowlist) as string[],
    customerIds: JSON.parse(row.customer_ids) as string[],
  };
}

/** How far the caller may let a key reach; null: as far as there is. */
function boundOf(app: App, ctx: Context): Extent | null {
  const { caller } = ctx;
  if (caller.kind === 'system') return null;
  if (caller.kind === 'user') {
    const scopes = expandScopes(grantableScopes(caller.role, app.catalogue), app.catalogue.all);
    return { scopes, limits: null, expiresAt: null, ipAllowlist: [], customerIds: [] };
  }
  const { policy } = caller;
  // A secret that ends by its age can be rotated: the key it belongs to goes on.
  const ends = [policy.keyExpiresAt, policy.endsAt].filter((at) => at !== null);
  return { ...policy, expiresAt: ends.length === 0 ? null : Math.min(...ends) };
}

function escalation(names: readonly ExceedName[], scopes: readonly string[] = []): AppError {
  const beyond = scopes.length === 0 ? '' : ` You do not have ${scopes.join(', ')}.`;
  const detail = names.includes('self')
    ? 'A key cannot patch, activate or replace itself. Use another key, or ask an administrator.'
    : `The key would reach beyond your own rights in: ${names.join(', ')}.${beyond}`;
  return new AppError('scope_escalation', detail, { members: { exceeds: names } });
}

/** Nobody gives more than they have: refuses when any of the rows (as it was, as it will be) reaches beyond the caller. */
export function requireWithin(app: App, ctx: Context, ...rows: readonly ExtentRow[]): void {
  const bound = boundOf(app, ctx);
  if (bound === null) return;
  // A key is always within itself, also while a replacement's grace runs out; a personal key never has more than its owner.
  const others = rows.filter((row) => row.id !== ctx.caller.id && !isOwn(ctx, row));
  const extents = others.map((row) => extentOf(app, row));
  const names = new Set(extents.flatMap((extent) => exceeds(extent, bound)));
  if (names.size === 0) return;
  const wanted = new Set(extents.flatMap(({ scopes }) => [...scopes]));
  throw escalation([...names], [...wanted].filter((scope) => !bound.scopes.has(scope)).sort());
}

/** No key patches, activates or replaces itself. */
export function refuseSelf(ctx: Context, keyId: string): void {
  if (ctx.caller.kind === 'key' && ctx.caller.id === keyId) throw escalation(['self']);
}

/** The role table, for a place the request itself does not name. */
export function requireKeyRole(ctx: Context, environment: Environment): void {
  const { caller } = ctx;
  if (caller.kind !== 'user' || roleAllows(caller.role, keyArea(environment), 'write')) return;
  throw new AppError('role_not_allowed', `The role ${caller.role} may not manage keys of ${environment}.`);
}

/** What a personal key names its owner may do: it would not have more, and should not say so. */
export function requirePersonalScopes(app: App, ctx: Context, row: ExtentRow, role: Role): void {
  const named = expandScopes(JSON.parse(row.scopes) as string[], app.catalogue.all);
  // What the tenant's policy leaves of it is told with the other rules of the policy.
  const held = personalScopes(role, ctx.environment, defaultKeyPolicy, app.catalogue);
  const beyond = [...named].filter((scope) => !held.has(scope));
  if (beyond.length > 0) throw escalation(['scopes'], beyond.sort());
}
