import type { Environment } from '../../core/environments.ts';
import {
  type AgePolicy,
  defaultExpiry,
  grantedScopes,
  type KeyOwner,
  type KeyPolicy,
  latestExpiry,
  namePatternFor,
  personalScopes,
} from '../../core/key-policy.ts';
import { suggestName } from '../../core/name-pattern.ts';
import { grantableScopes, keyArea, roleAllows } from '../../core/roles.ts';
import { expandScopes } from '../../core/scopes.ts';
import { type RateLimit, type TierName, tierNames } from '../../core/tiers.ts';
import { tenantBounds } from '../../store/keys.ts';
import { type App, type Context, inEnvironment, reader } from '../app.ts';
import { rulesIn } from '../tenant-rules.ts';
import { roleBehind } from './policy.ts';

export interface OwnPolicy extends AgePolicy {
  readonly environment: Environment;
  readonly owner: KeyOwner;
  readonly mayCreate: boolean;
  readonly namePattern: string | null;
  readonly suggestedName: string | null;
  readonly defaultExpiresAt: number | null;
  readonly latestExpiresAt: number | null;
  readonly tiers: readonly TierName[];
  readonly scopes: readonly string[];
  readonly ceiling: RateLimit | null;
}

function mayCreate({ caller, environment }: Context, owner: KeyOwner): boolean {
  if (caller.kind === 'key') return owner === 'tenant' && caller.policy.scopes.has('api_keys:write');
  if (caller.kind === 'system') return owner === 'tenant';
  return roleAllows(caller.role, owner === 'user' ? 'personal_keys' : keyArea(environment), 'write');
}

function scopesFor(app: App, ctx: Context, owner: KeyOwner, policy: KeyPolicy): ReadonlySet<string> {
  const { caller, environment } = ctx;
  if (caller.kind === 'system') return app.catalogue.all;
  if (caller.kind === 'user' && owner === 'user') {
    return personalScopes(caller.role, environment, policy, app.catalogue);
  }
  const held =
    caller.kind === 'key'
      ? caller.policy.scopes
      : expandScopes(grantableScopes(caller.role, app.catalogue), app.catalogue.all);
  const role = roleBehind(ctx);
  const granted = role && grantedScopes(policy, role, app.catalogue);
  return granted ? new Set([...held].filter((scope) => granted.has(scope))) : held;
}

/** What the tenant demands of a key that the caller would create now, and what they may put into it. */
export async function readOwnPolicy(
  app: App,
  context: Context,
  input: { readonly environment?: Environment; readonly owner: KeyOwner; readonly serviceName?: string },
): Promise<OwnPolicy> {
  const { owner, serviceName } = input;
  const isBound = context.caller.kind === 'key';
  const ctx = inEnvironment(
    context,
    isBound ? context.environment : (input.environment ?? context.environment),
  );
  const { ceilings, settings } = await tenantBounds(reader(app, ctx), ctx.tenantId);
  const { keyPolicy } = rulesIn(settings);
  const agePolicy = keyPolicy.environments[ctx.environment];
  const now = app.clock.wallMs();
  const role = roleBehind(ctx);
  return {
    ...agePolicy,
    environment: ctx.environment,
    owner,
    mayCreate: mayCreate(ctx, owner),
    namePattern: namePatternFor(keyPolicy, owner),
    suggestedName: serviceName === undefined ? null : suggestName(serviceName, now),
    defaultExpiresAt: defaultExpiry(agePolicy, now),
    latestExpiresAt: latestExpiry(agePolicy, now),
    tiers: (role && keyPolicy.grants[role].tiers) ?? tierNames,
    scopes: [...scopesFor(app, ctx, owner, keyPolicy)].sort(),
    ceiling: ceilings[ctx.environment] ?? null,
  };
}
