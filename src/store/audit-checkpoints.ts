import type { Db, Tx } from './database.ts';
import type { AuditCheckpointTable } from './schema.ts';

/** Chains with entries that no checkpoint has yet, as they end now. */
export function openHeads(db: Db) {
  return db
    .selectFrom('audit_heads')
    .selectAll()
    .whereRef('seq', '>', 'checkpoint_seq')
    .orderBy('tenant_id')
    .execute();
}

export async function insertCheckpoint(tx: Tx, row: AuditCheckpointTable): Promise<void> {
  await tx
    .insertInto('audit_checkpoints')
    .values(row)
    .onConflict((conflict) => conflict.columns(['tenant_id', 'seq']).doNothing())
    .execute();
  await tx
    .updateTable('audit_heads')
    .set({ checkpoint_seq: row.seq, checkpoint_at: row.at })
    .where('tenant_id', '=', row.tenant_id)
    .execute();
}

export function latestCheckpoint(db: Db, tenantId: string): Promise<AuditCheckpointTable | undefined> {
  return db
    .selectFrom('audit_checkpoints')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export function allCheckpoints(db: Db): Promise<AuditCheckpointTable[]> {
  return db.selectFrom('audit_checkpoints').selectAll().orderBy('tenant_id').orderBy('seq').execute();
}

export function checkpointsOf(db: Db, tenantId: string): Promise<AuditCheckpointTable[]> {
  return db
    .selectFrom('audit_checkpoints')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .orderBy('seq')
    .execute();
}

/** The last one of each tenant. */
export function newestCheckpoints(db: Db): Promise<AuditCheckpointTable[]> {
  return db
    .selectFrom('audit_checkpoints as c')
    .innerJoin(
      db
        .selectFrom('audit_checkpoints')
        .select(['tenant_id', (e) => e.fn.max('seq').as('seq')])
        .groupBy('tenant_id')
        .as('newest'),
      (join) => join.onRef('newest.tenant_id', '=', 'c.tenant_id').onRef('newest.seq', '=', 'c.seq'),
    )
    .selectAll('c')
    .orderBy('c.tenant_id')
    .execute();
}

/** Heads that name a checkpoint which is not there. */
function headsWithout(db: Db) {
  return db
    .selectFrom('audit_heads as h')
    .select(['h.tenant_id', 'h.checkpoint_seq'])
    .where('h.checkpoint_seq', '>', 0)
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom('audit_checkpoints as c')
            .select('c.seq')
            .whereRef('c.tenant_id', '=', 'h.tenant_id')
            .whereRef('c.seq', '=', 'h.checkpoint_seq'),
        ),
      ),
    )
    .orderBy('h.tenant_id');
}

export function headsWithoutCheckpoint(db: Db) {
  return headsWithout(db).execute();
}

/** The entry whose checkpoint the head of this chain names, where that is not there. */
export async function lostCheckpoint(db: Db, tenantId: string): Promise<number | null> {
  const row = await headsWithout(db).where('h.tenant_id', '=', tenantId).executeTakeFirst();
  return row?.checkpoint_seq ?? null;
}
