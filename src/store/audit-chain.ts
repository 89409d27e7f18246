import { sql } from 'kysely';
import { type ChainFault, ChainFollower, type ChainPoint } from '../core/audit-chain.ts';
import type { Checkpoint } from '../core/audit-seal.ts';
import type { Db } from './database.ts';

/** Where a chain stops being what was written: by a change of the data past Keyward, or another secret. */
export interface ChainBreak extends ChainFault {
  readonly tenantId: string;
}

export interface ChainReport {
  readonly tenants: number;
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

/** Recomputes every entry of every tenant's chain, on one snapshot of the data, and holds it against what checkpoints say of it. */
export function walkAuditChains(
  db: Db,
  key: Buffer,
  checkpoints: readonly Checkpoint[] = [],
): Promise<ChainReport> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const heads = await tx
        .selectFrom('audit_heads')
        .select(['tenant_id', 'seq', 'hash'])
        .orderBy('tenant_id')
        .execute();
      const breaks = [...(await findHeadless(tx)), ...findVanished(heads, checkpoints)];
      let entries = 0;
      for (const head of heads) {
        const points = checkpoints.filter(({ tenantId }) => tenantId === head.tenant_id);
        const walked = await walkChain(tx, key, head, points);
        entries += walked.entries;
        if (walked.fault) breaks.push({ tenantId: head.tenant_id, ...walked.fault });
      }
      return { tenants: heads.length, entries, breaks };
    });
}

async function walkChain(db: Db, key: Buffer, head: Head, points: readonly ChainPoint[]) {
  const follower = new ChainFollower(key, head.tenant_id, points);
  const found = (fault: ChainFault | null) => ({
    entries: fault ? Math.max(0, fault.seq - 1) : follower.end.seq,
    fault,
  });
  // Below the first, too: an entry slipped in there is none of the chain's.
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = await db
      .selectFrom('audit_entries')
      .selectAll()
      .where('tenant_id', '=', head.tenant_id)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(chunkSize)
      .execute();
    for (const row of rows) {
      const fault = follower.follow(row);
      if (follower.gap ?? fault) return found(follower.gap ?? fault);
    }
    if (rows.length < chunkSize) break;
    after = follower.end.seq;
  }
  const { seq, hash } = follower.end;
  if (seq === head.seq && hash === head.hash) return found(follower.cutOff() ?? (await findDouble(db, head)));
  return found({ seq: seq + 1, reason: 'the chain does not end where its head says' });
}

/** Without its index, which somebody could drop, a number may be there twice. */
async function findDouble(db: Db, { tenant_id, seq }: Head): Promise<ChainFault | null> {
  const entries = db.selectFrom('audit_entries').where('tenant_id', '=', tenant_id);
  const { n } = await entries.select((e) => e.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
  if (Number(n) === seq) return null;
  const twice = await entries
    .select('seq')
    .groupBy('seq')
    .having((e) => e.fn.countAll(), '>', 1)
    .orderBy('seq')
    .executeTakeFirst();
  return { seq: twice?.seq ?? seq, reason: 'the entry is there twice' };
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

/** Chains of which nothing is left but a checkpoint. */
function findVanished(heads: readonly Head[], checkpoints: readonly Checkpoint[]): ChainBreak[] {
  const known = new Set(heads.map(({ tenant_id }) => tenant_id));
  const lost = checkpoints.map(({ tenantId }) => tenantId).filter((id) => !known.has(id));
  return [...new Set(lost)].map((tenantId) => ({ tenantId, seq: 1, reason: 'the whole chain is missing' }));
}
