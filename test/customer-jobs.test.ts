import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { commitStep, leaseMs } from '../src/services/jobs/step.ts';
import { claimJob } from '../src/store/jobs.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };
const ndjson = { 'content-type': 'application/x-ndjson' };
const scopes = ['contacts:write', 'licenses:write', 'bulk:write', 'jobs:write'];
const unknown = 'cus_00000000000000000000000000';

onEachDatabase((kind, skip) => {
  describe(`jobs of keys for certain customers on ${kind}`, { skip }, () => {
    let t: Harness;
    let admin: TestKey;
    let acme: string;
    let bolt: string;
    let product: string;

    const call = (method: string, path: string, body?: unknown, key = admin.secret) =>
      t.send({ method, url: `/api/v1${path}`, key, body });
    const keyFor = async (...customerIds: string[]) => {
      const answer = await call('POST', '/api-keys', {
        name: 'Portal of them',
        scopes,
        customerIds,
        rateLimit: limits,
      });
      assert.equal(answer.status, 201, answer.text);
      return answer.body as { id: string; secret: string };
    };
    const importing = (lines: readonly object[], key: string) =>
      t.send({
        url: '/api/v1/contacts/import',
        key,
        body: lines.map((line) => JSON.stringify(line)).join('\n'),
        headers: ndjson,
      });
    const run = async (started: TestAnswer): Promise<TestAnswer['body']> => {
      assert.equal(started.status, 202, started.text);
      t.app.jobs.start();
      for (;;) {
        const { body } = await call('GET', `/jobs/${started.body.id}`);
        if (body.endedAt !== null) {
          await t.app.jobs.stop();
          return body;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const contacts = async (query: string) => (await call('GET', `/contacts?limit=200&${query}`)).body.data;
    const codeOf = ({ status, body }: TestAnswer) => [status, body?.code];

    before(async () => {
      t = await openHarness(kind);
      admin = await t.createKey({ scopes: [...t.app.catalogue.all], rateLimit: limits });
      const customer = async (name: string) =>
        (await call('POST', '/customers', { name, email: `${name}@example.com` })).body.id;
      acme = await customer('acme');
      bolt = await customer('bolt');
      product = (await call('POST', '/products', { name: 'Editor' })).body.id;
    });
    after(() => t.close());

    test('an import changes contacts of its key’s customers only, and says nothing of the others', async () => {
      const theirs = (
        await call('POST', '/contacts', { email: 'shared@example.com', name: 'Bolt’s', customerId: bolt })
      ).body;
      const free = (await call('POST', '/contacts', { email: 'free@example.com', name: 'Nobody’s' })).body;
      const { secret } = await keyFor(acme);
      const done = await run(
        await importing(
          [
            { email: 'shared@example.com', name: 'Acme’s' },
            { email: 'free@example.com', name: 'Acme’s' },
            { email: 'x1@example.com', customerId: bolt },
            { email: 'x2@example.com', customerId: unknown },
            { email: 'x3@example.com', customerId: null },
            { email: 'own@example.com', customerId: acme },
          ],
          secret,
        ),
      );
      assert.deepEqual(done.result, { created: 3, updated: 0, unchanged: 0, failed: 3 });
      const message = 'This key is for the data of certain customers only.';
      assert.deepEqual(
        done.errors,
        [3, 4, 5].map((line) => ({ line, message })),
      );
      const made = await contacts(`customerId=${acme}`);
      assert.deepEqual(made.map(({ email }: { email: string }) => email).sort(), [
        'free@example.com',
        'own@example.com',
        'shared@example.com',
      ]);
      for (const before of [theirs, free])
        assert.deepEqual((await call('GET', `/contacts/${before.id}`)).body, before);
      assert.deepEqual(await contacts('q=x1%40'), []);
    });

    test('each step goes by the customers that the key has then', async () => {
      const key = await keyFor(acme);
      const lines = [
        { email: 'step-1@example.com' },
        ...Array.from({ length: 40 }, (_, i) => ({
          email: `pad-${i}@example.com`,
          name: 'x'.repeat(200),
          customFields: { pad: 'y'.repeat(15_000) },
        })),
        { email: 'step-2@example.com', customerId: bolt },
        { email: 'step-3@example.com', customerId: acme },
      ];
      const { id } = (await importing(lines, key.secret)).body;
      const now = t.clock.wallMs();
      const claim = { worker: 'test', now, leaseUntil: now + leaseMs };
      const claimed = () => t.app.database.transaction((tx) => claimJob(tx, claim));
      for (let job = await claimed(); job?.id !== id; job = await claimed()) assert.ok(job);
      const importKind = t.app.jobs.kinds.get('contacts.import')!;
      assert.equal(await commitStep(t.app, importKind, 'test', id), true, 'there must be a second step');
      const moved = await call('PATCH', `/api-keys/${key.id}`, { customerIds: [bolt] });
      assert.equal(moved.status, 200, moved.text);
      while (await commitStep(t.app, importKind, 'test', id));
      const { body: job } = await call('GET', `/jobs/${id}`);
      assert.equal(job.state, 'succeeded');
      assert.deepEqual(job.errors.map(({ line }: { line: number }) => line).slice(-1), [43]);
      const [first] = await contacts('q=step-1');
      const [second] = await contacts('q=step-2');
      assert.deepEqual([first.customerId, second.customerId], [acme, bolt]);
      assert.deepEqual(await contacts('q=step-3'), []);
      // The report is about customers of both: one of them does not suffice to see it.
      assert.deepEqual(codeOf(await call('GET', `/jobs/${id}`, undefined, key.secret)), [404, 'not_found']);
      await call('PATCH', `/api-keys/${key.id}`, { customerIds: [acme, bolt] });
      assert.equal((await call('GET', `/jobs/${id}`, undefined, key.secret)).status, 200);
    });

    test('a key sees its own jobs and nobody else’s, and fetches what they made', async () => {
      const [mine, other] = [await keyFor(acme), await keyFor(acme)];
      const batch = { productId: product, count: 3 };
      const started = await call('POST', '/licenses/bulk', batch, mine.secret);
      const done = await run(started);
      const path = `/jobs/${done.id}`;
      const list = (await call('GET', `${path}/download`, undefined, mine.secret)).text.trim().split('\n');
      assert.equal(list.length, 3);
      for (const line of list) {
        const license = (await call('GET', `/licenses/${JSON.parse(line).id}`)).body;
        assert.deepEqual([license.customerId, license.key], [acme, JSON.parse(line).key]);
      }
      const jobsOf = async (key: string) =>
        (await call('GET', '/jobs?limit=200', undefined, key)).body.data.map(({ id }: { id: string }) => id);
      assert.deepEqual([await jobsOf(mine.secret), await jobsOf(other.secret)], [[done.id], []]);
      for (const [method, rest] of [
        ['GET', ''],
        ['GET', '/download'],
        ['POST', '/retry'],
        ['POST', '/cancel'],
        ['DELETE', ''],
      ] as const) {
        const answer = await call(method, path + rest, undefined, other.secret);
        assert.deepEqual(codeOf(answer), [404, 'not_found'], `${method} ${rest}`);
      }
      await call('PATCH', `/api-keys/${mine.id}`, { customerIds: [bolt] });
      assert.deepEqual(codeOf(await call('GET', `${path}/download`, undefined, mine.secret)), [
        404,
        'not_found',
      ]);
      assert.deepEqual(await jobsOf(mine.secret), []);
      assert.equal((await call('GET', `${path}/download`)).status, 200);
    });

    test('what a key started before it was bound stays out of its sight', async () => {
      const wide = await t.createKey({ scopes, rateLimit: limits });
      const done = await run(await importing([{ email: 'wide@example.com', customerId: bolt }], wide.secret));
      assert.equal((await call('GET', `/jobs/${done.id}`, undefined, wide.secret)).status, 200);
      await call('PATCH', `/api-keys/${wide.id}`, { customerIds: [acme] });
      assert.deepEqual(codeOf(await call('GET', `/jobs/${done.id}`, undefined, wide.secret)), [
        404,
        'not_found',
      ]);
      assert.deepEqual((await call('GET', '/jobs', undefined, wide.secret)).body.data, []);
    });

    test('licences are for the key’s customers, or refused', async () => {
      const [one, two] = [await keyFor(acme), await keyFor(acme, bolt)];
      const make = (key: { secret: string }, fields: object) =>
        call('POST', '/licenses/bulk', { productId: product, count: 2, ...fields }, key.secret);
      for (const customerId of [bolt, unknown, null])
        assert.deepEqual(codeOf(await make(one, { customerId })), [403, 'customer_not_allowed']);
      const which = await make(two, {});
      assert.deepEqual([which.status, which.body.errors?.[0].path], [400, 'customerId']);
      const started = await make(two, { customerId: bolt });
      await call('PATCH', `/api-keys/${two.id}`, { customerIds: [acme] });
      const done = await run(started);
      assert.deepEqual([done.state, done.result], ['failed', null]);
      assert.match(done.error, /certain customers only/);
    });

    test('an export that is tried again counts among those that are open', async () => {
      const start = () => call('POST', '/exports/logs', {});
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) ids.push((await start()).body.id);
      assert.deepEqual(codeOf(await start()), [409, 'conflict']);
      assert.equal((await call('POST', `/jobs/${ids[0]}/cancel`)).status, 200);
      assert.equal((await start()).status, 202);
      const retried = await call('POST', `/jobs/${ids[0]}/retry`);
      assert.deepEqual(codeOf(retried), [409, 'conflict']);
      assert.match(retried.body.detail, /3 exports/);
      await call('POST', `/jobs/${ids[1]}/cancel`);
      const both = await Promise.all([
        call('POST', `/jobs/${ids[0]}/retry`),
        call('POST', `/jobs/${ids[1]}/retry`),
      ]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
    });
  });
});
