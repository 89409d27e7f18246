import { setImmediate as nextTurn } from 'node:timers/promises';
import { firstHash } from '../core/audit-chain.ts';
import { exportCsv, exportNdjson } from '../core/audit-export.ts';
import { ExportDigest, type ExportSeal, sealText, signText } from '../core/audit-seal.ts';
import { chainEnd, rangeOfTime, readStretch } from '../store/audit-entries.ts';
import { type App, type Context, reader } from './app.ts';
import { confinedTo } from './audit-log.ts';

export interface ExportAuditInput {
  readonly format: 'ndjson' | 'csv';
  readonly from?: number;
  readonly to?: number;
}

const stretch = 250;

function timeOf(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}

/**
 * The chain as a text, entry after entry in its order, and a signed line about all of them at the end. What is written
 * after the beginning is not in it. Between the first and the last entry of the time asked for none is left out.
 */
export async function* exportAudit(app: App, ctx: Context, input: ExportAuditInput): AsyncGenerator<string> {
  const { tenantId } = ctx;
  const { format, ...times } = input;
  const db = reader(app, ctx);
  const environment = confinedTo(ctx);
  const at = new Date(app.clock.wallMs()).toISOString();
  const chain = (await chainEnd(db, tenantId)) ?? { seq: 0, hash: firstHash };
  const isRange = times.from !== undefined || times.to !== undefined;
  const range = isRange ? await rangeOfTime(db, tenantId, times) : { first: 1, last: chain.seq };
  const form = format === 'csv' ? exportCsv : exportNdjson;
  const digest = new ExportDigest();
  if (form.head !== '') yield form.head;
  const last = Math.min(range?.last ?? 0, chain.seq);
  for (let first = range?.first ?? 1; first <= last; first += stretch) {
    const window = { first, last: Math.min(last, first + stretch - 1) };
    const rows = await readStretch(db, tenantId, window, environment);
    for (const row of rows) digest.add(row.seq, row.hash);
    if (rows.length > 0) yield rows.map(form.entry).join('');
    await nextTurn();
  }
  const seal: ExportSeal = {
    tenantId,
    environment,
    from: timeOf(times.from),
    to: timeOf(times.to),
    entries: digest.entries,
    digest: digest.finish(),
    chain,
    at,
  };
  yield form.seal({ ...seal, signature: signText(app.settings.auditSigningKeys, sealText(seal)) });
}
