import type { Environment } from '../../core/environments.ts';
import type { Concern } from '../../core/key-policy.ts';
import type { RateLimit } from '../../core/tiers.ts';
import { AppError, invalid } from '../../errors.ts';
import type { KeyFilters } from '../../store/key-filters.ts';
import { deleteKey as deleteKeyRow, type KeyRow, secretsOf, updateKey } from '../../store/keys.ts';
import { type App, type Context, change, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { checkPrecondition } from '../precondition.ts';
import { type PolicyInput, requireFuture, resolveAllowlist, resolveLimits, searchText } from './create.ts';
import { bindCustomers, resolveCustomers } from './customers.ts';
import {
  auditView,
  conflict,
  type KeyDetails,
  lockKeyRow,
  type Propagation,
  propagationSince,
  rereadKey,
  statusOf,
} from './details.ts';
import { publishKey } from './events.ts';
import { holdKey, holdOwnKey } from './hold.ts';
import { visibleKeys } from './personal.ts';
import { grantsOf, requirePolicy } from './policy.ts';
import { refuseSelf, requireWithin } from './rights.ts';

export type Changed = KeyDetails & { readonly propagation: Propagation };

export interface PatchKeyInput extends Omit<PolicyInput, 'scopes' | 'bundle' | 'rateLimit'> {
  readonly rateLimit?: Partial<RateLimit>;
  readonly name?: string;
  readonly description?: string | null;
  readonly scopes?: unknown;
  readonly bundle?: unknown;
  readonly environment?: unknown;
}

function mergedLimits(key: KeyRow, { rateLimit }: PatchKeyInput): RateLimit | undefined {
  if (!rateLimit) return undefined;
  const merged = { perMinute: key.per_minute, burst: key.burst, perDay: key.per_day, ...rateLimit };
  if (merged.burst <= merged.perMinute) return merged;
  throw invalid({ path: 'rateLimit.burst', message: `must not be more than perMinute, ${merged.perMinute}` });
}

function patchedColumns(app: App, key: KeyRow, input: PatchKeyInput): Partial<KeyRow> {
  const columns: Partial<KeyRow> = {};
  if (input.name !== undefined) columns.name = input.name;
  if (input.description !== undefined) columns.description = input.description;
  if (input.tier || input.rateLimit) {
    const { tier, perMinute, burst, perDay } = resolveLimits({
      tier: input.tier,
      rateLimit: mergedLimits(key, input),
    });
    Object.assign(columns, { tier, per_minute: perMinute, burst, per_day: perDay });
  }
  if (input.ipAllowlist !== undefined) columns.ip_allowlist = resolveAllowlist(input.ipAllowlist);
  if (input.customerIds !== undefined) columns.customer_ids = resolveCustomers(input.customerIds);
  if (input.expiresAt !== undefined) columns.expires_at = requireFuture(app, input.expiresAt);
  if (input.name !== undefined || input.description !== undefined) {
    columns.search_text = searchText({ ...key, ...columns });
  }
  return columns;
}

function refuseImmutable(input: PatchKeyInput): void {
  const refuse = (code: 'scopes_immutable' | 'environment_immutable', path: string) => {
    throw new AppError(code, undefined, { members: { errors: [{ path, message: 'cannot be changed' }] } });
  };
  if (input.scopes !== undefined) refuse('scopes_immutable', 'scopes');
  if (input.bundle !== undefined) refuse('scopes_immutable', 'bundle');
  if (input.environment !== undefined) refuse('environment_immutable', 'environment');
}

/** What was right once may stay as it is, but for the end: a key that lives too long is not changed without being given one. */
function concernsOf(input: PatchKeyInput): Concern[] {
  const limits = input.tier || input.rateLimit ? (['tier', 'ceiling'] as const) : [];
  return [...(input.name === undefined ? [] : (['name'] as const)), 'expiry', ...limits];
}

/** Merge patch. A patch that changes nothing leaves no trace. */
export async function patchKey(
  app: App,
  context: Context,
  id: string,
  input: PatchKeyInput,
  precondition: { readonly ifMatch: string | undefined; readonly tagOf: (key: KeyRow) => string },
): Promise<Changed> {
  const started = app.clock.monotonicMs();
  refuseImmutable(input);
  refuseSelf(context, id);
  return change(app, context, async (unit) => {
    const { ctx, key } = await holdOwnKey(app, context, unit, id);
    checkPrecondition(precondition.ifMatch, precondition.tagOf(key));
    const columns = patchedColumns(app, key, input);
    const after = { ...key, ...columns };
    requireWithin(app, ctx, key, after);
    await requirePolicy(app, ctx, unit, key, grantsOf(ctx, key));
    await requirePolicy(app, ctx, unit, after, concernsOf(input));
    const isSame = Object.entries(columns).every(([name, value]) => key[name as keyof KeyRow] === value);
    if (!isSame) {
      await updateKey(unit.tx, id, { ...columns, updated_at: app.clock.wallMs() });
      await bindCustomers(app, ctx, unit, after, key);
      unit.afterCommit.push(() => app.policies.drop(id));
      await recordChange(app, ctx, unit, {
        action: 'key.updated',
        targetId: id,
        before: auditView(key),
        after: auditView(after),
      });
      await publishKey(app, ctx, unit, 'key.updated', id, key);
    }
    return { ...(await rereadKey(app, ctx, unit, id)), propagation: propagationSince(app, started) };
  });
}

/** Whether it was not inactive already. */
export async function revokeRow(
  app: App,
  ctx: Context,
  unit: Unit,
  key: KeyRow,
  reason: string | null,
): Promise<boolean> {
  const now = app.clock.wallMs();
  if (statusOf(key, now) === 'inactive') return false;
  await updateKey(unit.tx, key.id, {
    is_active: 0,
    revoked_at: now,
    revoked_reason: reason,
    is_compromised: reason === 'compromised' ? 1 : 0,
    updated_at: now,
  });
  unit.afterCommit.push(() => app.policies.drop(key.id));
  await recordChange(app, ctx, unit, {
    action: 'key.revoked',
    targetId: key.id,
    before: { isActive: true },
    after: { isActive: false, reason },
  });
  await publishKey(app, ctx, unit, 'key.revoked', key.id);
  return true;
}

/** When it returns no request is admitted with this key any more. Revoking an inactive key changes nothing. */
export async function revokeKey(app: App, ctx: Context, id: string, reason: string | null): Promise<Changed> {
  const started = app.clock.monotonicMs();
  return change(app, ctx, async (unit) => {
    const key = await lockKeyRow(app, ctx, unit, id);
    await revokeRow(app, ctx, unit, key, reason);
    return { ...(await rereadKey(app, ctx, unit, id)), propagation: propagationSince(app, started) };
  });
}

/** Undoes a revocation, or the end that a replacement brought. */
export async function activateKey(app: App, context: Context, id: string): Promise<Changed> {
  const started = app.clock.monotonicMs();
  refuseSelf(context, id);
  return change(app, context, async (unit) => {
    const { ctx, key } = await holdOwnKey(app, context, unit, id);
    requireWithin(app, ctx, key);
    const now = app.clock.wallMs();
    if (statusOf(key, now) === 'inactive') {
      await requirePolicy(app, ctx, unit, key, ['expiry', 'tier', ...grantsOf(ctx, key)]);
      if (key.is_compromised === 1) {
        throw conflict(
          'The key was revoked as compromised. Regenerate it first, so that the leaked secret stays dead.',
        );
      }
      const columns = { is_active: 1, revoked_at: null, revoked_reason: null, ends_at: null };
      await updateKey(unit.tx, id, { ...columns, updated_at: now });
      unit.afterCommit.push(() => app.policies.drop(id));
      await recordChange(app, ctx, unit, {
        action: 'key.activated',
        targetId: id,
        before: { isActive: false, reason: key.revoked_reason },
        after: { isActive: true },
      });
      await publishKey(app, ctx, unit, 'key.activated', id);
    }
    return { ...(await rereadKey(app, ctx, unit, id)), propagation: propagationSince(app, started) };
  });
}

/** For ever; the audit log keeps what it was. */
export async function deleteKey(
  app: App,
  context: Context,
  id: string,
  precondition: { readonly ifMatch: string | undefined; readonly tagOf: (key: KeyRow) => string },
): Promise<Propagation> {
  const started = app.clock.monotonicMs();
  await change(app, context, async (unit) => {
    const { ctx, key } = await holdKey(app, context, unit, id);
    checkPrecondition(precondition.ifMatch, precondition.tagOf(key));
    requireWithin(app, ctx, key);
    await requirePolicy(app, ctx, unit, key, grantsOf(ctx, key));
    const secrets = await secretsOf(unit.tx, [id]);
    await publishKey(app, ctx, unit, 'key.deleted', id);
    await deleteKeyRow(unit.tx, id);
    unit.afterCommit.push(() => app.policies.drop(id));
    await recordChange(app, ctx, unit, {
      action: 'key.deleted',
      targetId: id,
      before: auditView(key, secrets),
    });
  });
  return propagationSince(app, started);
}

export interface ListKeysInput {
  readonly limit: number;
  readonly cursor?: string;
  readonly environment?: Environment;
  readonly status?: KeyFilters['status'];
  readonly scope?: string;
  readonly tier?: string;
  readonly owner?: string;
  readonly q?: string;
  readonly unusedForDays?: number;
}

export function filtersOf(app: App, ctx: Context, input: ListKeysInput): KeyFilters {
  const { status, tier, owner, q, scope, unusedForDays } = input;
  const visible = visibleKeys(ctx);
  const unusedSince =
    unusedForDays === undefined ? undefined : app.clock.wallMs() - unusedForDays * 86_400_000;
  if (scope === undefined) return { ...visible, status, tier, owner, q, unusedSince };
  if (!app.catalogue.all.has(scope)) throw invalid({ path: 'scope', message: 'there is no such scope' });
  const names = scope.endsWith(':read') ? [scope, `${scope.slice(0, -':read'.length)}:write`] : [scope];
  return {
    ...visible,
    status,
    tier,
    owner,
    q,
    unusedSince,
    scope: { names, isInherited: app.catalogue.inherited.has(scope) },
  };
}
