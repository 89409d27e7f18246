import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };
const nobody = 'cus_00000000000000000000000000';

onEachDatabase((kind, skip) => {
  describe(`licences on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;
    let product: string;
    let acme: string;
    let bolt: string;

    const call = (method: string, path: string, body?: unknown, key = admin.secret) =>
      harness.send({ method, url: `/api/v1${path}`, key, body });
    const codeOf = (answer: TestAnswer) => [answer.status, answer.body.code];
    const create = async (fields: Record<string, unknown> = {}) => {
      const answer = await call('POST', '/licenses', { productId: product, ...fields });
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    };
    const act = (id: string, action: string, body?: unknown, key?: string) =>
      call('POST', `/licenses/${id}/${action}`, body, key);
    const verify = async (key: string, machineId?: string, as?: string) => {
      const { status, body } = await call('POST', '/licenses/verify', { key, machineId }, as);
      assert.equal(status, 200);
      return body;
    };
    const reasonOf = async (key: string, machineId?: string) => (await verify(key, machineId)).reason;

    before(async () => {
      harness = await openHarness(kind);
      admin = await harness.createKey({ scopes: [...harness.app.catalogue.all], rateLimit: limits });
      product = (await call('POST', '/products', { name: 'Editor' })).body.id;
      const customer = async (name: string) =>
        (await call('POST', '/customers', { name, email: `${name}@example.com` })).body.id;
      acme = await customer('acme');
      bolt = await customer('bolt');
    });

    after(() => harness.close());

    test('go from available to revoked, and verification says why not on the way', async () => {
      const { id, key, ...made } = await create({ activationLimit: 2, metadata: { order: 7 } });
      assert.match(key, /^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
      assert.deepEqual(
        [made.state, made.customerId, made.activationLimit, made.activations, made.metadata],
        ['available', null, 2, 0, { order: 7 }],
      );
      assert.equal(await reasonOf(key, 'm1'), 'not_assigned');
      assert.equal((await act(id, 'assign', { customerId: acme })).body.state, 'assigned');
      assert.deepEqual([await reasonOf(key), await reasonOf(key, 'm1')], [null, 'not_activated']);
      assert.equal((await act(id, 'activate', { machineId: 'm1' })).body.state, 'active');
      assert.deepEqual((await verify(key, 'm1')).valid, true);
      assert.equal((await act(id, 'suspend')).body.state, 'suspended');
      assert.equal(await reasonOf(key, 'm1'), 'suspended');
      assert.equal((await act(id, 'resume')).body.state, 'active');
      assert.equal((await act(id, 'expire')).body.state, 'expired');
      assert.equal(await reasonOf(key, 'm1'), 'expired');
      const later = new Date(harness.clock.wallMs() + 86_400_000).toISOString();
      assert.equal((await call('PATCH', `/licenses/${id}`, { expiresAt: later })).body.state, 'active');
      assert.equal((await act(id, 'revoke')).body.state, 'revoked');
      assert.equal(await reasonOf(key, 'm1'), 'revoked');
      assert.deepEqual(await verify('AAAAA-BBBBB'), {
        valid: false,
        reason: 'unknown_license',
        license: null,
      });
      const audit = await call('GET', `/audit-log?limit=200`);
      const actions = audit.body.data
        .filter(({ targetId }: { targetId: string }) => targetId === id)
        .map(({ action }: { action: string }) => action.replace('license.', ''));
      const taken = [
        'created',
        'assigned',
        'activated',
        'suspended',
        'resumed',
        'expired',
        'updated',
        'revoked',
      ];
      assert.deepEqual(actions, taken.toReversed());
      assert.ok(!audit.text.includes(key));
    });

    test('what the table does not allow is a 409 that says the state, and changes nothing', async () => {
      const { id } = await create();
      const refused: [string, unknown?][] = [['activate', { machineId: 'm' }], ['suspend'], ['resume']];
      for (const [action, body] of refused) {
        const answer = await act(id, action, body);
        assert.deepEqual([...codeOf(answer), answer.body.state], [409, 'conflict', 'available'], action);
      }
      await act(id, 'revoke');
      const { headers } = await call('GET', `/licenses/${id}`);
      const all: [string, unknown?][] = [
        ['assign', { customerId: acme }],
        ['activate', { machineId: 'm' }],
        ['suspend'],
        ['resume'],
        ['expire'],
        ['revoke'],
      ];
      for (const [action, body] of all) assert.equal((await act(id, action, body)).status, 409, action);
      assert.equal((await call('GET', `/licenses/${id}`)).headers.etag, headers.etag);
    });

    test('expires when its time comes, without anybody doing anything', async () => {
      const expiresAt = new Date(harness.clock.wallMs() + 60_000).toISOString();
      const { id, key } = await create({ customerId: acme, expiresAt });
      assert.equal(await reasonOf(key), null);
      harness.clock.advance(60_000);
      assert.equal(await reasonOf(key), 'expired');
      assert.equal((await call('GET', `/licenses/${id}`)).body.state, 'expired');
      assert.equal((await act(id, 'activate', { machineId: 'm' })).status, 409);
    });

    test('is activated on as many machines as it may be, also when they all ask at once', async () => {
      const { id } = await create({ customerId: acme, activationLimit: 3 });
      const machines = ['a', 'b', 'c', 'd', 'e', 'a', 'b'];
      const answers = await Promise.all(machines.map((machineId) => act(id, 'activate', { machineId })));
      const granted = new Set(machines.filter((_, i) => answers[i]!.status === 200));
      assert.equal(granted.size, 3);
      for (const [i, answer] of answers.entries())
        assert.equal(answer.status, granted.has(machines[i]!) ? 200 : 409, machines[i]!);
      const { data } = (await call('GET', `/licenses/${id}/activations`)).body;
      assert.deepEqual(new Set(data.map(({ machineId }: { machineId: string }) => machineId)), granted);
      assert.equal((await call('GET', `/licenses/${id}`)).body.activations, 3);
      const lower = await call('PATCH', `/licenses/${id}`, { activationLimit: 2 });
      assert.deepEqual([lower.status, lower.body.errors[0].path], [400, 'activationLimit']);
      const [one] = granted;
      assert.equal((await act(id, 'deactivate', { machineId: one })).body.activations, 2);
      assert.deepEqual(codeOf(await act(id, 'deactivate', { machineId: one })), [404, 'not_found']);
      assert.equal((await act(id, 'activate', { machineId: 'f' })).status, 200);
      for (const machineId of [...granted, 'f']) await act(id, 'deactivate', { machineId });
      assert.equal((await call('GET', `/licenses/${id}`)).body.state, 'assigned');
    });

    test('lists are filtered by product, customer, key and state', async () => {
      const other = (await call('POST', '/products', { name: 'Viewer' })).body.id;
      const expiresAt = new Date(harness.clock.wallMs() + 1_000).toISOString();
      const made: Record<string, string> = {};
      const keep = async (
        state: string,
        fields: Record<string, unknown>,
        ...actions: [string, unknown?][]
      ) => {
        const { id } = await create({ productId: other, ...fields });
        for (const [action, body] of actions) assert.equal((await act(id, action, body)).status, 200);
        made[state] = id;
      };
      await keep('available', {});
      await keep('assigned', { customerId: acme });
      await keep('active', { customerId: acme }, ['activate', { machineId: 'm' }]);
      await keep('suspended', { customerId: bolt }, ['activate', { machineId: 'm' }], ['suspend']);
      await keep('expired', { customerId: bolt, expiresAt });
      await keep('revoked', { customerId: bolt }, ['revoke']);
      harness.clock.advance(1_000);
      const idsOf = async (query: string) =>
        (await call('GET', `/licenses?productId=${other}&${query}`)).body.data.map(
          ({ id }: { id: string }) => id,
        );
      for (const [state, id] of Object.entries(made))
        assert.deepEqual(await idsOf(`state=${state}`), [id], state);
      assert.deepEqual(await idsOf(`customerId=${acme}`), [made.active, made.assigned]);
      const { key } = (await call('GET', `/licenses/${made.active}`)).body;
      assert.deepEqual(await idsOf(`key=${key}`), [made.active]);
      assert.equal((await call('GET', '/licenses?state=lost')).status, 400);
      assert.deepEqual(codeOf(await call('DELETE', `/products/${other}`)), [409, 'conflict']);
    });

    test('bad input is refused with the member’s name', async () => {
      const wrongs: [Record<string, unknown>, string][] = [
        [{ productId: 'prd_00000000000000000000000000' }, 'productId'],
        [{ customerId: nobody }, 'customerId'],
        [{ activationLimit: 0 }, 'activationLimit'],
        [{ activationLimit: 1.5 }, 'activationLimit'],
        [{ expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
        [{ expiresAt: 'soon' }, 'expiresAt'],
        [{ metadata: { k: admin.secret } }, 'metadata'],
        [{ key: 'mine' }, 'key'],
      ];
      for (const [fields, path] of wrongs) {
        const answer = await call('POST', '/licenses', { productId: product, ...fields });
        assert.deepEqual([answer.status, answer.body.errors?.[0].path], [400, path], answer.text);
      }
      const { id } = await create({ customerId: acme });
      assert.deepEqual((await act(id, 'assign', { customerId: nobody })).body.errors[0].path, 'customerId');
      assert.equal((await act(id, 'activate', {})).status, 400);
    });

    test('a key for a customer sees and changes that customer’s licences only', async () => {
      const foreign = await create({ customerId: bolt });
      const free = await create();
      const bound = {
        name: 'Portal of Acme',
        scopes: ['licenses:write'],
        customerIds: [acme],
        rateLimit: limits,
      };
      const as = (await call('POST', '/api-keys', bound)).body.secret;
      const own = await call('POST', '/licenses', { productId: product }, as);
      assert.deepEqual([own.status, own.body.customerId, own.body.state], [201, acme, 'assigned']);
      const seen = await call('GET', '/licenses?limit=200', undefined, as);
      assert.ok(seen.body.data.every(({ customerId }: { customerId: string }) => customerId === acme));
      for (const { id, key } of [foreign, free]) {
        assert.equal((await verify(key, undefined, as)).reason, 'unknown_license');
        assert.deepEqual(codeOf(await call('GET', `/licenses/${id}`, undefined, as)), [404, 'not_found']);
        assert.deepEqual(codeOf(await call('GET', `/licenses/${id}/activations`, undefined, as)), [
          404,
          'not_found',
        ]);
        for (const action of ['suspend', 'resume', 'expire', 'revoke'])
          assert.deepEqual(codeOf(await act(id, action, undefined, as)), [404, 'not_found'], action);
        for (const action of ['activate', 'deactivate'])
          assert.deepEqual(codeOf(await act(id, action, { machineId: 'm' }, as)), [404, 'not_found'], action);
      }
      for (const customerId of [bolt, nobody]) {
        const given = await act(own.body.id, 'assign', { customerId }, as);
        const made = await call('POST', '/licenses', { productId: product, customerId }, as);
        assert.deepEqual([codeOf(given), codeOf(made)], Array(2).fill([403, 'customer_not_allowed']));
      }
      assert.equal((await call('GET', `/products/${product}`, undefined, as)).status, 200);
      const products = [
        await call('POST', '/products', { name: 'x' }, as),
        await call('PATCH', `/products/${product}`, { name: 'x' }, as),
        await call('DELETE', `/products/${product}`, undefined, as),
      ];
      for (const answer of products) assert.deepEqual(codeOf(answer), [403, 'customer_not_allowed']);
    });
  });
});
