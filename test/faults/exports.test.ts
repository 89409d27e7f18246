import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openPostgresDatabase, openSqliteDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations/index.ts';
import { LogWriter } from '../../src/store/telemetry/log-writer.ts';
import { openTelemetryAt } from '../../src/store/telemetry/open.ts';
import { RecordBuffer } from '../../src/telemetry/record-buffer.ts';
import { onEachDatabase } from '../databases.ts';
import { loggedKey, requestRecord } from '../telemetry.ts';
import { endAll, init, makePlace, RunningServer } from './support.ts';

const count = 200_000;
const perBatch = 5_000;
const userAgent = 'a client with a rather long name, so that an export takes its time/1.0 '.repeat(2);

type Settings = Awaited<ReturnType<typeof makePlace>>['settings'];

/** Requests of the last hour, all of them of one tenant. */
async function fill(settings: Settings, tenantId: string): Promise<void> {
  const url = settings.KEYWARD_DATABASE_URL;
  const directory = settings.KEYWARD_DATA_DIR!;
  const database = url ? openPostgresDatabase(url) : openSqliteDatabase(directory);
  await migrate(database, Date.now());
  await database.close();
  const opened = openTelemetryAt(url ? { url } : { directory });
  const writer = new LogWriter(opened.db, opened.dialect, []);
  const from = Date.now() - 3_600_000;
  for (let n = 0; n < count; n += perBatch) {
    const buffer = new RecordBuffer(new Uint8Array(8 << 20));
    const key = buffer.addKey(loggedKey(1, { tenantId }));
    for (let i = n; i < n + perBatch; i++) {
      const record = requestRecord(i, { at: from + Math.floor(i / 100), userAgent, route: -1 });
      assert.ok(buffer.add(record, key));
    }
    await writer.write([buffer.take()]);
  }
  await opened.close();
}

after(endAll);

onEachDatabase((kind, skip) => {
  describe(`a killed server's exports on ${kind}`, { skip }, () => {
    test('go on where they stood: no request is lost, and none is in them twice', async () => {
      const { settings } = await makePlace(kind);
      const { secret: key, tenantId } = await init(settings);
      await fill(settings, tenantId);
      let server = await RunningServer.start(settings);
      const started = await server.ask({
        method: 'POST',
        path: '/api/v1/exports/logs',
        key,
        body: { keyId: 'key_1', format: 'ndjson' },
      });
      assert.equal(started.status, 202, started.text);
      const path = `/api/v1/jobs/${started.body.id}`;
      /** Polls until the job stands there: over HTTP there is nothing to await. */
      const until = async (isThere: (job: { result: { rows: number } | null; state: string }) => boolean) => {
        for (;;) {
          const { body: job } = await server.ask({ path, key });
          if (isThere(job)) return job;
          await delay(5);
        }
      };
      let kills = 0;
      for (const share of [0.1, 0.4, 0.7]) {
        const job = await until(({ result }) => (result?.rows ?? 0) >= count * share);
        assert.equal(job.state, 'running');
        await server.end('SIGKILL');
        kills++;
        server = await RunningServer.start(settings);
        const { body: later } = await server.ask({ path, key });
        assert.ok(later.progress.done >= job.progress.done);
      }
      const end = await until(({ state }) => !['queued', 'running'].includes(state));
      assert.deepEqual([end.state, end.result.rows, end.attempts], ['succeeded', count, kills + 1]);
      assert.equal(end.progress.done, end.progress.total);
      const download = await fetch(`http://127.0.0.1:${server.port}${path}/download`, {
        headers: { authorization: `Bearer ${key}` },
      });
      assert.equal(download.status, 200);
      const lines = (await download.text()).split('\n');
      assert.equal(lines.pop(), '');
      const ids = lines.map((line) => JSON.parse(line).requestId);
      const expected = Array.from({ length: count }, (_, n) => requestRecord(n).requestId);
      assert.deepEqual(ids, expected);
      await server.end();
    });
  });
});
