import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };
const nobody = 'cus_00000000000000000000000000';
const good = { group: 'build', type: 'value', name: 'seconds', value: 12.5 };

onEachDatabase((kind, skip) => {
  describe(`telemetry on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;
    let acme: string;
    let bolt: string;
    let ofAcme: string;

    const call = (method: string, path: string, body?: unknown, key = admin.secret) =>
      harness.send({ method, url: `/api/v1${path}`, key, body });
    const send = async (body: Record<string, unknown>, key?: string) => {
      const answer = await call('POST', '/telemetry', body, key);
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    };
    const codeOf = (answer: TestAnswer) => [answer.status, answer.body.code];
    const idsOf = (answer: TestAnswer) => answer.body.data.map(({ id }: { id: string }) => id);

    before(async () => {
      harness = await openHarness(kind);
      admin = await harness.createKey({ scopes: [...harness.app.catalogue.all], rateLimit: limits });
      const customer = async (name: string) =>
        (await call('POST', '/customers', { name, email: `${name}@example.com` })).body.id;
      acme = await customer('acme');
      bolt = await customer('bolt');
      const bound = {
        name: 'Portal of Acme',
        scopes: ['telemetry:write'],
        customerIds: [acme],
        rateLimit: limits,
      };
      ofAcme = (await call('POST', '/api-keys', bound)).body.secret;
    });

    after(() => harness.close());

    test('a record is stored as it was sent, and found again', async () => {
      const { id, createdAt, ...record } = await send(good);
      assert.match(id, /^tel_/);
      assert.equal(createdAt, new Date(harness.clock.wallMs()).toISOString());
      assert.deepEqual(record, {
        ...good,
        customerId: null,
        licenseId: null,
        flagged: false,
        flagReason: null,
      });
      assert.deepEqual((await call('GET', `/telemetry/${id}`)).body, { id, createdAt, ...record });
    });

    test('what is malformed is stored and flagged, never refused', async () => {
      const wrongs: [Record<string, unknown>, RegExp][] = [
        [{}, /group.*name.*type/],
        [{ ...good, value: 'warm' }, /value is not a number/],
        [{ ...good, type: 'color' }, /type is none of/],
        [{ ...good, group: { a: 1 } }, /group is not/],
        [{ ...good, customerId: nobody }, /no such customer/],
        [{ ...good, customerId: 7 }, /no such customer/],
        [{ ...good, licenseId: 'lic_1' }, /no such licence/],
      ];
      for (const [body, expected] of wrongs) {
        const record = await send(body);
        assert.equal(record.flagged, true, JSON.stringify(body));
        assert.match(record.flagReason, expected);
      }
      const secret = await call('POST', '/telemetry', {
        ...good,
        type: 'text',
        value: `is ${admin.secret} it`,
      });
      assert.deepEqual(codeOf(secret), [400, 'validation_failed']);
      assert.ok(!secret.text.includes(admin.secret));
    });

    test('is of the customer of its licence', async () => {
      const product = (await call('POST', '/products', { name: 'Editor' })).body.id;
      const license = (await call('POST', '/licenses', { productId: product, customerId: bolt })).body.id;
      const record = await send({ ...good, licenseId: license });
      assert.deepEqual([record.customerId, record.licenseId, record.flagged], [bolt, license, false]);
      assert.deepEqual(idsOf(await call('GET', `/telemetry?licenseId=${license}`)), [record.id]);
      assert.equal((await call('DELETE', `/licenses/${license}`)).status, 204);
      assert.equal((await call('GET', `/telemetry/${record.id}`)).body.licenseId, null);
    });

    test('lists are filtered and paged, newest first', async () => {
      const group = 'lists';
      const a = await send({ ...good, group });
      harness.clock.advance(1_000);
      const b = await send({ ...good, group, type: 'text', name: 'note', value: 'hello' });
      harness.clock.advance(1_000);
      const c = await send({ ...good, group, value: 'x', customerId: bolt });
      const list = async (query: string) => idsOf(await call('GET', `/telemetry?group=${group}&${query}`));
      assert.deepEqual(await list('limit=10'), [c.id, b.id, a.id]);
      assert.deepEqual(await list('flagged=true'), [c.id]);
      assert.deepEqual(await list('flagged=false'), [b.id, a.id]);
      assert.deepEqual(await list('type=text'), [b.id]);
      assert.deepEqual(await list('name=note'), [b.id]);
      assert.deepEqual(await list(`customerId=${bolt}`), [c.id]);
      assert.deepEqual(await list(`from=${b.createdAt}&to=${c.createdAt}`), [b.id]);
      const first = await call('GET', `/telemetry?group=${group}&limit=2`);
      assert.deepEqual(await list(`limit=2&cursor=${first.body.nextCursor}`), [a.id]);
      assert.equal((await call('GET', '/telemetry?flagged=perhaps')).status, 400);
    });

    test('totals count every record, by day and group, with the share that is flagged', async () => {
      const group = 'totals';
      const record = { ...good, group };
      const day = new Date(harness.clock.wallMs()).toISOString().slice(0, 10);
      await Promise.all(Array.from({ length: 6 }, () => send(record)));
      await send({ ...record, value: null });
      await send({ ...record, type: 1, customerId: bolt });
      const { body } = await call('GET', `/telemetry/totals?group=${group}`);
      assert.deepEqual(body, {
        total: 8,
        flagged: 2,
        flaggedShare: 0.25,
        byDay: [{ day, total: 8, flagged: 2 }],
        byGroup: [{ group, total: 8, flagged: 2, flaggedShare: 0.25 }],
      });
      const ofBolt = await call('GET', `/telemetry/totals?group=${group}&customerId=${bolt}`);
      assert.deepEqual([ofBolt.body.total, ofBolt.body.flagged], [1, 1]);
      const past = await call('GET', '/telemetry/totals?to=2020-01-01T00:00:00Z');
      assert.deepEqual([past.body.total, past.body.flaggedShare, past.body.byDay], [0, 0, []]);
      const long = '/telemetry/totals?from=2020-01-01T00:00:00Z';
      assert.deepEqual(codeOf(await call('GET', long)), [400, 'validation_failed']);
      const turned = '/telemetry/totals?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z';
      assert.deepEqual(codeOf(await call('GET', turned)), [400, 'validation_failed']);
    });

    test('a key for a customer sends and sees that customer’s records only, and counts no others', async () => {
      const own = await send({ ...good, group: 'bound' }, ofAcme);
      const foreign = await send({ ...good, group: 'bound', customerId: bolt });
      const free = await send({ ...good, group: 'bound' });
      assert.equal(own.customerId, acme);
      assert.deepEqual(idsOf(await call('GET', '/telemetry?group=bound', undefined, ofAcme)), [own.id]);
      for (const { id } of [foreign, free])
        assert.deepEqual(codeOf(await call('GET', `/telemetry/${id}`, undefined, ofAcme)), [
          404,
          'not_found',
        ]);
      for (const query of ['', `&customerId=${bolt}`]) {
        const { body } = await call('GET', `/telemetry/totals?group=bound${query}`, undefined, ofAcme);
        assert.equal(body.total, query === '' ? 1 : 0);
      }
      for (const customerId of [bolt, nobody]) {
        const answer = await call('POST', '/telemetry', { ...good, customerId }, ofAcme);
        assert.deepEqual(codeOf(answer), [403, 'customer_not_allowed']);
      }
      assert.equal((await send({ ...good, customerId: 9 }, ofAcme)).customerId, acme);
      const refused = await call('DELETE', `/customers/${acme}`);
      assert.match(refused.body.detail, /telemetry records/);
    });
  });
});
