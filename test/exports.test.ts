import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CsvReader } from '../src/core/csv.ts';
import type { App } from '../src/services/app.ts';
import { logExport } from '../src/services/exports.ts';
import { openOutput } from '../src/services/jobs/jobs.ts';
import { JobRunner } from '../src/services/jobs/runner.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const path = '/api/v1/exports/logs';

onEachDatabase((kind, skip) => {
  describe(`exports of the request log on ${kind}`, { skip, timeout: 60_000 }, () => {
    let t: Harness;
    let reader: TestKey;
    let app: TestKey;

    before(async () => {
      t = await openHarness(kind, { settings: { KEYWARD_REQUEST_LOG: 'on' } });
      Object.assign(t.app, { jobs: new JobRunner(t.app as App, [logExport()]) });
      reader = await t.createKey({ name: 'export', scopes: ['logs:read', 'jobs:write'], tier: 'enterprise' });
      app = await t.createKey({ name: 'billing-sync', scopes: ['knowledge:read'], tier: 'enterprise' });
      for (let i = 0; i < 30; i++) {
        const url = i % 3 === 0 ? `/api/v1/kb/articles/none-${i}` : '/api/v1/kb/tags?limit=1';
        await t.send({ url, key: app.secret, headers: { 'user-agent': `=HYPERLINK("x,${i}")` } });
      }
      const sandbox = await t.createKey({ environment: 'sandbox', scopes: ['knowledge:read'] });
      await t.send({ url: '/api/v1/kb/tags', key: sandbox.secret, host: hostOf('sandbox') });
      await t.app.requestLog!.flush();
    });
    after(() => t.close());

    const codeOf = ({ status, body }: TestAnswer) => [status, body?.code];
    const start = (body: unknown, key = reader) => t.send({ url: path, key: key.secret, body });
    const run = async (started: TestAnswer, key = reader): Promise<TestAnswer['body']> => {
      assert.equal(started.status, 202, started.text);
      const url = started.headers.location!;
      t.app.jobs.start();
      for (;;) {
        const { body } = await t.send({ url, key: key.secret });
        if (body.endedAt !== null) {
          await t.app.jobs.stop();
          return body;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const fetchOf = (job: { downloadUrl: string }) => t.send({ url: job.downloadUrl, key: reader.secret });
    const download = async (job: { downloadUrl: string }) => {
      const answer = await fetchOf(job);
      assert.equal(answer.status, 200, answer.text);
      return answer;
    };
    const linesOf = (text: string) =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    const listed = async (query: string) => {
      const entries: { requestId: string }[] = [];
      for (let cursor = ''; ; ) {
        const url = `/api/v1/logs?limit=200${query}${cursor}`;
        const { body } = await t.send({ url, key: reader.secret });
        entries.push(...body.data);
        if (body.nextCursor === null) return entries;
        cursor = `&cursor=${body.nextCursor}`;
      }
    };

    test('as NDJSON hold just what the list shows, in the order of the answers', async () => {
      const expected = (await listed(`&keyId=${app.id}`)).reverse();
      const job = await run(await start({ keyId: app.id }));
      assert.deepEqual([job.state, job.kind, job.result.rows], ['succeeded', 'logs.export', 30]);
      assert.equal(job.progress.done, job.progress.total);
      const { headers, text } = await download(job);
      assert.equal(headers['content-type'], 'application/x-ndjson');
      assert.equal(headers['content-disposition'], `attachment; filename="requests-${job.id}.ndjson"`);
      assert.equal(Buffer.byteLength(text), job.result.bytes);
      assert.deepEqual(linesOf(text), expected);
    });

    test('take the filters of the list', async () => {
      const filters = [
        { statusClass: '4xx' },
        { status: 404, method: 'GET' },
        { q: '/api/v1/kb/articles' },
        { from: '2026-03-10T11:00:00.000Z', to: '2026-03-10T12:00:00.001Z' },
        { code: 'not_found', route: '/api/v1/kb/articles/{id}' },
      ];
      for (const filter of filters) {
        const query = Object.entries(filter).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`);
        const job = await run(await start({ ...filter, keyId: app.id }));
        const ids = linesOf((await download(job)).text).map(({ requestId }) => requestId);
        const expected = (await listed(`&keyId=${app.id}${query.join('')}`)).map(
          ({ requestId }) => requestId,
        );
        assert.ok(ids.length >= 10);
        assert.deepEqual(ids, expected.reverse(), JSON.stringify(filter));
      }
      const none = await run(await start({ keyId: 'key_none' }));
      assert.equal((await download(none)).text, '');
    });

    test('as CSV name their columns, read back as they were, and run nothing', async () => {
      const job = await run(await start({ format: 'csv', keyId: app.id }));
      const { headers, text } = await download(job);
      assert.equal(headers['content-type'], 'text/csv; charset=utf-8; header=present');
      assert.ok(text.includes(`"'=HYPERLINK(""x,1"")"`));
      assert.doesNotMatch(text, /(^|,)"?[=+\-@]/m);
      const csv = new CsvReader();
      const [columns, ...records] = [...csv.read(text), ...csv.end()];
      assert.equal(text.split('\r\n').length, 32);
      const ndjson = linesOf((await download(await run(await start({ keyId: app.id })))).text);
      for (const [i, record] of records.entries()) {
        const cells = columns!.map((name) => {
          const value = ndjson[i][name!];
          if (Array.isArray(value)) return value.join(' ');
          return value === null ? null : String(value);
        });
        assert.deepEqual(record, cells);
      }
      const empty = await run(await start({ format: 'csv', keyId: 'key_none' }));
      assert.equal((await download(empty)).text, `${columns!.join(',')}\r\n`);
    });

    test('have what was answered before they began, and nothing that comes later', async () => {
      const started = await start({ keyId: app.id });
      const first = await t.send({ url: '/api/v1/kb/tags', key: app.secret });
      const job = await run(started);
      const later = await t.send({ url: '/api/v1/kb/tags', key: app.secret });
      await t.app.requestLog!.flush();
      const ids = linesOf((await download(job)).text).map(({ requestId }) => requestId);
      assert.ok(ids.includes(first.headers['x-request-id']));
      assert.ok(!ids.includes(later.headers['x-request-id']));
    });

    test('are of one environment, and need logs:read to be made and fetched', async () => {
      const job = await run(await start({}));
      const environments = linesOf((await download(job)).text).map(({ environment }) => environment);
      assert.deepEqual([...new Set(environments)], ['production']);
      const other = await t.createKey({ scopes: ['jobs:write', 'knowledge:read'] });
      assert.deepEqual(codeOf(await start({}, other)), [403, 'insufficient_scope']);
      const refused = await t.send({ url: job.downloadUrl, key: other.secret });
      assert.deepEqual(codeOf(refused), [403, 'insufficient_scope']);
      const elsewhere = await t.createKey({ environment: 'sandbox', scopes: ['logs:read'] });
      const hidden = await t.send({
        url: job.downloadUrl,
        key: elsewhere.secret,
        host: hostOf('sandbox'),
      });
      assert.deepEqual(codeOf(hidden), [404, 'not_found']);
      const { cookie } = await t.signUp('viewer');
      const asViewer = await t.send({ url: path, cookie, body: {} });
      assert.deepEqual(codeOf(asViewer), [403, 'role_not_allowed']);
      const developer = await t.signUp('developer');
      const asDeveloper = await t.send({ url: path, cookie: developer.cookie, body: { keyId: 'key_none' } });
      assert.equal((await run(asDeveloper)).state, 'succeeded');
    });

    test('refuse what they do not know, and the text of a key', async () => {
      const encoded = [...app.secret].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
      const wrong = [{ format: 'xml' }, { limit: 3 }, { status: '404' }, { q: app.secret }, { q: encoded }];
      for (const body of wrong) {
        const answer = await start(body);
        assert.deepEqual(codeOf(answer), [400, 'validation_failed'], answer.text);
        assert.ok(!answer.text.includes(app.secret));
      }
    });

    test('are one where the same Idempotency-Key is sent, and three at once at most', async () => {
      const once = { url: path, key: reader.secret, body: {}, headers: { 'idempotency-key': 'export-1' } };
      const first = await t.send(once);
      assert.equal((await t.send(once)).body.id, first.body.id);
      const ids = [first.body.id, (await start({})).body.id, (await start({})).body.id];
      assert.deepEqual(codeOf(await start({})), [409, 'conflict']);
      for (const id of ids)
        await t.send({ method: 'POST', url: `/api/v1/jobs/${id}/cancel`, key: reader.secret });
    });

    test('that are tried again count among those that are open', async () => {
      const ask = (id: string, action: 'cancel' | 'retry') =>
        t.send({ method: 'POST', url: `/api/v1/jobs/${id}/${action}`, key: reader.secret });
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) ids.push((await start({})).body.id);
      const [first, second, third] = ids as [string, string, string];
      assert.equal((await ask(first, 'cancel')).status, 200);
      ids.push((await start({})).body.id);
      const retried = await ask(first, 'retry');
      assert.deepEqual(codeOf(retried), [409, 'conflict']);
      assert.match(retried.body.detail, /3 exports/);
      await ask(second, 'cancel');
      const both = await Promise.all([ask(first, 'retry'), ask(second, 'retry')]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
      for (const id of [first, second, third, ids[3]!]) await ask(id, 'cancel');
    });

    test('that would be too long fail, say what to do, keep nothing, and fail again', async () => {
      const runner = t.app.jobs;
      Object.assign(t.app, { jobs: new JobRunner(t.app as App, [logExport(1_000)]) });
      const job = await run(await start({}));
      assert.deepEqual([job.state, job.downloadUrl], ['failed', null]);
      assert.match(job.error, /shorter time/);
      const retry = { method: 'POST', url: `/api/v1/jobs/${job.id}/retry`, key: reader.secret };
      const again = await run({
        ...(await t.send(retry)),
        status: 202,
        headers: { location: `/api/v1/jobs/${job.id}` },
      });
      assert.deepEqual([again.state, again.error], ['failed', job.error]);
      const parts = t.app.database.read.selectFrom('job_parts').select('n').where('job_id', '=', job.id);
      t.app.jobs.start();
      while ((await parts.execute()).length > 0) await new Promise((resolve) => setImmediate(resolve));
      await t.app.jobs.stop();
      Object.assign(t.app, { jobs: runner });
    });

    test('are refused where those that are kept have 20 GiB of text, until one is deleted', async () => {
      const kept = await run(await start({}));
      const result = JSON.stringify({ rows: 40_000_000, bytes: 20 * 1_024 ** 3 });
      await t.app.database.transaction((tx) =>
        tx.updateTable('jobs').set({ result }).where('id', '=', kept.id).execute(),
      );
      const refused = await start({});
      assert.deepEqual(codeOf(refused), [409, 'conflict']);
      assert.match(refused.body.detail, /Delete some/);
      const deletion = { method: 'DELETE', url: `/api/v1/jobs/${kept.id}`, key: reader.secret };
      assert.equal((await t.send(deletion)).status, 204);
      await run(await start({}));
    });

    test('end when the key that asked is revoked', async () => {
      const leaked = await t.createKey({ scopes: ['logs:read'] });
      const started = await start({}, leaked);
      await t.send({ method: 'POST', url: '/api/v1/me/revoke', key: leaked.secret });
      const job = await run(started);
      assert.deepEqual([job.state, job.progress.done], ['failed', 0]);
    });

    test('that are deleted while they are fetched break off, and do not look whole', async () => {
      const job = await run(await start({ keyId: app.id }));
      const caller = { kind: 'system', id: 'test' } as const;
      const ctx = {
        tenantId: t.tenantId,
        environment: 'production',
        requestId: null,
        ip: null,
        caller,
      } as const;
      const { chunks } = await openOutput(t.app, ctx, job.id);
      const pieces = chunks[Symbol.asyncIterator]();
      assert.equal((await pieces.next()).done, false);
      const gone = await t.send({ method: 'DELETE', url: `/api/v1/jobs/${job.id}`, key: reader.secret });
      assert.equal(gone.status, 204);
      await assert.rejects(async () => {
        while (!(await pieces.next()).done);
      }, /no such job/);
    });

    test('are stored compressed', async () => {
      const job = await run(await start({ keyId: app.id }));
      const { text } = await download(job);
      const rows = await t.app.database.read
        .selectFrom('job_parts')
        .select('body')
        .where('job_id', '=', job.id)
        .where('stream', '=', 'output')
        .execute();
      const bytes = rows.reduce((sum, { body }) => sum + body.length, 0);
      assert.ok(bytes < 2 * gzipSync(text).length && bytes < text.length / 3);
    });
  });
});
