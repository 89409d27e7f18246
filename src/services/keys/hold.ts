import type { KeyRow } from '../../store/keys.ts';
import type { App, Context, Unit } from '../app.ts';
import { holdTenant } from '../people/invitations.ts';
import { lockKeyRow } from './details.ts';
import { requireOwner } from './personal.ts';
import { requireKeyRole } from './rights.ts';

/** The same call with the role its person has now, which stays until the transaction ends: neither is it changed, nor the person removed. */
export async function asPresent(app: App, ctx: Context, unit: Unit): Promise<Context> {
  const { caller } = ctx;
  if (caller.kind !== 'user') return ctx;
  return { ...ctx, caller: { ...caller, role: await holdTenant(app, ctx, unit) } };
}

interface Held {
  readonly ctx: Context;
  readonly key: KeyRow;
}

/** A key that is about to be changed, and the call `asPresent`. */
export async function holdKey(app: App, context: Context, unit: Unit, id: string): Promise<Held> {
  const ctx = await asPresent(app, context, unit);
  const key = await lockKeyRow(app, ctx, unit, id);
  if (key.owner !== 'user') requireKeyRole(ctx, ctx.environment);
  return { ctx, key };
}

/** For what only the owner of a personal key may do. */
export async function holdOwnKey(app: App, context: Context, unit: Unit, id: string): Promise<Held> {
  const held = await holdKey(app, context, unit, id);
  requireOwner(held.ctx, held.key);
  return held;
}
