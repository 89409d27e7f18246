import { sql } from 'kysely';
import { auditHash, firstHash } from './audit.ts';
import type { Db } from './database.ts';

/** Where a chain stops being what was written: by a change of the data past Keyward, or another secret. */
export interface ChainBreak {
  readonly tenantId: string;
  readonly seq: number;
  readonly reason: string;
}

export interface ChainReport {
  readonly entries: number;
  /** The first break of each chain that has one. */
  readonly breaks: readonly ChainBreak[];
}

interface Head {
  readonly tenant_id: string;
  readonly seq: number;
  readonly hash: string;
}

const chunkSize = 2_000;

/** Recomputes every entry of every tenant's chain, on one snapshot of the data. */
export function walkAuditChains(db: Db, key: Buffer): Promise<ChainReport> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const heads = await tx.selectFrom('audit_heads').selectAll().orderBy('tenant_id').execute();
      const breaks: ChainBreak[] = await findHeadless(tx);
      let entries = 0;
      for (const head of heads) {
        const walked = await walkChain(tx, key, head);
        entries += walked.entries;
        if (walked.end) breaks.push({ tenantId: head.tenant_id, ...walked.end });
      }
      return { entries, breaks };
    });
}

async function walkChain(db: Db, key: Buffer, head: Head) {
  let seq = 0;
  let previous = firstHash;
  for (;;) {
    const rows = await db
      .selectFrom('audit_entries')
      .selectAll()
      .where('tenant_id', '=', head.tenant_id)
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(chunkSize)
      .execute();
    for (const { hash, ...entry } of rows) {
      const reason = faultOf(entry, hash, seq, previous, key);
      if (reason) return { entries: seq, end: { seq: seq + 1, reason } };
      seq = entry.seq;
      previous = hash;
    }
    if (rows.length < chunkSize) break;
  }
  const isWhole = seq === head.seq && previous === head.hash;
  const end = isWhole ? null : { seq: seq + 1, reason: 'the chain does not end where its head says' };
  return { entries: seq, end };
}

function faultOf(
  entry: Parameters<typeof auditHash>[1],
  hash: string,
  seqBefore: number,
  hashBefore: string,
  key: Buffer,
): string | null {
  if (entry.seq !== seqBefore + 1) return 'the entry is missing';
  if (entry.prev_hash !== hashBefore) return 'the entry does not follow the one before';
  return auditHash(key, entry) === hash ? null : 'the entry is not what was written';
}

async function findHeadless(db: Db): Promise<ChainBreak[]> {
  const rows = await db
    .selectFrom('audit_entries')
    .select(['tenant_id', sql<number>`min(seq)`.as('seq')])
    .where('tenant_id', 'not in', db.selectFrom('audit_heads').select('tenant_id'))
    .groupBy('tenant_id')
    .execute();
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    seq: row.seq,
    reason: 'the head of the chain is missing',
  }));
}
