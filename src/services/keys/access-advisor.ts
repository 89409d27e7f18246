import { expandScopes } from '../../core/scopes.ts';
import { type App, type Context, reader } from '../app.ts';
import { askTelemetry } from '../logs.ts';
import { keptSince } from '../retention/kept.ts';
import { readKey } from './details.ts';
import { withSeveralScopes } from './verdict-log.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface ScopeUse {
  readonly name: string;
  readonly requests: number;
  /** Epoch ms; null: not in the period. */
  readonly lastUsedAt: number | null;
}

export interface AccessAdvice {
  readonly from: number;
  readonly to: number;
  /** Every scope the key has. */
  readonly scopes: readonly ScopeUse[];
  /** A body for `replace`: just what was used. null: nothing was, nothing can be left out, or it cannot be told. */
  readonly replaceWith: { readonly scopes: readonly string[] } | null;
  /** The requests of the period judged again, as if the key had had only that. */
  readonly replay: { readonly requests: number; readonly refused: number };
}

/** What of its scopes a key used in the last `days`, and what it could do without. */
export async function adviseAccess(app: App, ctx: Context, id: string, days: number): Promise<AccessAdvice> {
  const { key } = await readKey(app, ctx, id);
  const to = app.clock.wallMs();
  // Whole hours, which is what is kept for long; the present minute belongs to it.
  const { hours } = await keptSince(app, reader(app, ctx), ctx.tenantId);
  const from = Math.floor(Math.max(to - days * dayMs, hours) / hourMs) * hourMs;
  const uses = await askTelemetry(app, 'routeUse', id, { from, to: to + 1 });
  const named = JSON.parse(key.scopes) as string[];
  const held = named.length === 0 ? app.catalogue.inherited : expandScopes(named, app.catalogue.all);
  const scopes = [...held].sort().map((name): ScopeUse => {
    const ofScope = uses.filter((use) => use.scopes.includes(name));
    return {
      name,
      requests: ofScope.reduce((sum, { admitted }) => sum + admitted, 0),
      lastUsedAt: ofScope.length === 0 ? null : Math.max(...ofScope.map(({ lastUsedAt }) => lastUsedAt)),
    };
  });
  const used = scopes.filter(({ requests }) => requests > 0).map(({ name }) => name);
  const kept = expandScopes(used, app.catalogue.all);
  const refused = uses.filter((use) => !use.scopes.every((scope) => kept.has(scope)));
  const sum = (list: typeof uses) => list.reduce((total, { admitted }) => total + admitted, 0);
  const isCounted = uses.every(({ route }) => route !== withSeveralScopes);
  const isLess = isCounted && used.length > 0 && kept.size < held.size;
  return {
    from,
    to,
    scopes,
    replaceWith: isLess ? { scopes: withoutImplied(used, app) } : null,
    replay: { requests: sum(uses), refused: sum(refused) },
  };
}

/** A `read` that comes with a `write` need not be named. */
function withoutImplied(scopes: readonly string[], { catalogue }: App): string[] {
  return scopes.filter(
    (scope) => !scopes.some((other) => other !== scope && expandScopes([other], catalogue.all).has(scope)),
  );
}
