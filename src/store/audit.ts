import { auditHash, firstHash } from '../core/audit-chain.ts';
import type { Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import { prepared } from './prepared.ts';
import type { AuditHeadTable, AuditTable } from './schema.ts';

export interface AuditEntry {
  readonly id: string;
  readonly tenantId: string;
  readonly at: number;
  readonly actorType: string;
  readonly actorId: string;
  readonly action: string;
  readonly targetId: string | null;
  /** What it was and what it became; never a secret or a hash of one. */
  readonly before: unknown;
  readonly after: unknown;
  readonly requestId: string | null;
  readonly ip: string | null;
  readonly environment: string | null;
}

const insertEntry = prepared((db, row: AuditTable) => db.insertInto('audit_entries').values(row));
const moveHead = prepared((db, { tenant_id, ...end }: Pick<AuditHeadTable, 'tenant_id' | 'seq' | 'hash'>) =>
  db.updateTable('audit_heads').set(end).where('tenant_id', '=', tenant_id),
);

/** The end of the tenant's chain, held until the transaction ends. */
async function lockHead(tx: Tx, dialect: Dialect, tenantId: string) {
  const query = tx.selectFrom('audit_heads').select(['seq', 'hash']).where('tenant_id', '=', tenantId);
  const head = await dialect.forUpdate(query).executeTakeFirst();
  if (head) return head;
  await tx
    .insertInto('audit_heads')
    .values({ tenant_id: tenantId, seq: 0, hash: firstHash, checkpoint_seq: 0, checkpoint_at: 0 })
    .onConflict((conflict) => conflict.column('tenant_id').doNothing())
    .execute();
  return dialect.forUpdate(query).executeTakeFirstOrThrow();
}

/** Appends to the tenant's chain inside the transaction of the change itself: both happen or neither. */
export async function appendAudit(tx: Tx, dialect: Dialect, key: Buffer, entry: AuditEntry): Promise<void> {
  const head = await lockHead(tx, dialect, entry.tenantId);
  const row = {
    id: entry.id,
    tenant_id: entry.tenantId,
    seq: head.seq + 1,
    at: entry.at,
    actor_type: entry.actorType,
    actor_id: entry.actorId,
    action: entry.action,
    target_id: entry.targetId,
    before: entry.before === undefined || entry.before === null ? null : JSON.stringify(entry.before),
    after: entry.after === undefined || entry.after === null ? null : JSON.stringify(entry.after),
    request_id: entry.requestId,
    ip: entry.ip,
    environment: entry.environment,
    prev_hash: head.hash,
  };
  const hash = auditHash(key, row);
  await insertEntry(tx, { ...row, hash });
  await moveHead(tx, { tenant_id: entry.tenantId, seq: row.seq, hash });
}
