import type { Environment } from '../../core/environments.ts';
import { type ExceedName, type Extent, exceededLimits, exceeds } from '../../core/exceeds.ts';
import { grantableScopes, keyArea, roleAllows } from '../../core/roles.ts';
import { expandScopes } from '../../core/scopes.ts';
import { AppError } from '../../errors.ts';
import { type KeyRow, tenantCeilings } from '../../store/keys.ts';
import type { App, Context, Unit } from '../app.ts';

/** How far a key reaches, from its row or from the row it is about to have. */
export type ExtentRow = Pick<
  KeyRow,
  'scopes' | 'per_minute' | 'burst' | 'per_day' | 'expires_at' | 'ip_allowlist' | 'customer_ids'
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
  const ends = [policy.expiresAt, policy.endsAt].filter((at) => at !== null);
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
  // A key is always within itself, also while a replacement's grace runs out.
  const others = rows.filter((row) => row.id !== ctx.caller.id);
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

/** A tenant's ceiling over all keys of an environment also bounds each of them. */
export async function requireBelowCeiling(ctx: Context, unit: Unit, row: ExtentRow): Promise<void> {
  if (ctx.caller.kind === 'system') return;
  const ceiling = (await tenantCeilings(unit.tx, ctx.tenantId))[ctx.environment];
  const limits = { perMinute: row.per_minute, burst: row.burst, perDay: row.per_day };
  const names = ceiling ? exceededLimits(limits, ceiling) : [];
  if (names.length === 0) return;
  throw new AppError(
    'scope_escalation',
    `The tenant's ceiling for ${ctx.environment} is lower in: ${names.join(', ')}.`,
    { members: { exceeds: names } },
  );
}
