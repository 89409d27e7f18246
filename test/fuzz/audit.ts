import { auditHash } from '../../src/core/audit-chain.ts';
import type { App } from '../../src/services/app.ts';

const pageSize = 2_000;
const firstHash = '0'.repeat(64);

/** Reads every tenant's chain from its first entry to its head; what does not fit is said, nothing is repaired. */
export async function findAuditFaults(
  app: App,
): Promise<{ readonly entries: number; readonly faults: string[] }> {
  const { read } = app.database;
  const heads = await read.selectFrom('audit_heads').selectAll().execute();
  const faults: string[] = [];
  let entries = 0;
  for (const head of heads) {
    let seq = 0;
    let previous = firstHash;
    for (;;) {
      const rows = await read
        .selectFrom('audit_entries')
        .selectAll()
        .where('tenant_id', '=', head.tenant_id)
        .where('seq', '>', seq)
        .orderBy('seq')
        .limit(pageSize)
        .execute();
      for (const row of rows) {
        const isWhole = row.seq === seq + 1 && row.prev_hash === previous;
        if (!isWhole || auditHash(app.settings.auditKey, row) !== row.hash) {
          faults.push(`entry ${row.seq} (${row.action}) does not fit`);
        }
        seq = row.seq;
        previous = row.hash;
      }
      entries += rows.length;
      if (rows.length < pageSize) break;
    }
    if (seq !== head.seq || previous !== head.hash)
      faults.push(`the head ${head.seq} is not the last, ${seq}`);
  }
  return { entries, faults: faults.slice(0, 10) };
}
