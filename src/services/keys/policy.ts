import { exceededLimits } from '../../core/exceeds.ts';
import {
  type Concern,
  ceilingViolation,
  type KeyOwner,
  type PlannedKey,
  type Violation,
  violationsOf,
} from '../../core/key-policy.ts';
import type { Role } from '../../core/roles.ts';
import { expandScopes } from '../../core/scopes.ts';
import type { TierName } from '../../core/tiers.ts';
import { AppError } from '../../errors.ts';
import { type KeyRow, tenantBounds } from '../../store/keys.ts';
import type { App, Context, Unit } from '../app.ts';
import { rulesIn } from '../tenant-rules.ts';
import { isOwn } from './personal.ts';

/** Whose grants bound a call: a personal key acts for its owner, another key for nobody. */
export function roleBehind({ caller }: Context): Role | null {
  if (caller.kind === 'user') return caller.role;
  return caller.kind === 'key' ? (caller.policy.owner?.role ?? null) : null;
}

function plannedKey(app: App, ctx: Context, row: KeyRow): PlannedKey {
  const named = JSON.parse(row.scopes) as string[];
  // What a personal key inherits is bound by the role and the policy of each moment.
  const inherited = isOwn(ctx, row) ? [] : app.catalogue.inherited;
  return {
    name: row.name,
    owner: row.owner as KeyOwner,
    environment: ctx.environment,
    tier: row.tier as TierName,
    expiresAt: row.expires_at,
    scopes: named.length === 0 ? new Set(inherited) : expandScopes(named, app.catalogue.all),
  };
}

/** What a role may give, of a key that is there; their own keep what they were given, as a key does itself. */
export function grantsOf(ctx: Context, key: KeyRow): Concern[] {
  return isOwn(ctx, key) || ctx.caller.id === key.id ? [] : ['tier', 'scopes'];
}

/** The tenant's policy for its keys: names every rule that the key, as it is about to be, would break. The command line stands above it. */
export async function requirePolicy(
  app: App,
  ctx: Context,
  unit: Unit,
  row: KeyRow,
  concerns: readonly Concern[],
): Promise<void> {
  if (ctx.caller.kind === 'system' || concerns.length === 0) return;
  const { ceilings, settings } = await tenantBounds(unit.tx, ctx.tenantId);
  const asked = { role: roleBehind(ctx), now: app.clock.wallMs(), catalogue: app.catalogue };
  const violations = violationsOf(rulesIn(settings).keyPolicy, plannedKey(app, ctx, row), concerns, asked);
  const ceiling = concerns.includes('ceiling') ? ceilings[ctx.environment] : undefined;
  const limits = { perMinute: row.per_minute, burst: row.burst, perDay: row.per_day };
  const above = ceiling ? exceededLimits(limits, ceiling) : [];
  if (ceiling && above.length > 0) violations.push(ceilingViolation(ctx.environment, ceiling, above));
  if (violations.length > 0) throw refusal(violations, above);
}

/** A ceiling alone is told as what it was before there were policies. */
function refusal(violations: readonly Violation[], exceeds: readonly string[]): AppError {
  const isCeilingAlone = violations.every(({ rule }) => rule === 'ceiling');
  const detail = violations.map(({ message }) => message).join(' ');
  const members = { violations, ...(exceeds.length > 0 ? { exceeds } : {}) };
  return new AppError(isCeilingAlone ? 'scope_escalation' : 'policy_violation', detail, { members });
}
