import type { Environment } from './environments.ts';
import { expandScopes, type ScopeCatalogue } from './scopes.ts';

export const roleNames = ['owner', 'admin', 'developer', 'viewer'] as const;
export type Role = (typeof roleNames)[number];

export type Access = 'write' | 'read' | 'counts' | 'none';

export const areaNames = [
  'members',
  'production_keys',
  'other_keys',
  'settings',
  'logs',
  'audit',
  'personal_keys',
] as const;
export type Area = (typeof areaNames)[number];

interface AreaRow extends Record<Role, Access> {
  readonly label: string;
  readonly note?: string;
}

/** What each role may do. Checks, the OpenAPI texts and docs/roles.md all come from this table. */
export const roleTable: Record<Area, AreaRow> = {
  members: {
    label: 'Members, roles, tenant',
    owner: 'write',
    admin: 'write',
    developer: 'none',
    viewer: 'none',
    note: 'An admin cannot change, remove or appoint an owner.',
  },
  production_keys: {
    label: 'Tenant keys of production',
    owner: 'write',
    admin: 'write',
    developer: 'read',
    viewer: 'read',
  },
  other_keys: {
    label: 'Tenant keys of other environments',
    owner: 'write',
    admin: 'write',
    developer: 'write',
    viewer: 'read',
  },
  settings: {
    label: 'Settings, webhooks, alerts',
    owner: 'write',
    admin: 'write',
    developer: 'read',
    viewer: 'none',
  },
  logs: {
    label: 'Logs, usage',
    owner: 'read',
    admin: 'read',
    developer: 'read',
    viewer: 'counts',
    note: 'Counts only: no bodies, no addresses.',
  },
  audit: { label: 'Audit', owner: 'read', admin: 'read', developer: 'none', viewer: 'none' },
  personal_keys: {
    label: 'Personal keys',
    owner: 'write',
    admin: 'write',
    developer: 'write',
    viewer: 'write',
  },
};

/** The scopes a role may put into a key. */
const grantRules: Record<Role, { readonly label: string; readonly allows: (scope: string) => boolean }> = {
  owner: { label: 'all', allows: () => true },
  admin: { label: 'all', allows: () => true },
  developer: {
    label: 'all but `api_keys:*`, `jobs:write`, `bulk:write`, `audit:read`',
    allows: (scope) =>
      !scope.startsWith('api_keys:') && !['jobs:write', 'bulk:write', 'audit:read'].includes(scope),
  },
  viewer: {
    label: 'every `:read` but those of `logs`, `api_keys`, `jobs`, `audit`',
    allows: (scope) =>
      scope.endsWith(':read') && !['logs:read', 'api_keys:read', 'jobs:read', 'audit:read'].includes(scope),
  },
};

export function grantLabel(role: Role): string {
  return grantRules[role].label;
}

export function grantableScopes(role: Role, catalogue: ScopeCatalogue): ReadonlySet<string> {
  return new Set([...catalogue.all].filter(grantRules[role].allows));
}

const order: Record<Access, number> = { none: 0, counts: 1, read: 2, write: 3 };

export function roleAllows(role: Role, area: Area, access: Access): boolean {
  return order[roleTable[area][role]] >= order[access];
}

/** Nobody grants a role above their own. */
export function mayGrantRole(own: Role, granted: Role): boolean {
  return roleNames.indexOf(own) <= roleNames.indexOf(granted);
}

export function keyArea(environment: Environment): Area {
  return environment === 'production' ? 'production_keys' : 'other_keys';
}

/** Scopes whose right comes from the role table rather than from what the role may grant. */
function areaOfScope(scope: string, environment: Environment): Area | null {
  if (scope.startsWith('api_keys:')) return keyArea(environment);
  if (scope.startsWith('webhooks:')) return 'settings';
  if (scope.startsWith('logs:') || scope.startsWith('analytics:')) return 'logs';
  return scope.startsWith('audit:') ? 'audit' : null;
}

function accessOfScope(scope: string): Access {
  if (scope === 'analytics:read') return 'counts';
  return scope.endsWith(':read') ? 'read' : 'write';
}

/** What a signed-in person of this role may call in this environment, in the words of scopes. */
export function sessionScopes(
  role: Role,
  environment: Environment,
  catalogue: ScopeCatalogue,
): ReadonlySet<string> {
  const allowed = [...catalogue.all].filter((scope) => {
    const area = areaOfScope(scope, environment);
    return area ? roleAllows(role, area, accessOfScope(scope)) : grantRules[role].allows(scope);
  });
  return expandScopes(allowed, catalogue.all);
}
