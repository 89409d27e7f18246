import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { onEachDatabase } from '../../test/databases.ts';
import { loggedKey, openTestTelemetry, requestRecord, type TestTelemetry } from '../../test/telemetry.ts';
import { type LogMark, newLogMark } from '../core/policy.ts';
import { openTelemetryAt } from '../store/telemetry/open.ts';
import type { LoggedKey, RequestRecord } from './record.ts';
import { RequestLog } from './request-log.ts';

const worker = new URL('../store/telemetry/worker.ts', import.meta.url);
const routes = [{ method: 'GET', template: '/api/v1/kb/tags', scopes: ['knowledge:read'] }];
const noon = Date.UTC(2026, 2, 1, 12);

let requests = 0;

const record = (changes: Partial<RequestRecord> = {}) => requestRecord(requests++, { at: noon, ...changes });

interface TestKey {
  readonly n: number;
  readonly logMark: LogMark;
  /** How it was asked for. */
  readonly asked: boolean[];
}

function recordedKey(n: number): TestKey {
  return { n, logMark: newLogMark(), asked: [] };
}

function describeKey({ n, asked }: TestKey, withPolicy: boolean): LoggedKey {
  asked.push(withPolicy);
  return loggedKey(n, { policy: withPolicy ? '{}' : null });
}

onEachDatabase((kind, skip) => {
  describe(`the request log in a thread on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;

    before(async () => {
      opened = await openTestTelemetry(kind);
    });
    after(() => opened.close());

    const states: (string | null)[] = [];
    let onNextState = () => {};
    const open = () => {
      const log = new RequestLog({
        now: () => noon,
        worker,
        place: opened.place,
        describe: describeKey,
        onState: (state) => {
          states.push(state);
          onNextState();
        },
      });
      log.useRoutes(routes);
      return log;
    };
    const rows = async () => {
      const { n } = await opened.db
        .selectFrom('request_log')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      return n;
    };
    const counted = async () => {
      const { n } = await opened.db
        .selectFrom('usage_minutes')
        .select((eb) => eb.fn.sum<number>('total').as('n'))
        .executeTakeFirstOrThrow();
      return Number(n);
    };

    test('writes everything recorded, more than a buffer holds, and tells a policy once', async () => {
      const log = open();
      const key = recordedKey(1);
      for (let i = 0; i < 20_000; i++) log.record(record(), key);
      await log.flush();
      assert.equal(await rows(), 20_000);
      assert.equal(await counted(), 20_000);
      assert.deepEqual(log.counts, {
        written: 20_000,
        waiting: 0,
        sampled: 0,
        dropped: 0,
        uncounted: 0,
        failure: null,
      });
      assert.equal(key.asked.filter((withPolicy) => withPolicy).length, 1);
      await log.close();
    });

    test('closing writes what was recorded last', async () => {
      const before = await rows();
      const log = open();
      log.record(record(), recordedKey(2));
      await log.close();
      assert.equal(await rows(), before + 1);
      log.record(record(), recordedKey(2));
    });

    test('a flood of unknown keys is counted to the last, and few of it are recorded', async () => {
      const [rowsBefore, countedBefore] = [await rows(), await counted()];
      const log = open();
      for (let i = 0; i < 50_000; i++)
        log.record(record({ status: 401, code: 'unknown_key', route: -1 }), null);
      await log.close();
      assert.ok((await rows()) - rowsBefore < 400);
      assert.equal((await counted()) - countedBefore, 50_000);
    });

    test('while nothing can be written requests are counted, the state is told once, and all of it heals', async () => {
      const [rowsBefore, countedBefore] = [await rows(), await counted()];
      const log = open();
      const key = recordedKey(3);
      log.record(record(), key);
      await log.flush();
      await opened.db.schema.alterTable('request_log').renameTo('request_log_away').execute();
      states.length = 0;
      const failed = Promise.withResolvers<void>();
      onNextState = () => failed.resolve();
      log.record(record(), key);
      await failed.promise;
      for (let i = 0; i < 500_000; i++) log.record(record({ userAgent: 'x'.repeat(200) }), key);
      const { dropped, waiting, failure } = log.counts;
      assert.ok(dropped > 0 && waiting > 0 && failure !== null);
      assert.equal(dropped + waiting, 500_001);
      await opened.db.schema.alterTable('request_log_away').renameTo('request_log').execute();
      await log.flush();
      assert.equal(states.length, 2);
      assert.equal(states[1], null);
      assert.equal(log.counts.failure, null);
      assert.equal((await rows()) - rowsBefore, 1 + waiting);
      await log.close();
      assert.equal((await counted()) - countedBefore, 500_002);
    });

    test('a row names its key by the dictionary', async () => {
      const { rows: named } = await sql<{
        key_name: string;
        policy: string | null;
      }>`select distinct key_name, policy
        from request_log join log_keys on log_keys.ref = key_ref order by key_name`.execute(opened.db);
      assert.deepEqual(
        named.map((row) => [row.key_name, row.policy]),
        [
          ['Key 1', '{}'],
          ['Key 2', '{}'],
          ['Key 3', '{}'],
        ],
      );
    });
  });
});

test('a file that was damaged while the server ran is set aside, and records go on in a new one', async (t) => {
  const away = mkdtempSync(join(tmpdir(), 'keyward-request-log-'));
  t.after(() => rmSync(away, { recursive: true }));
  const log = new RequestLog({
    now: () => noon,
    worker,
    place: { directory: away },
    describe: describeKey,
    onState: () => {},
  });
  log.useRoutes(routes);
  writeFileSync(join(away, 'telemetry.db'), 'no database, although long enough to be one. '.repeat(100));
  log.record(record(), recordedKey(9));
  await log.flush();
  await log.close();
  assert.ok(readdirSync(away).some((name) => name.startsWith('telemetry.db.damaged-')));
  const again = openTelemetryAt({ directory: away });
  assert.equal((await again.db.selectFrom('request_log').selectAll().execute()).length, 1);
  await again.close();
});
