import { cidrsWithin } from './cidr.ts';
import type { RateLimit } from './tiers.ts';

/** How far a key reaches, or how far a caller may let a key reach. null means unbounded. */
export interface Extent {
  readonly scopes: ReadonlySet<string>;
  readonly limits: RateLimit | null;
  readonly expiresAt: number | null;
  readonly ipAllowlist: readonly string[];
  readonly customerIds: readonly string[];
}

export type ExceedName =
  | 'scopes'
  | 'rateLimit.perMinute'
  | 'rateLimit.burst'
  | 'rateLimit.perDay'
  | 'expiresAt'
  | 'ipAllowlist'
  | 'customerIds'
  | 'self';

function isSubset<T>(inner: Iterable<T>, outer: ReadonlySet<T>): boolean {
  for (const item of inner) if (!outer.has(item)) return false;
  return true;
}

/** The limits in which `target` goes beyond `bound`. */
export function exceededLimits(target: RateLimit, bound: RateLimit): ExceedName[] {
  const names: ExceedName[] = [];
  if (target.perMinute > bound.perMinute) names.push('rateLimit.perMinute');
  if (target.burst > bound.burst) names.push('rateLimit.burst');
  if (target.perDay > bound.perDay) names.push('rateLimit.perDay');
  return names;
}

/** Nobody gives more than they have: every dimension in which `target` reaches beyond `bound`; empty means within. */
export function exceeds(target: Extent, bound: Extent): ExceedName[] {
  const names: ExceedName[] = [];
  if (!isSubset(target.scopes, bound.scopes)) names.push('scopes');
  if (bound.limits && target.limits) names.push(...exceededLimits(target.limits, bound.limits));
  if (bound.expiresAt !== null && (target.expiresAt === null || target.expiresAt > bound.expiresAt)) {
    names.push('expiresAt');
  }
  const isIpBound = bound.ipAllowlist.length > 0;
  if (
    isIpBound &&
    (target.ipAllowlist.length === 0 || !cidrsWithin([...target.ipAllowlist], [...bound.ipAllowlist]))
  ) {
    names.push('ipAllowlist');
  }
  const isCustomerBound = bound.customerIds.length > 0;
  if (
    isCustomerBound &&
    (target.customerIds.length === 0 || !isSubset(target.customerIds, new Set(bound.customerIds)))
  ) {
    names.push('customerIds');
  }
  return names;
}
