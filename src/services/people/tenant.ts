import type { Environment } from '../../core/environments.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import { roleNames } from '../../core/roles.ts';
import { defaultSettings, settingsOf, type TenantSettings } from '../../core/tenant-settings.ts';
import type { RateLimit } from '../../core/tiers.ts';
import { invalid, notFound } from '../../errors.ts';
import type { Db } from '../../store/database.ts';
import { getTenant as getTenantRow, lockTenant, type TenantRow, updateTenant } from '../../store/people.ts';
import { type App, type Context, change, reader } from '../app.ts';
import { recordChange } from '../audit.ts';
import { checkPrecondition } from '../precondition.ts';

export type Ceilings = Partial<Record<Environment, RateLimit>>;

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly ceilings: Ceilings;
  readonly settings: TenantSettings;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface TenantPatch {
  readonly name?: string | undefined;
  /** null clears; an environment that is not named keeps its ceiling. */
  readonly ceilings?: Partial<Record<Environment, Partial<RateLimit> | null>> | null | undefined;
}

interface Precondition {
  readonly ifMatch: string | undefined;
  readonly tagOf: (tenant: Tenant) => string;
}

function toTenant(row: TenantRow): Tenant {
  return {
    id: row.id,
    name: row.name,
    ceilings: JSON.parse(row.ceilings) as Ceilings,
    settings: settingsOf(JSON.parse(row.settings)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export async function getTenant(app: App, ctx: Context): Promise<Tenant> {
  const row = await getTenantRow(reader(app, ctx), ctx.tenantId);
  if (!row) throw notFound('tenant');
  return toTenant(row);
}

export async function readSettings(db: Db, tenantId: string): Promise<TenantSettings> {
  const row = await getTenantRow(db, tenantId);
  return row ? toTenant(row).settings : defaultSettings;
}

function mergedCeilings(current: Ceilings, patch: NonNullable<TenantPatch['ceilings']>): Ceilings {
  const result = { ...current };
  for (const [environment, change] of Object.entries(patch) as [Environment, Partial<RateLimit> | null][]) {
    if (change === null) delete result[environment];
    else if (change !== undefined)
      result[environment] = wholeCeiling(environment, { ...current[environment], ...change });
  }
  return result;
}

function wholeCeiling(environment: Environment, ceiling: Partial<RateLimit>): RateLimit {
  const { perMinute, burst, perDay } = ceiling;
  const path = `ceilings.${environment}`;
  if (perMinute === undefined) throw invalid({ path: `${path}.perMinute`, message: 'is required' });
  if (burst === undefined) throw invalid({ path: `${path}.burst`, message: 'is required' });
  if (perDay === undefined) throw invalid({ path: `${path}.perDay`, message: 'is required' });
  if (burst <= perMinute) return { perMinute, burst, perDay };
  throw invalid({ path: `${path}.burst`, message: `must not be more than perMinute, ${perMinute}` });
}

async function changeTenant(
  app: App,
  ctx: Context,
  action: string,
  precondition: Precondition,
  patch: (row: TenantRow) => Partial<Pick<TenantRow, 'name' | 'ceilings' | 'settings'>>,
): Promise<Tenant> {
  return change(app, ctx, async (unit) => {
    const row = await lockTenant(unit.tx, app.database.dialect, ctx.tenantId);
    if (!row) throw notFound('tenant');
    checkPrecondition(precondition.ifMatch, precondition.tagOf(toTenant(row)));
    const fields = patch(row);
    const changed = Object.entries(fields).filter(([name, value]) => row[name as keyof TenantRow] !== value);
    if (changed.length === 0) return toTenant(row);
    const after = { ...row, ...fields, updated_at: Math.max(app.clock.wallMs(), row.updated_at + 1) };
    await updateTenant(unit.tx, row.id, { ...fields, updated_at: after.updated_at });
    const facts = (of: TenantRow) => {
      const { name, ceilings, settings } = toTenant(of);
      return { name, ceilings, settings };
    };
    await recordChange(app, ctx, unit, { action, targetId: row.id, before: facts(row), after: facts(after) });
    unit.afterCommit.push(() => app.policies.dropTenant(row.id));
    return toTenant(after);
  });
}

/** When it returns this node admits requests by the new ceilings. */
export function patchTenant(
  app: App,
  ctx: Context,
  patch: TenantPatch,
  precondition: Precondition,
): Promise<Tenant> {
  return changeTenant(app, ctx, 'tenant.updated', precondition, (row) => ({
    ...(patch.name === undefined ? {} : { name: patch.name }),
    ...(patch.ceilings === undefined
      ? {}
      : {
          ceilings: JSON.stringify(
            patch.ceilings === null ? {} : mergedCeilings(toTenant(row).ceilings, patch.ceilings),
          ),
        }),
  }));
}

/** A name that is misspelt would quietly keep everybody from a scope. */
function requireKnownScopes(app: App, { keyPolicy }: TenantSettings): void {
  const errors = roleNames.flatMap((role) =>
    (keyPolicy.grants[role].scopes ?? []).flatMap((scope, i) => {
      const path = `keyPolicy.grants.${role}.scopes.${i}`;
      const message = 'there is no such scope; GET /api/v1/scopes lists them';
      return app.catalogue.all.has(scope) ? [] : [{ path, message }];
    }),
  );
  if (errors.length > 0) throw invalid(...errors);
}

/** `patch` was checked against the contract: its members are known, their values in bounds. */
export function patchSettings(
  app: App,
  ctx: Context,
  patch: { readonly [name: string]: unknown },
  precondition: Precondition,
): Promise<Tenant> {
  return changeTenant(app, ctx, 'settings.updated', precondition, (row) => {
    const settings = mergePatch(JSON.parse(row.settings), patch);
    requireKnownScopes(app, settingsOf(settings));
    return { settings: JSON.stringify(settings) };
  });
}
