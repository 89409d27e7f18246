import type { z } from 'zod';
import * as contract from '../../contract/catalogue.ts';
import { decodeCursor, encodeCursor } from '../../core/cursor.ts';
import { environmentCatalog } from '../../core/environments.ts';
import { expandScopes } from '../../core/scopes.ts';
import { rateLimitBounds, tiers } from '../../core/tiers.ts';
import { invalid } from '../../errors.ts';
import type { App } from '../../services/app.ts';
import { ok, type Route, route } from '../route.ts';

function listScopes({ catalogue }: App): z.output<typeof contract.scopeView>[] {
  return catalogue.scopes.map(({ name, label, description, surface, action }) => {
    const implies = [...expandScopes([name], catalogue.all)].filter((other) => other !== name);
    return { name, label, description, surface, action, implies, inheritable: catalogue.inherited.has(name) };
  });
}

function listTiers(): z.output<typeof contract.rateLimitTierView>[] {
  const { perMinute, perDay } = rateLimitBounds;
  const custom = {
    name: 'custom',
    label: 'Custom',
    description: 'Limits of your own, within the bounds.',
    advice: 'Where no tier fits. Send rateLimit instead of a tier.',
    perMinute: null,
    burst: null,
    perDay: null,
    bounds: {
      perMinute: { min: 1, max: perMinute },
      burst: { min: 0, max: perMinute },
      perDay: { min: 1, max: perDay },
    },
  } as const;
  return [...tiers.map((tier) => ({ ...tier, bounds: null })), custom];
}

function listEnvironments({ settings }: App): z.output<typeof contract.environmentView>[] {
  return environmentCatalog.map((environment) => ({
    ...environment,
    secretPrefix: `${settings.keyPrefix}_${environment.keyPrefixKind}_`,
  }));
}

/** In the catalogue's own order; a cursor stands for the name it follows. */
function pageOf(
  items: readonly { readonly name: string }[],
  query: z.output<typeof contract.catalogueQuery>,
) {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const start = after === undefined ? 0 : items.findIndex(({ name }) => name === after) + 1;
  if (after === null || (after !== undefined && start === 0)) {
    throw invalid({ path: 'cursor', message: 'is not a cursor that this list handed out' });
  }
  const data = items.slice(start, start + query.limit);
  const isLast = start + query.limit >= items.length;
  return { data, nextCursor: isLast ? null : encodeCursor(data.at(-1)!.name) };
}

function catalogueRoute(
  path: string,
  operationId: string,
  [summary, description]: readonly [summary: string, description: string],
  answer: z.ZodType,
  list: (app: App) => readonly { readonly name: string }[],
): Route {
  return route({
    method: 'GET',
    path: `/api/v1/${path}`,
    operationId,
    tag: 'Catalogue',
    summary,
    description,
    access: { scopes: ['api_keys:read'] },
    query: contract.catalogueQuery,
    answers: { 200: answer },
    handler: async (app, _ctx, { query }) => ok(pageOf(list(app), query)),
  });
}

export const catalogueRoutes: Route[] = [
  catalogueRoute(
    'scopes',
    'listScopes',
    ['List scopes', 'Every scope of this installation, the operator’s own among them.'],
    contract.scopeCatalogue,
    listScopes,
  ),
  catalogueRoute(
    'scope-bundles',
    'listScopeBundles',
    ['List scope bundles', 'Named sets of scopes; a bundle is expanded when a key is created.'],
    contract.scopeBundleCatalogue,
    ({ catalogue }) => catalogue.bundles,
  ),
  catalogueRoute(
    'rate-limit-tiers',
    'listRateLimitTiers',
    [
      'List rate-limit tiers',
      'The tiers with their limits and what each is for, and the bounds of a custom limit.',
    ],
    contract.rateLimitTierCatalogue,
    listTiers,
  ),
  catalogueRoute(
    'environments',
    'listEnvironments',
    ['List environments', 'Data, keys, limits and logs of one environment never meet another’s.'],
    contract.environmentCatalogue,
    listEnvironments,
  ),
];
