import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };

onEachDatabase((kind, skip) => {
  describe(`contacts on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;
    let acme: string;
    let bolt: string;
    let ofAcme: string;

    const call = (method: string, path: string, body?: unknown, key = admin.secret) =>
      harness.send({ method, url: `/api/v1${path}`, key, body });
    const put = (body: Record<string, unknown>, key?: string) => call('POST', '/contacts', body, key);
    const codeOf = (answer: TestAnswer) => [answer.status, answer.body.code];
    const idsOf = (answer: TestAnswer) => answer.body.data.map(({ id }: { id: string }) => id);

    before(async () => {
      harness = await openHarness(kind);
      admin = await harness.createKey({ scopes: [...harness.app.catalogue.all], rateLimit: limits });
      const customer = async (name: string) =>
        (await call('POST', '/customers', { name, email: `${name}@example.com` })).body.id;
      acme = await customer('acme');
      bolt = await customer('bolt');
      const scopes = ['contacts:write'];
      const bound = { name: 'Portal of Acme', scopes, customerIds: [acme], rateLimit: limits };
      ofAcme = (await call('POST', '/api-keys', bound)).body.secret;
    });

    after(() => harness.close());

    test('a contact is made, and one with a known address is changed', async () => {
      const made = await put({
        email: 'Grace@Example.com',
        phone: '+49 (30) 123-4567',
        name: 'Grace',
        customFields: { vip: true, since: 2020 },
      });
      assert.equal(made.status, 201, made.text);
      const { id, createdAt, updatedAt, ...rest } = made.body;
      assert.match(id, /^con_/);
      assert.equal(createdAt, updatedAt);
      assert.deepEqual(rest, {
        customerId: null,
        email: 'grace@example.com',
        phone: '+49301234567',
        name: 'Grace',
        customFields: { vip: true, since: 2020 },
      });
      const again = await put({
        email: 'GRACE@example.com',
        name: 'Grace H.',
        customFields: { since: null },
      });
      assert.equal(again.status, 200);
      assert.deepEqual(
        [again.body.id, again.body.name, again.body.phone, again.body.customFields],
        [id, 'Grace H.', '+49301234567', { vip: true }],
      );
      assert.deepEqual((await call('GET', `/contacts/${id}`)).body, again.body);
    });

    test('of many at once with one address exactly one is new, and all speak of it', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => put({ email: 'race@example.com', name: `Racer ${i}` })),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(7).fill(200), 201]);
      assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    });

    test('has an address or a number, in one spelling', async () => {
      const wrongs: [Record<string, unknown>, string][] = [
        [{ name: 'Nobody' }, 'email'],
        [{ email: 'x' }, 'email'],
        [{ phone: 'call me' }, 'phone'],
        [{ phone: '12' }, 'phone'],
        [{ email: 'a@example.com', customerId: 'cus_00000000000000000000000000' }, 'customerId'],
        [{ email: 'a@example.com', name: admin.secret }, 'name'],
        [{ email: 'a@example.com', customFields: { k: admin.secret } }, 'customFields'],
      ];
      for (const [body, path] of wrongs) {
        const answer = await put(body);
        assert.deepEqual([answer.status, answer.body.errors?.[0].path], [400, path], answer.text);
      }
      const { body } = await put({ phone: '030 55 55' });
      const cleared = await call('PATCH', `/contacts/${body.id}`, { phone: null });
      assert.deepEqual([cleared.status, cleared.body.errors[0].path], [400, 'email']);
      assert.deepEqual(idsOf(await call('GET', '/contacts?phone=030-5555')), [body.id]);
    });

    test('lists are filtered, searched and paged, newest first', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) {
        ids.push((await put({ email: `list-${i}@filter.example`, customerId: bolt })).body.id);
      }
      const first = await call('GET', `/contacts?customerId=${bolt}&limit=2`);
      const rest = await call('GET', `/contacts?customerId=${bolt}&limit=2&cursor=${first.body.nextCursor}`);
      assert.deepEqual([...idsOf(first), ...idsOf(rest)], ids.toReversed());
      assert.deepEqual(idsOf(await call('GET', '/contacts?q=LIST-1@filter')), [ids[1]]);
      assert.deepEqual(idsOf(await call('GET', '/contacts?email=list-2@filter.example')), [ids[2]]);
    });

    test('one person may be a contact of two customers, and then has to be named with one', async () => {
      const email = 'both@example.com';
      const one = await put({ email, customerId: acme });
      const two = await put({ email, customerId: bolt });
      assert.deepEqual([one.status, two.status], [201, 201]);
      assert.notEqual(one.body.id, two.body.id);
      const which = await put({ email, name: 'Which?' });
      assert.deepEqual([which.status, which.body.errors[0].path], [400, 'customerId']);
      assert.equal((await put({ email, name: 'Acme’s', customerId: acme })).body.id, one.body.id);
      const moved = await call('PATCH', `/contacts/${two.body.id}`, { customerId: acme });
      assert.deepEqual([...codeOf(moved), moved.body.existingId], [409, 'conflict', one.body.id]);
    });

    test('a key for a customer sees and changes that customer’s contacts only', async () => {
      const foreign = (await put({ email: 'foreign@example.com', customerId: bolt })).body;
      const free = (await put({ email: 'free@example.com' })).body;
      const own = await put({ email: 'own@example.com', name: 'Mine' }, ofAcme);
      assert.deepEqual([own.status, own.body.customerId], [201, acme]);
      const seen = await call('GET', '/contacts?limit=200', undefined, ofAcme);
      assert.ok(seen.body.data.every(({ customerId }: { customerId: string }) => customerId === acme));
      assert.ok(idsOf(seen).includes(own.body.id));
      for (const { id, email } of [foreign, free]) {
        assert.deepEqual(idsOf(await call('GET', `/contacts?q=${email}`, undefined, ofAcme)), []);
        for (const [method, body] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as const)
          assert.deepEqual(codeOf(await call(method, `/contacts/${id}`, body, ofAcme)), [404, 'not_found']);
        const twin = await put({ email }, ofAcme);
        assert.equal(twin.status, 201, 'that the address is known elsewhere is not to be learnt');
      }
      for (const customerId of [bolt, 'cus_00000000000000000000000000', null]) {
        const written = await put({ email: 'x@example.com', customerId }, ofAcme);
        const moved = await call('PATCH', `/contacts/${own.body.id}`, { customerId }, ofAcme);
        assert.deepEqual(codeOf(written), [403, 'customer_not_allowed']);
        assert.deepEqual(codeOf(moved), [403, 'customer_not_allowed']);
      }
    });

    test('keep their customer from being deleted, and what they are called out of the audit log', async () => {
      const customer = (await call('POST', '/customers', { name: 'Gone', email: 'gone@example.com' })).body
        .id;
      const { body } = await put({ email: 'last@example.com', name: 'Ludmilla', customerId: customer });
      const refused = await call('DELETE', `/customers/${customer}`);
      assert.deepEqual(codeOf(refused), [409, 'conflict']);
      assert.match(refused.body.detail, /1 contact\./);
      await call('PATCH', `/contacts/${body.id}`, { name: 'Ludmilla II', phone: '+43 1 999888' });
      assert.equal((await call('DELETE', `/contacts/${body.id}`)).status, 204);
      assert.equal((await call('DELETE', `/customers/${customer}`)).status, 204);
      const audit = (await call('GET', '/audit-log?limit=200')).text;
      assert.ok(audit.includes(body.id));
      assert.ok(!/ludmilla|last@example|999888/i.test(audit));
    });
  });
});
