import type { Environment } from '../../core/environments.ts';
import { notFound } from '../../errors.ts';
import { endSecret, endSecrets, type KeyRow, secretsOf, updateKey } from '../../store/keys.ts';
import { type App, type Context, change, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { addSecret, type CreatedKey, newKeyRow, requireAllowed, storeKey } from './create.ts';
import {
  conflict,
  type Propagation,
  propagationSince,
  readKey,
  rereadKey,
  secretStatusOf,
  statusOf,
} from './details.ts';
import { publishKey } from './events.ts';
import { holdOwnKey } from './hold.ts';
import { grantsOf, requirePolicy } from './policy.ts';
import { refuseSelf, requireWithin } from './rights.ts';
import { endOfSecret } from './view.ts';

export type Reissued = CreatedKey & { readonly propagation: Propagation };

function narrowed(app: App, unit: Unit, keyId: string): void {
  unit.afterCommit.push(() => app.policies.drop(keyId));
}

/** A new secret; every older one is retired at once. The status stays what it is. */
export async function regenerateKey(app: App, context: Context, id: string): Promise<Reissued> {
  const started = app.clock.monotonicMs();
  return change(app, context, async (unit) => {
    const { ctx, key } = await holdOwnKey(app, context, unit, id);
    requireWithin(app, ctx, key);
    await requirePolicy(app, ctx, unit, key, grantsOf(ctx, key));
    const now = app.clock.wallMs();
    const before = await secretsOf(unit.tx, [id]);
    await endSecrets(unit.tx, id, now);
    const secret = await addSecret(app, unit, id, ctx.environment);
    await updateKey(unit.tx, id, { is_compromised: 0, updated_at: now });
    narrowed(app, unit, id);
    await recordChange(app, ctx, unit, {
      action: 'key.regenerated',
      targetId: id,
      before: { retired: before.filter((s) => secretStatusOf(s, now) !== 'retired').map((s) => s.id) },
      after: { secretId: secret.row.id, hint: secret.row.hint },
    });
    await publishKey(app, ctx, unit, 'key.regenerated', id);
    const details = await rereadKey(app, ctx, unit, id);
    return { ...details, secret: secret.text, propagation: propagationSince(app, started) };
  });
}

export interface RotateInput {
  readonly gracePeriodSeconds: number;
  readonly endRetiring: boolean;
}

/** A new secret; the old one retires when the grace ends, and never later than the key expires. */
export async function rotateKey(
  app: App,
  context: Context,
  id: string,
  input: RotateInput,
): Promise<Reissued> {
  const started = app.clock.monotonicMs();
  return change(app, context, async (unit) => {
    const { ctx, key } = await holdOwnKey(app, context, unit, id);
    requireWithin(app, ctx, key);
    await requirePolicy(app, ctx, unit, key, grantsOf(ctx, key));
    const now = app.clock.wallMs();
    requireActive(key, now, 'rotated');
    const details = await readKey(app, { ...ctx, unit }, id);
    const { secrets } = details;
    const retiring = secrets.find((secret) => secretStatusOf(secret, now) === 'retiring');
    const retiringUntil = retiring ? endOfSecret(details, retiring)! : now;
    if (retiring && retiringUntil > now && !input.endRetiring) {
      throw conflict('A secret of this key is still retiring. End it first, or send "endRetiring": true.', {
        retiringSecretId: retiring.id,
        retiringUntil: new Date(retiringUntil).toISOString(),
        lastUsedAt: retiring.last_used_at === null ? null : new Date(retiring.last_used_at).toISOString(),
      });
    }
    if (retiring) await endSecret(unit.tx, retiring.id, now);
    const current = secrets.find((secret) => secret.ends_at === null);
    const endsAt = Math.min(
      now + input.gracePeriodSeconds * 1_000,
      key.expires_at ?? Infinity,
      key.ends_at ?? Infinity,
    );
    if (current) await endSecret(unit.tx, current.id, endsAt);
    const secret = await addSecret(app, unit, id, ctx.environment);
    await updateKey(unit.tx, id, { updated_at: now });
    narrowed(app, unit, id);
    await recordChange(app, ctx, unit, {
      action: 'key.rotated',
      targetId: id,
      before: { secretId: current?.id ?? null, ended: retiring?.id ?? null },
      after: { secretId: secret.row.id, hint: secret.row.hint, retiresAt: endsAt },
    });
    await publishKey(app, ctx, unit, 'key.rotated', id);
    const rotated = await rereadKey(app, ctx, unit, id);
    return { ...rotated, secret: secret.text, propagation: propagationSince(app, started) };
  });
}

function requireActive(key: KeyRow, now: number, verb: string): void {
  const status = statusOf(key, now);
  if (status !== 'active')
    throw conflict(`The key is ${status}, so it cannot be ${verb}.`, { keyStatus: status });
}

/** Ends a retiring secret now. Ending one that is retired changes nothing. */
export async function endRetiringSecret(
  app: App,
  context: Context,
  id: string,
  secretId: string,
): Promise<void> {
  await change(app, context, async (unit) => {
    const { ctx, key } = await holdOwnKey(app, context, unit, id);
    requireWithin(app, ctx, key);
    await requirePolicy(app, ctx, unit, key, grantsOf(ctx, key));
    const now = app.clock.wallMs();
    const secret = (await secretsOf(unit.tx, [id])).find((s) => s.id === secretId);
    if (!secret) throw notFound('secret');
    const status = secretStatusOf(secret, now);
    if (status === 'current') {
      throw conflict('This is the current secret of the key. Rotate or regenerate the key, or revoke it.');
    }
    if (status === 'retired') return;
    await endSecret(unit.tx, secretId, now);
    await updateKey(unit.tx, id, { updated_at: now });
    narrowed(app, unit, id);
    await recordChange(app, ctx, unit, {
      action: 'key.secret_ended',
      targetId: id,
      before: { secretId, endsAt: secret.ends_at },
      after: { secretId, endsAt: now },
    });
  });
}

export interface ReplaceInput {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly bundle?: string;
  readonly gracePeriodSeconds: number;
}

/** A new key with other scopes that goes on with the old one's limits; the old one ends when the grace does. */
export async function replaceKey(
  app: App,
  context: Context,
  id: string,
  input: ReplaceInput,
): Promise<Reissued> {
  const started = app.clock.monotonicMs();
  refuseSelf(context, id);
  return change(app, context, async (unit) => {
    const { ctx, key: old } = await holdOwnKey(app, context, unit, id);
    const now = app.clock.wallMs();
    requireWithin(app, ctx, old);
    await requirePolicy(app, ctx, unit, old, grantsOf(ctx, old));
    requireActive(old, now, 'replaced');
    if (old.ends_at !== null)
      throw conflict('The key is being replaced already.', { replacedBy: old.replaced_by });
    const row = {
      ...newKeyRow(app, ctx, heirInput(old, input), { limitGroup: old.limit_group, replaces: id }),
      ...heirColumns(old),
    };
    await requireAllowed(app, ctx, unit, row);
    const created = await storeKey(app, ctx, unit, row, 'key.created');
    const endsAt = now + input.gracePeriodSeconds * 1_000;
    await updateKey(unit.tx, id, { replaced_by: row.id, ends_at: endsAt, updated_at: now });
    narrowed(app, unit, id);
    await recordChange(app, ctx, unit, {
      action: 'key.replaced',
      targetId: id,
      after: { replacedBy: row.id, endsAt },
    });
    await publishKey(app, ctx, unit, 'key.replaced', id);
    return { ...created, propagation: propagationSince(app, started) };
  });
}

function heirInput(old: KeyRow, input: ReplaceInput) {
  const { name = old.name, scopes, bundle } = input;
  return { name, scopes, bundle, description: old.description, environment: old.environment as Environment };
}

/** What a replacement has from the old key as it stands, expiry included. */
function heirColumns(old: KeyRow) {
  const { tier, per_minute, burst, per_day, ip_allowlist, customer_ids, expires_at, owner, owner_user_id } =
    old;
  return { tier, per_minute, burst, per_day, ip_allowlist, customer_ids, expires_at, owner, owner_user_id };
}
