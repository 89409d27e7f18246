import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { freshDatabase, onEachDatabase } from '../../test/databases.ts';
import { type Database, openPostgresDatabase, openSqliteDatabase, type Tx } from './database.ts';

onEachDatabase((kind, skip) => {
  describe(`transactions on ${kind}`, { skip }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-transaction-'));
    let database: Database;
    const add = (tx: Tx, n: number) => sql`insert into marks (n) values (${n})`.execute(tx);
    const marks = async () => {
      const { rows } = await sql<{ n: number }>`select n from marks order by n`.execute(database.read);
      return rows.map(({ n }) => n);
    };

    let url: string;

    before(async () => {
      url = kind === 'sqlite' ? '' : await freshDatabase();
      database = kind === 'sqlite' ? openSqliteDatabase(directory) : openPostgresDatabase(url);
      await sql`create table marks (n integer primary key)`.execute(database.write);
    });
    after(async () => {
      await database.close();
      rmSync(directory, { recursive: true });
    });

    test('of many at once each stands or falls alone', async () => {
      const settled = await Promise.allSettled(
        Array.from({ length: 300 }, (_, n) =>
          database.transaction(async (tx) => {
            await add(tx, n);
            if (n % 3 === 0) throw new Error(`no ${n}`);
            // A statement that fails undoes its own transaction and no other.
            if (n % 3 === 1) await add(tx, n);
            return n;
          }),
        ),
      );
      assert.deepEqual(
        settled.map((result) => result.status === 'fulfilled'),
        settled.map((_, n) => n % 3 === 2),
      );
      assert.match(String((settled[0] as PromiseRejectedResult).reason), /no 0/);
      assert.deepEqual(
        await marks(),
        settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
      );
    });

    test('in the background nobody waits for the disk, and all others still do, however they are mixed', async () => {
      const setting =
        kind === 'sqlite' ? sql`select * from pragma_synchronous` : sql`show synchronous_commit`;
      const waits = async (tx: Tx) => {
        const { rows } = await setting.execute(tx);
        return [2, 'on'].includes(Object.values(rows[0] as object)[0] as number | string);
      };
      const kinds = Array.from({ length: 60 }, (_, i) => i % 3 === 0 || i % 7 === 0);
      const seen = await Promise.all(
        kinds.map((isDurable, i) =>
          (isDurable ? database.transaction : database.background)(async (tx) => {
            await add(tx, 9_000 + i);
            return waits(tx);
          }),
        ),
      );
      assert.deepEqual(seen, kinds);
      const between = Array.from({ length: 40 }, async (_, i) => {
        if (i % 2 === 0) await database.background((tx) => add(tx, 9_100 + i));
        else assert.equal(await waits(database.write as Tx), true, 'without a transaction');
      });
      await Promise.all(between);
      assert.equal((await marks()).filter((n) => n >= 9_000).length, kinds.length + 20);
      await sql`delete from marks where n >= 9000`.execute(database.write);
    });

    test('who is answered finds the change on another connection', async () => {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const n = 1_000 + i;
          await database.transaction((tx) => add(tx, n));
          assert.ok((await marks()).includes(n), `${n} was acknowledged and is not there`);
        }),
      );
    });

    test('nobody is answered while another transaction of the same commit is still at work', async () => {
      const { promise: gate, resolve: open } = Promise.withResolvers<void>();
      const events: string[] = [];
      const first = database
        .transaction((tx) => add(tx, 2_000))
        .then(async () => {
          events.push('first');
          assert.ok((await marks()).includes(2_000));
        });
      const second = database
        .transaction(async (tx) => {
          await add(tx, 2_001);
          events.push('second at work');
          await gate;
        })
        .then(() => events.push('second'));
      open();
      await Promise.all([first, second]);
      assert.ok(events.indexOf('second') > events.indexOf('second at work'));
    });

    test('each runs in the async context of who asked for it', async () => {
      const asker = new AsyncLocalStorage<number>();
      const seen = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          asker.run(n, () => database.transaction(async () => asker.getStore())),
        ),
      );
      assert.deepEqual(
        seen,
        Array.from({ length: 20 }, (_, n) => n),
      );
    });

    const isSqlite = kind === 'sqlite';
    test('when SQLite rolls a commit back, who caused it is told why and the others that they may run again', {
      skip: !isSqlite,
    }, async () => {
      const before = await marks();
      const settled = await Promise.allSettled([
        database.transaction((tx) => add(tx, 3_000)),
        // SQLite does the same to a transaction when the disk is full.
        database.transaction(async (tx) => {
          await sql`rollback`.execute(tx);
          throw new Error('what only its asker may read');
        }),
      ]);
      const [lost, guilty] = settled.map((result) => (result as PromiseRejectedResult).reason as Error);
      assert.match(guilty!.message, /only its asker/);
      assert.doesNotMatch(lost!.message, /only its asker/);
      assert.deepEqual([database.dialect.isLost(lost), database.dialect.isLost(guilty)], [true, false]);
      assert.deepEqual(await marks(), before);
      await database.transaction((tx) => add(tx, 3_001));
      assert.deepEqual(await marks(), [...before, 3_001]);
    });

    test('where none can begin, all who wait are told', async () => {
      const closed = isSqlite ? openSqliteDatabase(`${directory}/closed`) : openPostgresDatabase(url);
      await closed.write.selectNoFrom((e) => e.val(1).as('one')).execute();
      await closed.close();
      const settled = await Promise.allSettled([1, 2, 3].map((n) => closed.transaction((tx) => add(tx, n))));
      assert.deepEqual(
        settled.map((result) => result.status),
        ['rejected', 'rejected', 'rejected'],
      );
    });
  });
});
