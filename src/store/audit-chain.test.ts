import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onEachDatabase } from '../../test/databases.ts';
import { type Harness, openHarness } from '../../test/harness.ts';
import { walkAuditChains } from './audit-chain.ts';
import type { Db } from './database.ts';

onEachDatabase((kind, skip) => {
  describe(`the walk along the audit chains on ${kind}`, { skip }, () => {
    async function prepare(): Promise<Harness> {
      const harness = await openHarness(kind);
      for (let i = 0; i < 10; i++) await harness.createKey({ name: `Audited — ${i}` });
      return harness;
    }

    async function breaksAfter(tamper: (db: Db, tenantId: string) => Promise<unknown>) {
      const harness = await prepare();
      const { database, settings } = harness.app;
      await tamper(database.write, harness.tenantId);
      const { breaks } = await walkAuditChains(database.read, settings.auditKey);
      const { tenantId } = harness;
      await harness.close();
      return breaks.map((found) => [found.tenantId === tenantId, found.seq, found.reason]);
    }

    test('finds nothing where nobody has touched them, also while changes go on', async (t) => {
      const harness = await prepare();
      t.after(() => harness.close());
      const { database, settings } = harness.app;
      const changes = Array.from({ length: 20 }, (_, i) => harness.createKey({ name: `Meanwhile — ${i}` }));
      const during = await walkAuditChains(database.read, settings.auditKey);
      await Promise.all(changes);
      const done = await walkAuditChains(database.read, settings.auditKey);
      assert.deepEqual([during.breaks, done.breaks], [[], []]);
      assert.ok(done.entries >= 30 && during.entries <= done.entries);
      const other = await walkAuditChains(database.read, Buffer.alloc(32));
      assert.deepEqual(
        other.breaks.map(({ seq }) => seq),
        [1],
        'broken from its first entry on for another key',
      );
    });

    test('names the first entry that was changed, removed, slipped in or cut off', async () => {
      const entry = (db: Db, tenantId: string, seq: number) =>
        db.selectFrom('audit_entries').selectAll().where('tenant_id', '=', tenantId).where('seq', '=', seq);
      const changed = await breaksAfter((db, tenantId) =>
        db
          .updateTable('audit_entries')
          .set({ actor_id: 'usr_somebody_else' })
          .where('tenant_id', '=', tenantId)
          .where('seq', 'in', [4, 6])
          .execute(),
      );
      assert.deepEqual(changed, [[true, 4, 'the entry is not what was written']]);
      const removed = await breaksAfter((db, tenantId) =>
        db.deleteFrom('audit_entries').where('tenant_id', '=', tenantId).where('seq', '=', 5).execute(),
      );
      assert.deepEqual(removed, [[true, 5, 'the entry is missing']]);
      const slippedIn = await breaksAfter(async (db, tenantId) => {
        const head = await db
          .selectFrom('audit_heads')
          .select('seq')
          .where('tenant_id', '=', tenantId)
          .executeTakeFirstOrThrow();
        const last = await entry(db, tenantId, head.seq).executeTakeFirstOrThrow();
        const forged = { ...last, id: 'aud_forged', seq: last.seq + 1, prev_hash: last.hash };
        await db.insertInto('audit_entries').values(forged).execute();
      });
      assert.deepEqual(
        slippedIn.map(([isHere, , reason]) => [isHere, reason]),
        [[true, 'the entry is not what was written']],
      );
      const cutOff = await breaksAfter((db, tenantId) =>
        db.deleteFrom('audit_entries').where('tenant_id', '=', tenantId).where('seq', '>=', 7).execute(),
      );
      assert.deepEqual(cutOff, [[true, 7, 'the chain does not end where its head says']]);
      const headless = await breaksAfter((db, tenantId) =>
        db.deleteFrom('audit_heads').where('tenant_id', '=', tenantId).execute(),
      );
      assert.deepEqual(headless, [[true, 1, 'the head of the chain is missing']]);
    });
  });
});
