import { roleAllows } from '../../core/roles.ts';
import { AppError } from '../../errors.ts';
import type { KeyFilters } from '../../store/key-filters.ts';
import type { KeyRow } from '../../store/keys.ts';
import type { Context } from '../app.ts';

export type OwnedRow = Pick<KeyRow, 'owner' | 'owner_user_id'>;

/** A personal key of the person who asks. */
export function isOwn({ caller }: Context, key: OwnedRow): boolean {
  return caller.kind === 'user' && key.owner === 'user' && key.owner_user_id === caller.id;
}

/**
 * Whether the caller may see the personal keys of others: administrators, and keys, since only administrators put
 * `api_keys:read` into one.
 */
function seesAll({ caller }: Context): boolean {
  return caller.kind !== 'user' || roleAllows(caller.role, 'members', 'write');
}

/** To whom a key is not visible it does not exist. */
export function isVisible(ctx: Context, key: OwnedRow): boolean {
  if (ctx.isPersonal) return isOwn(ctx, key);
  return key.owner !== 'user' || seesAll(ctx) || isOwn(ctx, key);
}

/** The same for lists. */
export function visibleKeys(ctx: Context): Pick<KeyFilters, 'ownedBy' | 'visibleTo'> {
  if (ctx.isPersonal) return { ownedBy: ctx.caller.id };
  return seesAll(ctx) ? {} : { visibleTo: ctx.caller.id };
}

/** Nobody but its owner changes a personal key or gets a secret of it; the key itself may take a new one. */
export function requireOwner(ctx: Context, key: OwnedRow & { readonly id: string }): void {
  if (key.owner !== 'user' || isOwn(ctx, key) || ctx.caller.id === key.id) return;
  throw new AppError(
    'role_not_allowed',
    'This is a personal key: only its owner may change it or take a new secret. You may revoke or delete it.',
    { members: { ownerUserId: key.owner_user_id } },
  );
}
