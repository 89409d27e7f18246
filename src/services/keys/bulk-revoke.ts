import type { Environment } from '../../core/environments.ts';
import { invalid } from '../../errors.ts';
import { keysOfCustomer } from '../../store/customers.ts';
import { listKeys as listKeyRows } from '../../store/key-lists.ts';
import { type KeyRow, lockKey } from '../../store/keys.ts';
import { type App, type Context, change, inEnvironment, type Unit } from '../app.ts';
import { revokeRow } from './change.ts';
import { propagationSince } from './details.ts';
import { visibleKeys } from './personal.ts';
import { requireKeyRole } from './rights.ts';

export interface BulkRevokeInput {
  readonly ids?: readonly string[];
  readonly createdBy?: string;
  readonly customerId?: string;
  readonly environment?: Environment;
  readonly reason?: string;
}

const bulkPage = 500;

/** The panic button: all or nothing, and every key it names or matches is inactive when it returns. */
export async function bulkRevoke(app: App, context: Context, input: BulkRevokeInput) {
  const started = app.clock.monotonicMs();
  const environment = input.environment ?? context.environment;
  if (context.caller.kind === 'key' && environment !== context.environment) {
    throw invalid({
      path: 'environment',
      message: `a key can only revoke keys of its own environment, ${context.environment}`,
    });
  }
  requireKeyRole(context, environment);
  const ctx = inEnvironment(context, environment);
  const revoked = await change(app, ctx, (unit) => revokeMatching(app, ctx, unit, input));
  return { revoked, propagation: propagationSince(app, started) };
}

async function revokeMatching(app: App, ctx: Context, unit: Unit, input: BulkRevokeInput): Promise<string[]> {
  const revoked: string[] = [];
  for (const key of await lockMatching(app, ctx, unit, input)) {
    if (await revokeRow(app, ctx, unit, key, input.reason ?? null)) revoked.push(key.id);
  }
  return revoked;
}

/** Newest first. All are locked, in order of ids, before the first is changed: who changes one key locks the audit log after it, and to go back for another key would be a deadlock. */
async function lockMatching(app: App, ctx: Context, unit: Unit, input: BulkRevokeInput): Promise<KeyRow[]> {
  const named = input.customerId === undefined ? input.ids : await keysOfCustomer(unit.tx, input.customerId);
  if (named?.length === 0) return [];
  const filters = { ...visibleKeys(ctx), ids: named && [...new Set(named)], createdBy: input.createdBy };
  const ids: string[] = [];
  let isLast = false;
  while (!isLast) {
    const page = { limit: bulkPage, before: ids.at(-1), now: app.clock.wallMs() };
    const rows = await listKeyRows(unit.tx, app.database.dialect, ctx, filters, page);
    ids.push(...rows.map(({ id }) => id));
    isLast = rows.length < bulkPage;
  }
  const keys: KeyRow[] = [];
  for (const id of ids.toReversed()) {
    const key = await lockKey(unit.tx, app.database.dialect, ctx, id);
    // Another request may have deleted it meanwhile.
    if (key) keys.push(key);
  }
  return keys.reverse();
}
