import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };

onEachDatabase((kind, skip) => {
  describe(`customers on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;
    let count = 0;

    before(async () => {
      harness = await openHarness(kind);
      admin = await harness.createKey({ scopes: [...harness.app.catalogue.all], rateLimit: limits });
    });

    after(() => harness.close());

    type Asked = { key?: string; headers?: Record<string, string>; host?: string };
    const call = (method: string, path: string, body?: unknown, more: Asked = {}) =>
      harness.send({ method, url: `/api/v1${path}`, key: admin.secret, body, ...more });
    const create = async (fields: Record<string, unknown> = {}) => {
      count++;
      const body = { name: `Acme ${count}`, email: `acme-${count}@example.com`, ...fields };
      const answer = await call('POST', '/customers', body);
      assert.equal(answer.status, 201, answer.text);
      return answer;
    };
    const createKey = (body: Record<string, unknown>) =>
      call('POST', '/api-keys', { name: 'Portal of Acme', scopes: ['customers:write'], ...body });
    const codeOf = (answer: TestAnswer) => [answer.status, answer.body.code];

    test('a customer has the contract’s shape, its e-mail in one spelling, and its metadata as sent', async () => {
      const { body, headers } = await create({
        name: '  Ada Ltd ',
        email: 'ADA@Example.com ',
        metadata: { plan: 'gold', seats: 3, tags: ['a'], nested: { x: null } },
      });
      const { id, createdAt, updatedAt, ...rest } = body;
      assert.match(id, /^cus_/);
      assert.equal(createdAt, updatedAt);
      assert.deepEqual(rest, {
        name: 'Ada Ltd',
        email: 'ada@example.com',
        metadata: { plan: 'gold', seats: 3, tags: ['a'], nested: { x: null } },
        anonymizedAt: null,
      });
      assert.equal(headers.location, `/api/v1/customers/${id}`);
      const got = await call('GET', `/customers/${id}`);
      assert.deepEqual(got.body, body);
      assert.equal(got.headers.etag, headers.etag);
    });

    test('an e-mail address belongs to one customer of an environment, and the refusal names it', async () => {
      const { body } = await create({ email: 'one@example.com' });
      const again = await call('POST', '/customers', { name: 'Other', email: 'ONE@example.com' });
      assert.deepEqual([...codeOf(again), again.body.existingId], [409, 'conflict', body.id]);
      const elsewhere = await harness.createKey({
        environment: 'sandbox',
        scopes: ['customers:write'],
        rateLimit: limits,
      });
      const there = { key: elsewhere.secret, host: hostOf('sandbox') };
      const same = await call('POST', '/customers', { name: 'Other', email: 'one@example.com' }, there);
      assert.equal(same.status, 201);
      assert.equal((await call('GET', `/customers/${body.id}`, undefined, there)).status, 404);
      const other = await create();
      const taken = await call('PATCH', `/customers/${other.body.id}`, { email: 'one@example.com' });
      assert.deepEqual(codeOf(taken), [409, 'conflict']);
    });

    test('of many at once with one address exactly one is made', async () => {
      const body = { name: 'Race', email: 'race@example.com' };
      const answers = await Promise.all(Array.from({ length: 8 }, () => call('POST', '/customers', body)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
    });

    test('a patch changes what it names, merges metadata, and leaves no trace where nothing changes', async () => {
      const { body, headers } = await create({ metadata: { plan: 'gold', seats: 3 } });
      const path = `/customers/${body.id}`;
      const same = await call('PATCH', path, { name: body.name, metadata: { plan: 'gold' } });
      assert.deepEqual([same.status, same.headers.etag], [200, headers.etag]);
      const changed = await call('PATCH', path, { metadata: { seats: null, region: 'eu' } });
      assert.deepEqual(changed.body.metadata, { plan: 'gold', region: 'eu' });
      const late = await call('PATCH', path, { name: 'Late' }, { headers: { 'if-match': headers.etag! } });
      assert.equal(late.status, 412);
    });

    test('is found by a part of its name or address, page after page, and by the whole address', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        const fields = { name: `Zebra 100%_${i}`, email: `zebra-${i}@stripes.example` };
        ids.push((await create(fields)).body.id);
      }
      const first = await call('GET', '/customers?q=STRIPES.ex&limit=3');
      const second = await call('GET', `/customers?q=stripes.ex&limit=3&cursor=${first.body.nextCursor}`);
      const found = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id);
      assert.deepEqual(found, ids.toReversed());
      assert.equal(second.body.nextCursor, null);
      assert.equal((await call('GET', `/customers?q=${encodeURIComponent('100%_3')}`)).body.data.length, 1);
      assert.equal((await call('GET', `/customers?q=${encodeURIComponent('a%b')}`)).body.data.length, 0);
      const whole = await call('GET', '/customers?email=Zebra-2@stripes.example');
      assert.deepEqual(
        whole.body.data.map(({ id }: { id: string }) => id),
        [ids[2]],
      );
    });

    test('bad input is refused with the member’s name', async () => {
      const wrongs: [Record<string, unknown>, string][] = [
        [{ email: 'nobody' }, 'email'],
        [{ name: ' ' }, 'name'],
        [{ name: admin.secret }, 'name'],
        [{ metadata: { note: `token ${admin.secret}` } }, 'metadata'],
        [{ metadata: { big: 'x'.repeat(17_000) } }, 'metadata'],
        [{ metadata: [] }, 'metadata'],
        [{ extra: 1 }, 'extra'],
      ];
      for (const [fields, path] of wrongs) {
        const answer = await call('POST', '/customers', { name: 'N', email: 'n@example.com', ...fields });
        assert.equal(answer.status, 400, JSON.stringify(fields));
        assert.equal(answer.body.errors[0].path, path, answer.text);
        assert.ok(!answer.text.includes(admin.secret));
      }
    });

    test('is not deleted while a key is for it, and is gone afterwards', async () => {
      const { body } = await create();
      const key = await createKey({ customerIds: [body.id] });
      const refused = await call('DELETE', `/customers/${body.id}`);
      assert.deepEqual(codeOf(refused), [409, 'conflict']);
      assert.match(refused.body.detail, /1 API key\./);
      assert.equal((await call('DELETE', `/api-keys/${key.body.id}`)).status, 200);
      assert.equal((await call('DELETE', `/customers/${body.id}`)).status, 204);
      assert.equal((await call('GET', `/customers/${body.id}`)).status, 404);
    });

    test('deleted while something is made for it: one of the two is refused, and nothing is an error of ours', async () => {
      for (let round = 0; round < 20; round++) {
        const { id } = (await create()).body;
        const [gone, ...made] = await Promise.all([
          call('DELETE', `/customers/${id}`),
          call('POST', '/contacts', { email: `race-${round}@example.com`, customerId: id }),
          createKey({ customerIds: [id] }),
        ]);
        const isGone = gone!.status === 204;
        assert.equal(gone!.status, isGone ? 204 : 409, gone!.text);
        for (const { status, text } of made) {
          assert.ok(status === 201 || status === 400, text);
          assert.ok(status === 400 || !isGone, 'belongs to nobody');
        }
      }
    });

    test('anonymised, nothing says who it was, the audit log neither', async () => {
      const { body } = await create({
        name: 'Marie Sklodowska',
        email: 'marie@radium.example',
        metadata: { phone: '+48 555' },
      });
      const path = `/customers/${body.id}`;
      const done = await call('POST', `${path}/anonymize`);
      assert.equal(done.status, 200);
      assert.deepEqual([done.body.email, done.body.metadata], [null, {}]);
      const again = await call('POST', `${path}/anonymize`);
      assert.equal(again.headers.etag, done.headers.etag);
      assert.equal((await call('GET', '/customers?q=radium')).body.data.length, 0);
      const audit = await call('GET', '/audit-log?limit=200');
      assert.ok(audit.text.includes(body.id));
      assert.ok(!/marie|radium|\+48 555/i.test(audit.text));
      await create({ name: 'Somebody else', email: 'marie@radium.example' });
    });

    describe('a key for certain customers', () => {
      let mine: string;
      let other: string;
      let bound: string;
      const as = (method: string, path: string, body?: unknown) => call(method, path, body, { key: bound });

      before(async () => {
        mine = (await create()).body.id;
        other = (await create()).body.id;
        const key = await createKey({ customerIds: [mine], rateLimit: limits });
        assert.equal(key.status, 201, key.text);
        assert.deepEqual(key.body.customerIds, [mine]);
        bound = key.body.secret;
      });

      test('sees these and no other, in lists, searches and by id', async () => {
        for (const path of ['/customers', '/customers?q=acme', '/customers?limit=1']) {
          const { body } = await as('GET', path);
          assert.deepEqual(
            body.data.map(({ id }: { id: string }) => id),
            [mine],
            path,
          );
          assert.equal(body.nextCursor, null);
        }
        assert.equal((await as('GET', `/customers/${mine}`)).status, 200);
        const hidden = await as('GET', `/customers/${other}`);
        const missing = await as('GET', '/customers/cus_00000000000000000000000000');
        assert.deepEqual(codeOf(hidden), [404, 'not_found']);
        assert.equal(hidden.body.detail, missing.body.detail);
        for (const method of ['PATCH', 'DELETE'])
          assert.equal(
            (await as(method, `/customers/${other}`, method === 'PATCH' ? { name: 'x' } : undefined)).status,
            404,
          );
        assert.equal((await as('POST', `/customers/${other}/anonymize`)).status, 404);
      });

      test('changes its own, makes none, and learns no other’s id from a taken address', async () => {
        assert.equal((await as('PATCH', `/customers/${mine}`, { name: 'Renamed' })).status, 200);
        const made = await as('POST', '/customers', { name: 'New', email: 'new@example.com' });
        assert.deepEqual(codeOf(made), [403, 'customer_not_allowed']);
        const { email } = (await call('GET', `/customers/${other}`)).body;
        const taken = await as('PATCH', `/customers/${mine}`, { email });
        assert.deepEqual([...codeOf(taken), taken.body.existingId], [409, 'conflict', undefined]);
      });

      test('names scopes in which it can be kept to them, and customers that exist', async () => {
        const wrongs: [Record<string, unknown>, string][] = [
          [{ scopes: ['knowledge:write'] }, 'scopes'],
          [{ scopes: ['contacts:read', 'webhooks:read'] }, 'scopes'],
          [{ scopes: ['api_keys:read'] }, 'scopes'],
          [{ scopes: ['logs:read'] }, 'scopes'],
          [{ scopes: ['contacts:write', 'bulk:write'] }, 'scopes'],
          [{ scopes: ['jobs:read'] }, 'scopes'],
          [{ scopes: ['jobs:write'] }, 'scopes'],
          [{ scopes: [] }, 'scopes'],
          [{ customerIds: ['key_1'] }, 'customerIds.0'],
          [{ customerIds: [mine, 'cus_00000000000000000000000000'] }, 'customerIds'],
        ];
        for (const [fields, path] of wrongs) {
          const answer = await createKey({ customerIds: [mine], ...fields });
          assert.deepEqual([answer.status, answer.body.errors?.[0].path], [400, path], answer.text);
        }
        const scopes = [
          'analytics:read',
          'contacts:write',
          'customers:read',
          'knowledge:read',
          'licenses:read',
        ];
        assert.equal((await createKey({ customerIds: [mine], scopes })).status, 201);
        // Nor does a key that may start jobs, and has perhaps, become one for certain customers.
        const wide = (await createKey({ scopes: ['contacts:write', 'bulk:write'] })).body.id;
        const bound = await call('PATCH', `/api-keys/${wide}`, { customerIds: [mine] });
        assert.deepEqual([bound.status, bound.body.code], [400, 'validation_failed'], bound.text);
      });

      test('is changed from the next request on, and never made to reach beyond who changes it', async () => {
        const { body } = await createKey({ customerIds: [mine], rateLimit: limits });
        const use = (id: string) => call('GET', `/customers/${id}`, undefined, { key: body.secret });
        assert.deepEqual([(await use(mine)).status, (await use(other)).status], [200, 404]);
        await call('PATCH', `/api-keys/${body.id}`, { customerIds: [other] });
        assert.deepEqual([(await use(mine)).status, (await use(other)).status], [404, 200]);
        const cleared = await call('PATCH', `/api-keys/${body.id}`, { customerIds: null });
        assert.deepEqual(cleared.body.customerIds, []);
        assert.deepEqual([(await use(mine)).status, (await use(other)).status], [200, 200]);
      });

      test('sees the usage of keys for its customers, and no figures of others', async () => {
        const scopes = ['analytics:read'];
        const reader = await createKey({ customerIds: [mine], scopes, rateLimit: limits });
        const wider = await createKey({ customerIds: [mine, other], scopes });
        const see = async (path: string) => {
          const { status, body } = await call('GET', path, undefined, { key: reader.body.secret });
          return [status, body.code];
        };
        const usageOf = (id: string) => see(`/api-keys/${id}/usage`);
        assert.deepEqual(await usageOf(reader.body.id), [200, undefined]);
        assert.deepEqual(await usageOf(admin.id), [404, 'not_found']);
        assert.deepEqual(await usageOf(wider.body.id), [404, 'not_found']);
        const metrics = await harness.send({ url: '/metrics', key: reader.body.secret });
        assert.deepEqual(codeOf(metrics), [403, 'customer_not_allowed']);
      });

      test('is verified for its customers only, and a refusal takes nothing of its limits', async () => {
        const made = await createKey({ customerIds: [mine] });
        const verify = (customerId: string | undefined, dryRun = false) =>
          call('POST', '/api-keys/verify', { key: made.body.secret, customerId, dryRun });
        const { valid, rateLimit } = (await verify(mine)).body;
        assert.equal(valid, true);
        for (const customerId of [other, 'cus_00000000000000000000000000']) {
          const { body } = await verify(customerId);
          assert.deepEqual([body.valid, body.code], [false, 'customer_not_allowed']);
          assert.equal(body.rateLimit.remaining, rateLimit.remaining);
        }
        const names = async (customerId: string | undefined) =>
          (await verify(customerId, true)).body.checks.map(({ name }: { name: string }) => name);
        assert.ok((await names(other)).includes('customer'));
        assert.ok(!(await names(undefined)).includes('customer'));
        const free = await createKey({});
        const anybody = await call('POST', '/api-keys/verify', { key: free.body.secret, customerId: other });
        assert.equal(anybody.body.valid, true);
      });

      test('goes with all keys of its customer when these are revoked', async () => {
        const { body } = await createKey({ customerIds: [mine, other] });
        const { body: apart } = await createKey({ customerIds: [other] });
        const fresh = (await create()).body.id;
        assert.deepEqual(
          (await call('POST', '/api-keys/bulk-revoke', { customerId: fresh })).body.revoked,
          [],
        );
        const { revoked } = (await call('POST', '/api-keys/bulk-revoke', { customerId: mine })).body;
        assert.ok(revoked.includes(body.id) && !revoked.includes(apart.id));
        const dead = await call('GET', '/customers', undefined, { key: bound });
        assert.deepEqual(codeOf(dead), [401, 'inactive_key']);
      });
    });
  });
});
