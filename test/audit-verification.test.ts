import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AuditRow, DamageKind } from '../src/core/audit-chain.ts';
import { checkpointText, signText } from '../src/core/audit-seal.ts';
import { auditKeysOf } from '../src/services/audit-verify.ts';
import type { Db } from '../src/store/database.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestKey, type TestRequest } from './harness.ts';

const url = '/api/v1/audit-log/verification';
const keys = auditKeysOf('a secret for tests, long enough to be one');
const strangers = auditKeysOf('another secret, just as long as the first one');

interface Chain {
  readonly rows: readonly AuditRow[];
  readonly head: { readonly seq: number; readonly hash: string };
}

interface Damage {
  readonly what: string;
  readonly kind: DamageKind;
  readonly seq: number;
  readonly message: RegExp;
  do(db: Db, chain: Chain): Promise<unknown>;
}

onEachDatabase((kind, skip) => {
  describe(`the verdict on the audit log on ${kind}`, { skip }, () => {
    let t: Harness;
    let reader: TestKey;
    let bare: TestKey;
    let foreign: TestKey;
    let chain: Chain;

    before(async () => {
      t = await openHarness(kind);
      reader = await t.createKey({ scopes: ['audit:read'] });
      bare = await t.createKey({ scopes: ['knowledge:read'] });
      for (let i = 0; i < 6; i++) await t.createKey({ name: `Sandboxed — ${i}`, environment: 'sandbox' });
      const { tenantId } = await t.createTenant();
      foreign = await t.createKey({ scopes: ['audit:read'], tenantId });
      for (let i = 0; i < 3; i++) await t.createKey({ name: `Foreign — ${i}`, tenantId });
    });
    after(() => t.close());

    const ask = async (request: Partial<TestRequest> = { cookie: t.owner.cookie }) => {
      const answer = await t.send({ url, ...request });
      assert.equal(answer.status, 200, answer.text);
      return answer.body;
    };
    /** Later than a verdict is kept. */
    const askAnew = (request?: Partial<TestRequest>) => {
      t.clock.advance(11_000);
      return ask(request);
    };
    const ofTenant = async (): Promise<Chain> => {
      const { read } = t.app.database;
      const entries = read.selectFrom('audit_entries').selectAll().where('tenant_id', '=', t.tenantId);
      const heads = read.selectFrom('audit_heads').select(['seq', 'hash']);
      return {
        rows: await entries.orderBy('seq').execute(),
        head: await heads.where('tenant_id', '=', t.tenantId).executeTakeFirstOrThrow(),
      };
    };
    /** The timer of the server may write a checkpoint between two tests. */
    const restore = async (db: Db) => {
      await db.deleteFrom('audit_checkpoints').where('tenant_id', '=', t.tenantId).execute();
      await db.deleteFrom('audit_entries').where('tenant_id', '=', t.tenantId).execute();
      await db
        .insertInto('audit_entries')
        .values([...chain.rows])
        .execute();
      const row = {
        tenant_id: t.tenantId,
        ...chain.head,
        checkpoint_seq: 0,
        checkpoint_at: t.clock.wallMs(),
      };
      await db.deleteFrom('audit_heads').where('tenant_id', '=', t.tenantId).execute();
      await db.insertInto('audit_heads').values(row).execute();
    };
    const setSeq = (db: Db, from: number, to: number) =>
      db
        .updateTable('audit_entries')
        .set({ seq: to })
        .where('tenant_id', '=', t.tenantId)
        .where('seq', '=', from)
        .execute();
    const remove = (db: Db, from: number, to = from) =>
      db
        .deleteFrom('audit_entries')
        .where('tenant_id', '=', t.tenantId)
        .where('seq', '>=', from)
        .where('seq', '<=', to)
        .execute();
    const setHead = (db: Db, columns: { seq?: number; hash?: string; checkpoint_seq?: number }) =>
      db.updateTable('audit_heads').set(columns).where('tenant_id', '=', t.tenantId).execute();
    const sign = (by: typeof keys, { seq, hash }: { seq: number; hash: string }) => {
      const checkpoint = { tenantId: t.tenantId, seq, hash, at: t.clock.wallMs() };
      const signature = signText(by.signing, checkpointText(checkpoint));
      return { tenant_id: t.tenantId, seq, hash, at: checkpoint.at, signature };
    };

    test('is for owners, admins and keys that name the scope, and for nobody else', async () => {
      const admin = await t.signUp('admin');
      const developer = await t.signUp('developer');
      const viewer = await t.signUp('viewer');
      const callers: [string, Partial<TestRequest>, number, string?][] = [
        ['nobody', {}, 401, 'missing_key'],
        ['a key with another scope', { key: bare.secret }, 403, 'insufficient_scope'],
        ['a developer', { cookie: developer.cookie }, 403, 'role_not_allowed'],
        ['a viewer', { cookie: viewer.cookie }, 403, 'role_not_allowed'],
        ['an admin', { cookie: admin.cookie }, 200],
        ['an owner', { cookie: t.owner.cookie }, 200],
        ['a key that names the scope', { key: reader.secret }, 200],
      ];
      for (const [who, request, status, code] of callers) {
        const answer = await t.send({ url, ...request });
        assert.deepEqual([answer.status, answer.body.code], [status, code], who);
        if (status !== 200) assert.ok(!answer.text.includes('verdict'), who);
      }
    });

    test('is whole where nobody touched anything, also while changes go on', async () => {
      const changes = Array.from({ length: 10 }, (_, i) => t.createKey({ name: `Meanwhile — ${i}` }));
      const during = await askAnew();
      await Promise.all(changes);
      chain = await ofTenant();
      const done = await askAnew();
      assert.deepEqual([during.verdict, during.problem], ['whole', null]);
      const { verdict, problem, entries, checkedAt } = done;
      assert.deepEqual([verdict, problem, entries], ['whole', null, chain.head.seq]);
      assert.equal(checkedAt, new Date(t.clock.wallMs()).toISOString());
      await restore(t.app.database.write);
      const checkpoint = sign(keys, chain.rows[4]!);
      await t.app.database.write.insertInto('audit_checkpoints').values(checkpoint).execute();
      const signed = await askAnew({ key: reader.secret });
      assert.deepEqual([signed.verdict, signed.checkpoints], ['whole', 1]);
      assert.deepEqual(signed.lastCheckpoint, {
        tenantId: t.tenantId,
        seq: 5,
        hash: checkpoint.hash,
        at: new Date(checkpoint.at).toISOString(),
        signature: checkpoint.signature,
      });
    });

    test('is the same for those who ask at once, and for ten seconds', async () => {
      t.clock.advance(11_000);
      const [one, other] = await Promise.all([ask(), ask({ key: reader.secret })]);
      assert.deepEqual(one, other);
      t.clock.advance(9_000);
      assert.deepEqual(await ask(), one);
      t.clock.advance(2_000);
      assert.notEqual((await ask()).checkedAt, one.checkedAt);
    });

    const damages: Damage[] = [
      {
        what: 'an entry that was edited',
        kind: 'edited',
        seq: 4,
        message: /is not what was written/,
        do: (db) =>
          db
            .updateTable('audit_entries')
            .set({ actor_id: 'usr_somebody_else' })
            .where('tenant_id', '=', t.tenantId)
            .where('seq', 'in', [4, 6])
            .execute(),
      },
      {
        what: 'an entry that was removed',
        kind: 'removed',
        seq: 3,
        message: /is missing/,
        do: (db) => remove(db, 3),
      },
      {
        what: 'two entries that changed places',
        kind: 'reordered',
        seq: 2,
        message: /does not follow the one before/,
        do: async (db) => {
          await setSeq(db, 2, 999);
          await setSeq(db, 5, 2);
          await setSeq(db, 999, 5);
        },
      },
      {
        what: 'an entry that was slipped in before the first',
        kind: 'inserted',
        seq: 0,
        message: /does not belong/,
        do: (db, { rows }) =>
          db
            .insertInto('audit_entries')
            .values({ ...rows[0]!, id: 'aud_before', seq: 0 })
            .execute(),
      },
      {
        what: 'an entry behind the end, which the head does not know',
        kind: 'inserted',
        seq: 5,
        message: /does not end where its head says/,
        do: (db, { rows }) => setHead(db, { seq: 4, hash: rows[3]!.hash }).then(() => remove(db, 6, 1_000)),
      },
      {
        what: 'an end that was removed',
        kind: 'cut_off',
        seq: 7,
        message: /does not end where its head says/,
        do: (db) => remove(db, 7, 1_000),
      },
      {
        what: 'an end that was removed, and the head mended',
        kind: 'cut_off',
        seq: 4,
        message: /the checkpoint of .* has \d+ entries/,
        do: async (db, { rows, head }) => {
          await db.insertInto('audit_checkpoints').values(sign(keys, head)).execute();
          await remove(db, 4, 1_000);
          await setHead(db, { seq: 3, hash: rows[2]!.hash });
        },
      },
      {
        what: 'a head that was removed',
        kind: 'head_missing',
        seq: 1,
        message: /head of the chain is missing/,
        do: (db) => db.deleteFrom('audit_heads').where('tenant_id', '=', t.tenantId).execute(),
      },
      {
        what: 'a checkpoint that tells of another entry',
        kind: 'checkpoint_mismatch',
        seq: 5,
        message: /not the one that the checkpoint/,
        do: (db) =>
          db
            .insertInto('audit_checkpoints')
            .values(sign(keys, { seq: 5, hash: 'f'.repeat(64) }))
            .execute(),
      },
      {
        what: 'a checkpoint that another secret signed',
        kind: 'checkpoint_forged',
        seq: 5,
        message: /was not signed with the secret/,
        do: (db, { rows }) => db.insertInto('audit_checkpoints').values(sign(strangers, rows[4]!)).execute(),
      },
      {
        what: 'a checkpoint that was removed',
        kind: 'checkpoint_missing',
        seq: 5,
        message: /signed checkpoint .* is missing/,
        do: (db) => setHead(db, { checkpoint_seq: 5 }),
      },
    ];
    for (const damage of damages) {
      test(`names ${damage.what}, and no other tenant sees it`, async () => {
        const { write } = t.app.database;
        await restore(write);
        assert.equal((await askAnew()).verdict, 'whole', 'before');
        await damage.do(write, chain);
        const { verdict, entries, problem } = await askAnew();
        const elsewhere = await askAnew({ key: foreign.secret });
        await restore(write);
        assert.deepEqual([verdict, problem?.kind, problem?.seq], ['broken', damage.kind, damage.seq]);
        assert.match(problem.message, damage.message);
        assert.ok(entries <= chain.head.seq);
        assert.deepEqual([elsewhere.verdict, elsewhere.problem, elsewhere.entries], ['whole', null, 4]);
        assert.equal((await askAnew()).verdict, 'whole', 'after');
      });
    }

    test('names the id of the damaged entry to those who may see it only', async () => {
      const { write } = t.app.database;
      const entry = chain.rows.find(({ environment }) => environment === 'sandbox')!;
      await write
        .updateTable('audit_entries')
        .set({ action: 'key.deleted' })
        .where('id', '=', entry.id)
        .execute();
      const sandboxed = await t.createKey({ scopes: ['audit:read'], environment: 'sandbox' });
      const seen = await askAnew();
      const inside = await ask({ key: sandboxed.secret, host: hostOf('sandbox') });
      const outside = await ask({ key: reader.secret });
      await write
        .updateTable('audit_entries')
        .set({ action: entry.action })
        .where('id', '=', entry.id)
        .execute();
      assert.deepEqual([seen.problem.seq, seen.problem.entryId], [entry.seq, entry.id]);
      assert.equal(inside.problem.entryId, entry.id);
      assert.deepEqual([outside.problem.seq, outside.problem.entryId], [entry.seq, null]);
    });
  });
});
