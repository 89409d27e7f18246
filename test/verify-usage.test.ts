import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const route = '/api/v1/api-keys/verify';

onEachDatabase((kind, skip) => {
  describe(`what a verification leaves behind on ${kind}`, { skip }, () => {
    let t: Harness;
    let service: TestKey;
    let reader: TestKey;
    let customer: TestKey;
    before(async () => {
      t = await openHarness(kind, {
        settings: { KEYWARD_REQUEST_LOG: 'on', KEYWARD_SURFACES: 'orders' },
      });
      service = await t.createKey({ name: 'Orders API — Verification', scopes: ['api_keys:verify'] });
      reader = await t.createKey({ scopes: ['logs:read', 'analytics:read', 'api_keys:read'] });
    });
    beforeEach(async () => {
      customer = await t.createKey({ name: 'Shop — Production', scopes: ['orders:read', 'knowledge:read'] });
    });
    after(() => t.close());

    const verify = (body: object, key = service): Promise<TestAnswer> =>
      t.send({ url: route, key: key.secret, body: { key: customer.secret, ...body } });
    const get = async (url: string, more: object = {}) => {
      await t.app.requestLog!.flush();
      const answer = await t.send({ url, key: reader.secret, ...more });
      assert.equal(answer.status, 200, answer.text);
      return answer.body;
    };
    const usageOf = ({ id }: TestKey) => get(`/api/v1/api-keys/${id}/usage?interval=day`);
    const logOf = async ({ id }: TestKey) => (await get(`/api/v1/logs?keyId=${id}`)).data;

    test('a verdict is a request of the key that was verified, with the address that was given', async () => {
      const answer = await verify({ scopes: ['orders:read'], ip: '198.51.100.7' });
      assert.equal(answer.body.valid, true);
      const [entry, ...others] = await logOf(customer);
      assert.deepEqual(others, []);
      const { requestId, durationMs, ...rest } = entry;
      assert.match(requestId, /^req_/);
      assert.notEqual(requestId, answer.headers['x-request-id']);
      assert.ok(durationMs >= 0);
      assert.deepEqual(rest, {
        clientRequestId: answer.headers['x-request-id'],
        at: '2026-03-10T12:00:00.000Z',
        keyId: customer.id,
        keyName: 'Shop — Production',
        secretId: customer.secretId,
        hint: customer.secret.slice(0, 18),
        environment: 'production',
        method: 'POST',
        path: route,
        route: `${route}#orders:read`,
        status: 200,
        code: null,
        ip: '198.51.100.7',
        userAgent: '',
        requestBytes: 0,
        responseBytes: 0,
        requiredScopes: ['orders:read'],
      });
      const usage = await usageOf(customer);
      assert.deepEqual(usage.byEndpoint, [
        { method: 'POST', route: `${route}#orders:read`, total: 1, errors: 0 },
      ]);
      assert.deepEqual(
        usage.callers.map(({ ip, total }: { ip: string; total: number }) => [ip, total]),
        [['198.51.100.7', 1]],
      );
      const key = await get(`/api/v1/api-keys/${customer.id}`);
      assert.deepEqual([key.lastUsedAt, key.lastUsedIp], ['2026-03-10T12:00:00.000Z', '198.51.100.7']);
    });

    test('a refusal counts as what it would have been at the door, and can be explained', async () => {
      const limited = await t.createKey({
        scopes: ['orders:read'],
        rateLimit: { perMinute: 1, burst: 0, perDay: 10 },
        ipAllowlist: ['203.0.113.0/24'],
      });
      const ask = (body: object) => verify({ key: limited.secret, ...body });
      const codes = [
        await ask({ ip: '203.0.113.7' }),
        await ask({ ip: '203.0.113.7' }),
        await ask({ ip: '203.0.113.7', scopes: ['orders:write'] }),
        await ask({}),
      ].map(({ body }) => body.code);
      assert.deepEqual(codes, ['valid', 'rate_limited', 'insufficient_scope', 'ip_not_allowed']);
      const { byStatus, series } = await usageOf(limited);
      assert.deepEqual(byStatus, { 200: 1, 403: 2, 429: 1 });
      const [{ at: _, ...counts }] = series.slice(-1);
      assert.deepEqual(counts, { total: 4, ok: 1, clientError: 2, rateLimited: 1, serverError: 0 });
      const [noAddress, scope] = await logOf(limited);
      assert.deepEqual([noAddress.code, noAddress.ip], ['ip_not_allowed', '']);
      assert.equal((await get(`/api/v1/logs/${noAddress.requestId}/explain`)).refusedBy, 'ip');
      const explained = await get(`/api/v1/logs/${scope.requestId}/explain`);
      assert.deepEqual([explained.code, explained.refusedBy], ['insufficient_scope', 'scope']);
      assert.match(explained.detail, /orders:write/);
      assert.equal(explained.change.action, 'replace_with_scopes');
    });

    test('the service that asks has its own request, and no other', async () => {
      const asking = await t.createKey({ scopes: ['api_keys:verify'] });
      await verify({}, asking);
      const { byEndpoint } = await usageOf(asking);
      assert.deepEqual(byEndpoint, [{ method: 'POST', route, total: 1, errors: 0 }]);
      const [entry] = await logOf(customer);
      assert.deepEqual([entry.route, entry.requiredScopes], [`${route}#no-scope`, []]);
    });

    test('a dry run, and a question that may not be answered, leave nothing', async () => {
      const { tenantId } = await t.createTenant();
      const theirs = await t.createKey({ tenantId, scopes: ['knowledge:read'] });
      await verify({ dryRun: true });
      await verify({ environment: 'sandbox' });
      await verify({ key: theirs.secret });
      await verify({ key: `${customer.secret.slice(0, -1)}x` });
      await verify({ cost: 1_000 });
      assert.deepEqual(await logOf(customer), []);
      assert.deepEqual((await usageOf(customer)).byEndpoint, []);
      assert.equal((await get(`/api/v1/api-keys/${customer.id}`)).lastUsedAt, null);
      const rows = await t.app.telemetry.run(
        'logPage',
        { tenantId, environment: 'production' },
        {},
        { before: null, limit: 1 },
      );
      assert.deepEqual(rows.rows, []);
    });

    test('a key of another environment is refused, which its own environment can see', async () => {
      const sandbox = await t.createKey({ environment: 'sandbox', scopes: ['knowledge:read'] });
      const there = await t.createKey({ environment: 'sandbox', scopes: ['logs:read'] });
      const answer = await verify({ key: sandbox.secret });
      assert.equal(answer.body.code, 'environment_mismatch');
      const { data } = await get(`/api/v1/logs?keyId=${sandbox.id}`, {
        key: there.secret,
        host: hostOf('sandbox'),
      });
      assert.deepEqual(
        data.map(({ code, status }: { code: string; status: number }) => [code, status]),
        [['environment_mismatch', 401]],
      );
      assert.deepEqual(await logOf(sandbox), []);
    });

    test('a scope that only other services ask for is seen to be used', async () => {
      const advice = () => get(`/api/v1/api-keys/${customer.id}/access-advisor`);
      await verify({ scopes: ['orders:read'] });
      const { scopes, replaceWith, replay } = await advice();
      assert.deepEqual(
        scopes.map(({ name, requests }: { name: string; requests: number }) => [name, requests]),
        [
          ['knowledge:read', 0],
          ['orders:read', 1],
        ],
      );
      assert.deepEqual([replaceWith, replay], [{ scopes: ['orders:read'] }, { requests: 1, refused: 0 }]);
      await verify({ scopes: ['orders:read', 'knowledge:read'] });
      const [entry] = await logOf(customer);
      assert.deepEqual(
        [entry.route, entry.requiredScopes],
        [`${route}#several-scopes`, ['orders:read', 'knowledge:read']],
      );
      assert.equal((await advice()).replaceWith, null);
    });

    test('metrics count it under the key that was verified', async () => {
      await verify({});
      await verify({ scopes: ['orders:write'] });
      const { text } = await t.send({ url: '/metrics', key: reader.secret });
      const labels = `environment="production",key_id="${customer.id}"`;
      assert.ok(text.includes(`keyward_key_requests_total{${labels},status="2xx",outcome="ok"} 1\n`));
      assert.ok(
        text.includes(`keyward_key_requests_total{${labels},status="4xx",outcome="insufficient_scope"} 1\n`),
      );
    });
  });
});
