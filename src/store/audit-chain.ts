import { sql } from 'kysely';
import {
  type ChainEnd,
  type ChainFault,
  ChainFollower,
  type ChainPoint,
  chainStart,
  cutOffAfter,
} from '../core/audit-chain.ts';
import type { Checkpoint } from '../core/audit-seal.ts';
import { chainEnd } from './audit-entries.ts';
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
        const { tenant_id: tenantId } = head;
        const ends = { head, last: await lastEntry(tx, tenantId) };
        const walked = await followChain(ends, points, chunkSize, (stretch) =>
          followStretch(tx, { ...stretch, tenantId, key }),
        );
        entries += walked.entries;
        if (walked.fault) breaks.push({ tenantId, ...walked.fault });
      }
      return { tenants: heads.length, entries, breaks };
    });
}

/** Where a chain ends by its head, and by its entries. */
export interface ChainEnds {
  readonly head: Head;
  readonly last: number;
}

/**
 * What is there now. An entry that is written meanwhile never makes the entries reach beyond the head: read in this
 * order, that is damage.
 */
export async function readChainEnds(
  db: Db,
  tenantId: string,
): Promise<{ readonly head: Head | null; readonly last: number }> {
  const last = await lastEntry(db, tenantId);
  return { head: await chainEnd(db, tenantId), last };
}

async function lastEntry(db: Db, tenantId: string): Promise<number> {
  const row = await db
    .selectFrom('audit_entries')
    .select(sql<number | null>`max(seq)`.as('seq'))
    .where('tenant_id', '=', tenantId)
    .executeTakeFirst();
  return row?.seq ?? 0;
}

/** A part of a chain: what comes after `from`, up to the entry `through`. */
interface Stretch {
  readonly from: ChainEnd;
  readonly through: number;
  readonly points: readonly ChainPoint[];
}

interface Followed {
  readonly end: ChainEnd;
  readonly fault: ChainFault | null;
  /** Nothing is behind it. */
  readonly isEnd: boolean;
}

/** Recomputes the entries of a stretch: one number after the other, so that none is there twice either. */
export async function followStretch(
  db: Db,
  { tenantId, key, from, through, points }: Stretch & { readonly tenantId: string; readonly key: Uint8Array },
): Promise<Followed> {
  const follower = new ChainFollower(Buffer.from(key), tenantId, points);
  follower.goOnFrom(from);
  const entries = db.selectFrom('audit_entries').where('tenant_id', '=', tenantId);
  // Below the first, too: an entry slipped in there is none of the chain's.
  const after = from.seq === 0 ? Number.MIN_SAFE_INTEGER : from.seq;
  const rows = await entries
    .selectAll()
    .where('seq', '>', after)
    .where('seq', '<=', through)
    .orderBy('seq')
    .execute();
  for (const row of rows) {
    const fault = follower.follow(row);
    if (follower.gap ?? fault) return { end: follower.end, fault: follower.gap ?? fault, isEnd: false };
  }
  const { end } = follower;
  if (end.seq === through) return { end, fault: null, isEnd: false };
  const later = await entries.select('seq').where('seq', '>', through).limit(1).executeTakeFirst();
  const fault: ChainFault = { seq: end.seq + 1, kind: 'removed', reason: 'the entry is missing' };
  return { end, fault: later ? fault : null, isEnd: true };
}

/** Follows a chain to its end, stretch by stretch, and says where it first is not what was written. */
export async function followChain(
  { head, last }: ChainEnds,
  points: readonly ChainPoint[],
  stretchSize: number,
  follow: (stretch: Stretch) => Promise<Followed>,
): Promise<{ readonly entries: number; readonly fault: ChainFault | null }> {
  const bound = Math.max(head.seq, last);
  let end = chainStart;
  for (let isEnd = false; !isEnd; ) {
    const from = end;
    const through = Math.min(bound, from.seq + stretchSize);
    const within = points.filter(({ seq }) => seq > from.seq && seq <= through);
    const followed = await follow({ from, through, points: within });
    if (followed.fault) return { entries: Math.max(0, followed.fault.seq - 1), fault: followed.fault };
    end = followed.end;
    isEnd = followed.isEnd || end.seq >= bound;
  }
  const fault = endFault(end, head) ?? cutOffAfter(end.seq, points);
  return { entries: fault ? Math.max(0, fault.seq - 1) : end.seq, fault };
}

function endFault({ seq, hash }: ChainEnd, head: Head): ChainFault | null {
  if (seq === head.seq && hash === head.hash) return null;
  const kind = seq === head.seq ? 'edited' : seq > head.seq ? 'inserted' : 'cut_off';
  return { seq: Math.min(seq, head.seq) + 1, kind, reason: 'the chain does not end where its head says' };
}

export const headless = { kind: 'head_missing', reason: 'the head of the chain is missing' } as const;

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
    ...headless,
  }));
}

export const vanished = { kind: 'cut_off', reason: 'the whole chain is missing' } as const;

/** Chains of which nothing is left but a checkpoint. */
function findVanished(
  heads: readonly { readonly tenant_id: string }[],
  checkpoints: readonly Checkpoint[],
): ChainBreak[] {
  const known = new Set(heads.map(({ tenant_id }) => tenant_id));
  const lost = checkpoints.map(({ tenantId }) => tenantId).filter((id) => !known.has(id));
  return [...new Set(lost)].map((tenantId) => ({
    tenantId,
    seq: 1,
    ...vanished,
  }));
}
