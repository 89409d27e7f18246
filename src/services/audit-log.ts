import type { AuditRow } from '../core/audit-chain.ts';
import { decodeCursor } from '../core/cursor.ts';
import type { Environment } from '../core/environments.ts';
import { type AuditFilters, type AuditPlace, listAuditEntries } from '../store/audit-entries.ts';
import { type App, type Context, reader } from './app.ts';
import { cutPage, invalidCursor, type Page } from './page.ts';

export interface ListAuditInput extends AuditFilters {
  readonly limit: number;
  readonly cursor?: string;
  readonly environment?: Environment;
}

function readPlace(cursor: string | undefined): AuditPlace | undefined {
  if (cursor === undefined) return undefined;
  const numbers = /^(-?\d{1,16}) (\d{1,16})$/.exec(decodeCursor(cursor) ?? '');
  if (numbers === null) throw invalidCursor();
  return { at: Number(numbers[1]), seq: Number(numbers[2]) };
}

/**
 * The environment that a reader is confined to; null for people, who see the whole tenant's. To a key, an entry without
 * an environment is as foreign as one of another.
 */
export function confinedTo({ caller, environment }: Context): Environment | null {
  return caller.kind === 'key' ? environment : null;
}

/** The tenant's entries, newest first. */
export async function listAudit(app: App, ctx: Context, input: ListAuditInput): Promise<Page<AuditRow>> {
  const { limit, cursor, ...filters } = input;
  const before = readPlace(cursor);
  const confined = confinedTo(ctx);
  if (confined !== null && (filters.environment ?? confined) !== confined)
    return { items: [], nextCursor: null };
  const asked = confined === null ? filters : { ...filters, environment: confined };
  const rows = await listAuditEntries(reader(app, ctx), ctx.tenantId, asked, { limit: limit + 1, before });
  const { kept, nextCursor } = cutPage(rows, limit, ({ at, seq }) => `${at} ${seq}`);
  return { items: kept, nextCursor };
}
