import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { onEachDatabase } from '../../test/databases.ts';
import { type Harness, openHarness } from '../../test/harness.ts';

const token = 'an-operators-token-that-is-long-enough';

onEachDatabase((kind, skip) => {
  describe(`readiness on ${kind}`, { skip }, () => {
    let t: Harness;
    before(async () => {
      t = await openHarness(kind, { settings: { KEYWARD_METRICS_TOKEN: token } });
    });
    after(() => t.close());
    /** What was looked at a moment ago is not looked at again. */
    const ask = (key?: string) => {
      t.clock.advance(1_000);
      return t.send({ url: '/readyz', ...(key === undefined ? {} : { key }) });
    };
    const checksOf = async () => {
      const { status, body } = await ask(token);
      return { status, word: body.status, checks: body.checks };
    };

    test('tells anybody whether requests can be served, and the operator all checks with their reasons', async () => {
      const open = await ask();
      assert.equal(open.status, 200);
      assert.deepEqual(open.body, { status: 'ready', checks: { database: 'ok', migrations: 'ok' } });
      const { status, word, checks } = await checksOf();
      assert.deepEqual([status, word], [200, 'ready']);
      const names = ['database', 'migrations', 'lock', 'writes', 'limits', 'requestLog', 'disk'];
      assert.deepEqual(Object.keys(checks), names);
      for (const name of names) {
        assert.equal(checks[name].state, 'ok', name);
        assert.match(checks[name].detail, /\.$/);
      }
      assert.equal(open.headers['cache-control'], 'no-store');
    });

    test('looks once a second, however often it is asked', async () => {
      await ask();
      const { transactions } = t.app.database.counts();
      await Promise.all(Array.from({ length: 50 }, () => t.send({ url: '/readyz' })));
      assert.equal(t.app.database.counts().transactions, transactions);
    });

    test('a lock that was lost is told to the operator alone, and in the server log once', async () => {
      t.logged.length = 0;
      t.app.policies.suspend();
      const { status, word, checks } = await checksOf();
      assert.deepEqual([status, word, checks.lock.state], [200, 'degraded', 'degraded']);
      const open = await ask();
      assert.deepEqual(open.body, { status: 'ready', checks: { database: 'ok', migrations: 'ok' } });
      t.app.policies.resume();
      assert.equal((await checksOf()).word, 'ready');
      const lines = t.logged.map((line) => JSON.parse(line)).filter(({ event }) => event === 'check.changed');
      assert.deepEqual(
        lines.map(({ check, state }) => [check, state]),
        [
          ['lock', 'degraded'],
          ['lock', 'ok'],
        ],
      );
    });

    test('a schema that is not that of this program keeps requests away', async () => {
      const { write } = t.app.database;
      const row = { version: 900, name: 'from the future', applied_at: 1 };
      await write
        .insertInto('schema_migrations' as never)
        .values(row as never)
        .execute();
      const open = await ask();
      assert.equal(open.status, 503);
      assert.equal(open.body.code, 'store_unavailable');
      assert.deepEqual(open.body.checks, { database: 'ok', migrations: 'failed' });
      assert.doesNotMatch(open.text, /900/);
      const { status, word, checks } = await checksOf();
      assert.deepEqual([status, word], [503, 'unavailable']);
      assert.match(checks.migrations.detail, /version 900/);
      await write
        .deleteFrom('schema_migrations' as never)
        .where('version' as never, '=', 900 as never)
        .execute();
      assert.equal((await ask()).status, 200);
    });

    test('a database that can be read and not written is degraded: keys are still judged', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const { promise: isHeld, resolve: held } = Promise.withResolvers<void>();
      const holding = t.app.database.transaction(async (tx) => {
        const same = { value: sql<string>`value` };
        await tx.updateTable('installation').set(same).where('name', '=', 'secret_check').execute();
        held();
        await promise;
      });
      await isHeld;
      const { status, word, checks } = await checksOf();
      resolve();
      await holding;
      assert.deepEqual([status, word, checks.writes.state], [200, 'degraded', 'degraded']);
      assert.match(checks.writes.detail, /no answer within 2000 ms/);
      assert.equal(checks.database.state, 'ok');
      assert.equal((await checksOf()).word, 'ready');
    });
  });
});
