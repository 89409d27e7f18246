import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from '../../test/databases.ts';
import { type Harness, openHarness, type TestKey } from '../../test/harness.ts';
import type { KnownSecret } from '../core/policy.ts';
import type { Database } from '../store/database.ts';
import { UseRecorder } from './uses.ts';

onEachDatabase((kind, skip) => {
  describe(`last uses on ${kind}`, { skip }, () => {
    let harness: Harness;
    let key: TestKey;

    before(async () => {
      harness = await openHarness(kind);
      key = await harness.createKey({ scopes: [] });
    });
    after(() => harness.close());

    /** As the guard holds it, compiled anew each time. */
    const compiled = async (): Promise<KnownSecret> => {
      harness.app.policies.drop(key.id);
      const subject = await harness.app.guard.recogniseSecret(key.secret);
      assert.equal(subject.kind, 'known');
      return (subject as { secret: KnownSecret }).secret;
    };
    const written = () =>
      harness.app.database.read
        .selectFrom('keys')
        .innerJoin('secrets', 'secrets.key_id', 'keys.id')
        .select(['keys.last_used_at as ofKey', 'keys.last_used_ip as ip', 'secrets.last_used_at as ofSecret'])
        .where('keys.id', '=', key.id)
        .executeTakeFirstOrThrow();

    test('are known at once, written with the next flush, and never moved back', async () => {
      const uses = new UseRecorder();
      const secret = await compiled();
      uses.mark(secret, 2_000, '192.0.2.2');
      assert.deepEqual(uses.lastOfKey(key.id), uses.lastOfSecret(secret.secretId));
      assert.equal(uses.lastOfKey(key.id)?.at, 2_000);
      await uses.flush(harness.app.database);
      uses.mark(secret, 1_000, '192.0.2.1');
      await uses.flush(harness.app.database);
      assert.deepEqual({ ...(await written()) }, { ofKey: 2_000, ip: '192.0.2.2', ofSecret: 2_000 });
    });

    test('are still known to who read the row just before they were written', async () => {
      const uses = new UseRecorder();
      const secret = await compiled();
      uses.mark(secret, 3_000, '192.0.2.2');
      await uses.flush(harness.app.database);
      assert.equal(uses.pending, 0);
      assert.equal(uses.lastOfKey(key.id)?.at, 3_000);
      assert.equal(uses.lastOfSecret(secret.secretId)?.at, 3_000);
      await uses.flush(harness.app.database);
      assert.equal(uses.lastOfKey(key.id), null);
      assert.equal(uses.lastOfSecret(secret.secretId), null);
    });

    test('of a policy compiled anew take the place of the earlier ones', async () => {
      const uses = new UseRecorder();
      const earlier = await compiled();
      uses.mark(earlier, 3_000, '192.0.2.3');
      uses.mark(await compiled(), 4_000, '192.0.2.4');
      assert.equal(uses.lastOfSecret(earlier.secretId)?.at, 4_000);
      uses.mark(earlier, 5_000, '192.0.2.5');
      assert.equal(uses.lastOfKey(key.id)?.at, 5_000);
      await uses.flush(harness.app.database);
      assert.deepEqual({ ...(await written()) }, { ofKey: 5_000, ip: '192.0.2.5', ofSecret: 5_000 });
    });

    test('that could not be written stay pending', async () => {
      const uses = new UseRecorder();
      uses.mark(await compiled(), 6_000, null);
      const { dialect } = harness.app.database;
      const away = { dialect, background: () => Promise.reject(new Error('away')) } as unknown as Database;
      await assert.rejects(uses.flush(away), /away/);
      assert.equal(uses.lastOfKey(key.id)?.at, 6_000);
      await uses.flush(harness.app.database);
      assert.deepEqual({ ...(await written()) }, { ofKey: 6_000, ip: null, ofSecret: 6_000 });
    });
  });
});
