import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import { likePattern } from './dialect.ts';
import type { Schema } from './schema.ts';

export interface KeyFilters {
  readonly status?: 'active' | 'inactive' | 'expired';
  /** Keys that hold it: by name, by the `write` that implies it, or by inheritance where `isInherited`. */
  readonly scope?: { readonly names: readonly string[]; readonly isInherited: boolean };
  readonly tier?: string;
  readonly owner?: string;
  /** Personal keys of this person only. */
  readonly ownedBy?: string;
  /** All but the personal keys of others than this person. */
  readonly visibleTo?: string;
  readonly q?: string;
  /** Not used since this moment (epoch ms); never used counts from creation. */
  readonly unusedSince?: number;
  readonly createdBy?: string;
  readonly ids?: readonly string[];
}

export function inPlace(db: Db, place: Place) {
  return db
    .selectFrom('keys')
    .selectAll('keys')
    .where('keys.tenant_id', '=', place.tenantId)
    .where('keys.environment', '=', place.environment);
}

export type KeyQuery = ReturnType<typeof inPlace>;

function whereStatus(query: KeyQuery, status: NonNullable<KeyFilters['status']>, now: number): KeyQuery {
  return query.where((e) => {
    const isEnded = e.or([
      e('is_active', '=', 0),
      e.and([e('ends_at', 'is not', null), e('ends_at', '<=', now)]),
    ]);
    const isExpired = e.and([e('expires_at', 'is not', null), e('expires_at', '<=', now)]);
    if (status === 'inactive') return isEnded;
    if (status === 'expired') return e.and([e.not(isEnded), isExpired]);
    return e.and([e.not(isEnded), e.not(isExpired)]);
  });
}

/** Name and description by substring. */
export function hasText(q: string): RawBuilder<boolean> {
  return sql`keys.search_text like ${likePattern(q.toLowerCase())} escape '\\'`;
}

/** A whole id, or the hint of any secret by its beginning. */
export function hasMark(q: string): RawBuilder<boolean> {
  return sql`(keys.id = ${q} or exists (select 1 from secrets
    where secrets.key_id = keys.id and secrets.hint like ${likePattern(q).slice(1)} escape '\\'))`;
}

export function applyFilters(query: KeyQuery, filters: KeyFilters, now: number): KeyQuery {
  let q = query;
  if (filters.status) q = whereStatus(q, filters.status, now);
  if (filters.tier) q = q.where('tier', '=', filters.tier);
  if (filters.owner) q = q.where('owner', '=', filters.owner);
  if (filters.ownedBy !== undefined) {
    q = q.where('owner', '=', 'user').where('owner_user_id', '=', filters.ownedBy);
  }
  if (filters.visibleTo !== undefined) {
    const { visibleTo } = filters;
    q = q.where((e) => e.or([e('owner', '=', 'tenant'), e('owner_user_id', '=', visibleTo)]));
  }
  if (filters.createdBy) q = q.where('created_by', '=', filters.createdBy);
  if (filters.ids) q = q.where('keys.id', 'in', filters.ids);
  if (filters.scope) {
    const { names, isInherited } = filters.scope;
    q = q.where((e: ExpressionBuilder<Schema, 'keys'>) => {
      const named = names.map((name) => e('scopes', 'like', `%"${name}"%`));
      return e.or(isInherited ? [...named, e('scopes', '=', '[]')] : named);
    });
  }
  if (filters.unusedSince !== undefined) {
    q = q.where(sql<boolean>`coalesce(last_used_at, created_at) < ${filters.unusedSince}`);
  }
  return q;
}
