import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { App } from '../src/services/app.ts';
import { enqueueJob } from '../src/services/jobs/jobs.ts';
import { jobKind } from '../src/services/jobs/kind.ts';
import { JobRunner } from '../src/services/jobs/runner.ts';
import { importArticles } from '../src/services/kb/import.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestAnswer, type TestRequest } from './harness.ts';

const jobs = '/api/v1/jobs';
const ndjson = { 'content-type': 'application/x-ndjson' };
const scopes = ['knowledge:write', 'bulk:write', 'jobs:write'];
const rateLimit = { perMinute: 10_000, burst: 100, perDay: 1_000_000 };

/** Makes an output of so many pieces of 64 KiB. */
const making = jobKind<{ readonly pieces: number }, number>({
  name: 'test.make',
  scopes: [],
  output: () => ({ scope: 'logs:read', mediaType: 'text/csv', fileName: 'made.csv' }),
  step: async (_app, _ctx, { payload, cursor, done }) => {
    const n = cursor ?? 0;
    const isLast = n + 1 >= payload.pieces;
    return { next: isLast ? null : n + 1, done: done + 1, output: `${'x'.repeat(65_535)}\n` };
  },
});

onEachDatabase((kind, skip) => {
  describe(`jobs over HTTP on ${kind}`, { skip }, () => {
    let t: Harness;
    let key: string;
    before(async () => {
      t = await openHarness(kind);
      Object.assign(t.app, { jobs: new JobRunner(t.app as App, [importArticles, making]) });
    });
    beforeEach(async () => {
      key = (await t.createKey({ scopes, rateLimit })).secret;
    });
    after(() => t.close());

    const send = (body: unknown, more: Partial<TestRequest> = {}) =>
      t.send({ url: '/api/v1/kb/import', key, body, ...more });
    const sendLines = (lines: readonly unknown[], more: Partial<TestRequest> = {}) => {
      const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
      return send(text, { headers: ndjson, ...more });
    };
    const get = (id: string) => t.send({ url: `${jobs}/${id}`, key });
    const run = async (started: TestAnswer): Promise<TestAnswer['body']> => {
      assert.equal(started.status, 202, started.text);
      assert.equal(started.headers.location, `${jobs}/${started.body.id}`);
      t.app.jobs.start();
      for (;;) {
        const { body } = await get(started.body.id);
        if (body.endedAt !== null) {
          await t.app.jobs.stop();
          return body;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const article = async (slug: string) => {
      const found = await t.send({ url: `/api/v1/kb/articles?include=content&slug=${slug}`, key });
      return found.body.data[0];
    };
    const codeOf = ({ status, body }: TestAnswer) => [status, body?.code];

    test('articles are created, updated by their slug, and left alone where they are equal', async () => {
      const lines = [
        { title: 'First', content: 'one', tags: ['a', 'b'], status: 'published' },
        { title: 'Second', slug: 'the-second', summary: 'short', sortOrder: 3, source: 'old wiki' },
      ];
      const made = await run(await sendLines(lines));
      assert.deepEqual([made.state, made.progress], ['succeeded', { done: 2, total: 2 }]);
      assert.deepEqual(made.result, { created: 2, updated: 0, unchanged: 0, failed: 0 });
      const first = await article('first');
      assert.deepEqual([first.content, first.tags, first.status], ['one', ['a', 'b'], 'published']);
      const again = await run(await sendLines(lines));
      assert.deepEqual(again.result, { created: 0, updated: 0, unchanged: 2, failed: 0 });
      const changed = await run(await send([{ title: 'New title', slug: 'the-second', summary: null }]));
      assert.deepEqual(changed.result, { created: 0, updated: 1, unchanged: 0, failed: 0 });
      const second = await article('the-second');
      assert.deepEqual(
        [second.title, second.summary, second.sortOrder, second.source],
        ['New title', null, 3, 'old wiki'],
      );
    });

    test('categories and subcategories are named by slug or by id', async () => {
      const make = async (path: string, body: object) =>
        (await t.send({ url: `/api/v1/kb/${path}`, key, body })).body;
      const category = await make('categories', { title: 'Billing' });
      const other = await make('categories', { title: 'Other' });
      const sub = await make('subcategories', { title: 'Refunds', categoryId: category.id });
      const done = await run(
        await sendLines([
          { title: 'By slug', category: 'billing', subcategory: 'refunds' },
          { title: 'By id', category: category.id, subcategory: sub.id },
          { title: 'By ids', categoryId: category.id, subcategoryId: sub.id },
          { title: 'By sub', subcategory: sub.id },
          { title: 'Unknown', category: 'nothing' },
          { title: 'Elsewhere', category: 'other', subcategory: 'refunds' },
          { title: 'Apart', categoryId: other.id, subcategoryId: sub.id },
          { title: 'Both', category: 'billing', categoryId: category.id },
          { title: 'Alone', subcategory: 'refunds' },
        ]),
      );
      for (const slug of ['by-slug', 'by-id', 'by-ids', 'by-sub']) {
        const { categoryId, subcategoryId } = await article(slug);
        assert.deepEqual([categoryId, subcategoryId], [category.id, sub.id], slug);
      }
      assert.deepEqual(done.errors, [
        { line: 5, message: 'category: is no slug or id of a category of this environment' },
        { line: 6, message: 'subcategory: is no slug or id of a subcategory of that category' },
        { line: 7, message: 'subcategoryId: does not belong to the category named by categoryId' },
        { line: 8, message: 'category: and categoryId mean the same: send one of them' },
        {
          line: 9,
          message: 'subcategory: is no id of a subcategory; to name it by its slug, name its category too',
        },
      ]);
      assert.equal(await article('unknown'), undefined);
    });

    test('a bad line is reported with its number, keeps no secret, and the rest goes on', async () => {
      const secret = (await t.createKey({ scopes: ['knowledge:read'] })).secret;
      const done = await run(
        await sendLines([
          { title: 'Good one' },
          '',
          '{oops',
          { title: '' },
          { title: 'x', slug: 'not a slug' },
          { title: 'x', [secret]: 1 },
          '"text"',
          `{"title":"${'x'.repeat(1_048_576)}"}`,
          { title: '???' },
          { title: 'x', content: '\u0000' },
          { title: 'Good two' },
        ]),
      );
      assert.deepEqual([done.state, done.errorCount], ['succeeded', 8]);
      assert.deepEqual(done.progress, { done: 10, total: 10 });
      assert.deepEqual(
        done.errors.map(({ line }: { line: number }) => line),
        [3, 4, 5, 6, 7, 8, 9, 10],
      );
      const text = JSON.stringify(done.errors);
      assert.equal(text.includes(secret), false);
      assert.match(text, /is not JSON/);
      assert.match(text, /longer than 1048576 bytes/);
      assert.equal((await article('good-two')).title, 'Good two');
      assert.equal(t.logged.join('').includes(secret), false);
    });

    test('what is no import is refused, and nothing of it stays', async () => {
      const newest = async () => (await t.send({ url: `${jobs}?limit=1`, key })).body.data[0]?.id;
      const before = await newest();
      const table: [TestAnswer, number, string][] = [
        [await send('', { headers: ndjson }), 400, 'validation_failed'],
        [await send('\n \n', { headers: ndjson }), 400, 'validation_failed'],
        [await send([]), 400, 'validation_failed'],
        [await send({ title: 'One' }), 400, 'malformed_json'],
        [await send('[{"title":"cut'), 400, 'malformed_json'],
        [await send('x', { headers: { 'content-type': 'text/csv' } }), 415, 'unsupported_media_type'],
        [await send('x', { headers: { 'content-type': '' } }), 415, 'unsupported_media_type'],
        [
          await send('x', { headers: { 'content-type': 'application/x-ndjson; charset=latin1' } }),
          415,
          'unsupported_media_type',
        ],
        [await send('{}\n'.repeat(50_001), { headers: ndjson }), 413, 'body_too_large'],
        [await send(Buffer.alloc(64 * 1_048_576 + 1, 0x20), { headers: ndjson }), 413, 'body_too_large'],
      ];
      for (const [answer, status, code] of table) assert.deepEqual(codeOf(answer), [status, code]);
      assert.equal(await newest(), before);
      const open = t.app.database.read.selectFrom('job_clearings').select('due_at');
      const waiting = await open.where('due_at', '>', t.clock.wallMs()).execute();
      assert.deepEqual(waiting, [], 'what was written of refused bodies is to be cleared at once');
    });

    test('who hangs up in the middle of a body leaves nothing behind, and no error in the log', async () => {
      await t.server.listen({ port: 0, host: '127.0.0.1' });
      const { port } = t.server.server.address() as AddressInfo;
      const before = (await t.send({ url: `${jobs}?limit=1`, key })).body.data[0]?.id;
      const logged = t.logged.length;
      const socket = connect(port, '127.0.0.1');
      const head = ['POST /api/v1/kb/import HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${key}`];
      head.push('Content-Type: application/x-ndjson', 'Content-Length: 50000000', '', '');
      socket.write(head.join('\r\n'));
      socket.write(`${JSON.stringify({ title: 'Half', content: 'x'.repeat(10_000) })}\n`.repeat(200));
      const clearings = () =>
        t.app.database.read.selectFrom('job_clearings').select('due_at').where('stream', '=', 'input');
      const waiting = clearings().where('due_at', '>', t.clock.wallMs());
      while ((await waiting.execute()).length === 0) await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
      while ((await waiting.execute()).length > 0) await new Promise((resolve) => setImmediate(resolve));
      const faults = t.logged.slice(logged).filter((line) => JSON.parse(line).level >= 40);
      assert.deepEqual(faults, []);
      assert.equal((await t.send({ url: `${jobs}?limit=1`, key })).body.data[0]?.id, before);
    });

    test('both scopes are needed, and the jobs of others do not exist', async () => {
      for (const held of [['knowledge:write'], ['bulk:write', 'knowledge:read']]) {
        const narrow = (await t.createKey({ scopes: held })).secret;
        assert.deepEqual(codeOf(await sendLines([{ title: 'x' }], { key: narrow })), [
          403,
          'insufficient_scope',
        ]);
      }
      const { id } = (await sendLines([{ title: 'x' }])).body;
      const { tenantId } = await t.createTenant();
      const strangers = [
        { key: (await t.createKey({ scopes, tenantId })).secret, host: 'localhost' },
        { key: (await t.createKey({ scopes, environment: 'sandbox' })).secret, host: hostOf('sandbox') },
      ];
      for (const stranger of strangers) {
        for (const [method, path] of [
          ['GET', ''],
          ['GET', '/download'],
          ['POST', '/retry'],
          ['POST', '/cancel'],
          ['DELETE', ''],
        ] as const) {
          const answer = await t.send({ method, url: `${jobs}/${id}${path}`, ...stranger });
          assert.deepEqual(codeOf(answer), [404, 'not_found'], `${method} ${path}`);
        }
        assert.deepEqual((await t.send({ url: jobs, ...stranger })).body.data, []);
      }
      assert.equal((await get(id)).body.state, 'queued');
      await t.send({ method: 'POST', url: `${jobs}/${id}/cancel`, key });
    });

    test('a job can be cancelled, retried and deleted, each in its states only, and the audit log tells', async () => {
      const { id } = (await sendLines([{ title: 'Once' }, { title: 'Twice' }])).body;
      const act = (verb: string) => t.send({ method: 'POST', url: `${jobs}/${id}/${verb}`, key });
      const remove = () => t.send({ method: 'DELETE', url: `${jobs}/${id}`, key });
      assert.deepEqual(codeOf(await act('retry')), [409, 'conflict']);
      assert.deepEqual(codeOf(await remove()), [409, 'conflict']);
      const cancelled = await act('cancel');
      assert.deepEqual([cancelled.status, cancelled.body.state], [200, 'cancelled']);
      assert.deepEqual(codeOf(await act('cancel')), [409, 'conflict']);
      const retried = await act('retry');
      assert.deepEqual([retried.status, retried.body.state, retried.body.endedAt], [200, 'queued', null]);
      const done = await run({ ...retried, status: 202, headers: { location: `${jobs}/${id}` } });
      assert.equal(done.state, 'succeeded');
      assert.deepEqual(codeOf(await act('cancel')), [409, 'conflict']);
      assert.deepEqual(codeOf(await act('retry')), [409, 'conflict']);
      assert.equal((await remove()).status, 204);
      assert.deepEqual(codeOf(await get(id)), [404, 'not_found']);
      const log = await t.app.database.read
        .selectFrom('audit_entries')
        .select('action')
        .where('target_id', '=', id)
        .orderBy('seq')
        .execute();
      const actions = ['job.created', 'job.cancelled', 'job.retried', 'job.deleted'];
      assert.deepEqual(
        log.map(({ action }) => action),
        actions,
      );
    });

    test('lists are filtered and paged, and have no reports', async () => {
      const own = await t.createTenant();
      const mine = (await t.createKey({ scopes, tenantId: own.tenantId })).secret;
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) ids.unshift((await sendLines([{ title: 'x' }], { key: mine })).body.id);
      await t.send({ method: 'POST', url: `${jobs}/${ids[0]}/cancel`, key: mine });
      const list = async (query: string) => (await t.send({ url: `${jobs}${query}`, key: mine })).body;
      const idsOf = (page: { data: { id: string }[] }) => page.data.map(({ id }) => id);
      const first = await list('?limit=2');
      assert.deepEqual(idsOf(first), ids.slice(0, 2));
      assert.equal('errors' in first.data[0], false);
      assert.deepEqual(idsOf(await list(`?limit=3&cursor=${first.nextCursor}`)), ids.slice(2));
      assert.deepEqual(idsOf(await list('?state=cancelled')), ids.slice(0, 1));
      assert.deepEqual(idsOf(await list('?kind=kb.import&state=queued')), ids.slice(1));
      assert.deepEqual(idsOf(await list('?kind=other')), []);
      const wrong = await t.send({ url: `${jobs}?state=sleeping`, key: mine });
      assert.deepEqual(codeOf(wrong), [400, 'validation_failed']);
      for (const id of ids.slice(1)) await t.send({ method: 'POST', url: `${jobs}/${id}/cancel`, key: mine });
    });

    test('the same Idempotency-Key makes one job of one body, and refuses another', async () => {
      const headers = { ...ndjson, 'idempotency-key': `import-${kind}` };
      const first = await sendLines([{ title: 'Idempotent' }], { headers });
      const second = await sendLines([{ title: 'Idempotent' }], { headers });
      assert.deepEqual(
        [second.status, second.body, second.headers.location],
        [202, first.body, first.headers.location],
      );
      const other = await sendLines([{ title: 'Another' }], { headers });
      assert.deepEqual(codeOf(other), [422, 'idempotency_mismatch']);
      assert.equal((await run(first)).result.created, 1);
    });

    test('a job ends when the key that started it is revoked', async () => {
      const leaked = await t.createKey({ scopes, rateLimit });
      const started = await sendLines([{ title: 'Too late' }], { key: leaked.secret });
      await t.send({ method: 'POST', url: '/api/v1/me/revoke', key: leaked.secret });
      const done = await run(started);
      assert.deepEqual([done.state, done.progress.done], ['failed', 0]);
      assert.match(done.error, /may not do this any more/);
      assert.equal(await article('too-late'), undefined);
    });

    test('a signed-in owner imports, a developer may not', async () => {
      const asOwner = { key: undefined, cookie: t.owner.cookie };
      const done = await run(await sendLines([{ title: 'From the console' }], asOwner));
      assert.deepEqual([done.state, done.result.created], ['succeeded', 1]);
      const { cookie } = await t.signUp('developer');
      const refused = await sendLines([{ title: 'x' }], { key: undefined, cookie });
      assert.deepEqual(codeOf(refused), [403, 'role_not_allowed']);
    });

    test('what a job has made is fetched with the scope of its kind, and only once it is whole', async () => {
      const job = await enqueueJob(t.app, t.systemContext(), {
        kind: 'test.make',
        payload: { pieces: 40 },
      });
      const url = `${jobs}/${job.id}/download`;
      const reader = (await t.createKey({ scopes: ['logs:read'] })).secret;
      assert.deepEqual(codeOf(await t.send({ url, key: reader })), [409, 'conflict']);
      assert.equal((await get(job.id)).body.downloadUrl, null);
      const done = await run({
        status: 202,
        headers: { location: `${jobs}/${job.id}` },
        text: '',
        body: { id: job.id },
      });
      assert.deepEqual([done.state, done.downloadUrl], ['succeeded', url]);
      const fetched = await t.send({ url, key: reader });
      assert.equal(fetched.status, 200);
      assert.match(fetched.headers['content-disposition']!, /made\.csv/);
      assert.equal(fetched.text, `${'x'.repeat(65_535)}\n`.repeat(40));
      const refused = await t.send({ url, key });
      assert.deepEqual(
        [...codeOf(refused), refused.body.requiredScopes],
        [403, 'insufficient_scope', ['logs:read']],
      );
      const { id } = await run(await sendLines([{ title: 'Nothing to fetch' }]));
      assert.deepEqual(codeOf(await t.send({ url: `${jobs}/${id}/download`, key })), [404, 'not_found']);
    });
  });
});
