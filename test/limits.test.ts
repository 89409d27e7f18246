import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, noon, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const hour = 3_600_000;

onEachDatabase((kind, skip) => {
  describe(`limits on ${kind}`, { skip }, () => {
    let harness: Harness;

    before(async () => {
      harness = await openHarness(kind);
    });

    after(() => harness.close());

    // Each test starts with empty windows.
    beforeEach(() => harness.clock.advance(60_000));

    const use = (key: TestKey, url = '/api/v1/kb/categories') => harness.send({ url, key: key.secret });
    const make = (perMinute: number, burst = 0, perDay = 10_000) =>
      harness.createKey({ scopes: ['knowledge:read'], rateLimit: { perMinute, burst, perDay } });

    const useUp = async (key: TestKey): Promise<{ admitted: number; refused: TestAnswer }> => {
      for (let admitted = 0; ; admitted++) {
        const answer = await use(key);
        if (answer.status === 429) return { admitted, refused: answer };
        assert.equal(answer.status, 200);
      }
    };

    test('a starter key gets 70 requests and not one more, and the answer says how long to wait', async () => {
      const key = await harness.createKey({ scopes: ['knowledge:read'] });
      const { admitted, refused } = await useUp(key);
      assert.equal(admitted, 70);
      assert.equal(refused.body.code, 'rate_limited');
      assert.deepEqual(refused.body.violatedPolicies, ['minute']);
      assert.equal(refused.body.retryAfterSeconds, 60);
      assert.equal(refused.headers['retry-after'], '60');
      assert.equal(refused.headers['x-ratelimit-remaining'], '0');
      assert.equal(
        refused.headers['x-ratelimit-reset'],
        String(Math.ceil((harness.clock.wallMs() + 60_000) / 1_000)),
      );
      harness.clock.advance(59_999);
      assert.equal((await use(key)).status, 429);
      harness.clock.advance(1);
      assert.equal((await use(key)).status, 200);
    });

    test('the headers are those of the contract, on 200, 403 and 404 alike', async () => {
      const key = await harness.createKey({ scopes: ['knowledge:read'] });
      const first = await use(key);
      const toMidnight = (24 * hour - (harness.clock.wallMs() % (24 * hour))) / 1_000;
      assert.equal(first.headers['x-ratelimit-limit'], '70');
      assert.equal(first.headers['x-ratelimit-remaining'], '69');
      assert.equal(first.headers['ratelimit-policy'], '"minute";q=70;w=60, "day";q=10000;w=86400');
      assert.equal(first.headers.ratelimit, `"minute";r=69;t=60, "day";r=9999;t=${Math.ceil(toMidnight)}`);
      harness.clock.advance(30_500);
      const missing = await use(key, '/api/v1/kb/articles/art_none');
      assert.equal(missing.status, 404);
      assert.match(missing.headers.ratelimit ?? '', /^"minute";r=68;t=30,/);
      const forbidden = await use(key, '/api/v1/api-keys');
      assert.equal(forbidden.status, 403);
      assert.match(forbidden.headers.ratelimit ?? '', /^"minute";r=68;t=30,/, 'a refusal takes nothing');
    });

    test('when none is used, one more unit is a minute away', async () => {
      const key = await make(5);
      const forbidden = await use(key, '/api/v1/api-keys');
      assert.match(forbidden.headers.ratelimit ?? '', /^"minute";r=5;t=60,/);
    });

    test('only admitted requests consume: 401, 403 and 429 never do', async () => {
      const key = await make(2);
      for (let i = 0; i < 5; i++) assert.equal((await use(key, '/api/v1/api-keys')).status, 403);
      assert.equal(
        (await harness.send({ url: '/api/v1/kb/categories', key: key.secret, host: 'sandbox.localhost' }))
          .status,
        401,
      );
      assert.equal((await useUp(key)).admitted, 2);
      harness.clock.advance(60_000);
      assert.equal((await useUp(key)).admitted, 2);
    });

    test('a request that fails after the guard has consumed', async () => {
      const key = await harness.createKey({
        scopes: ['knowledge:write'],
        rateLimit: { perMinute: 2, burst: 0, perDay: 100 },
      });
      const send = () =>
        harness.send({ method: 'POST', url: '/api/v1/kb/categories', key: key.secret, body: '{' });
      assert.equal((await send()).status, 400);
      assert.equal((await send()).status, 400);
      assert.equal((await send()).status, 429);
    });

    test('HEAD counts as GET, OPTIONS does not count', async () => {
      const key = await make(3);
      for (let i = 0; i < 3; i++)
        await harness.send({ method: 'OPTIONS', url: '/api/v1/kb/categories', key: key.secret });
      await harness.send({ method: 'HEAD', url: '/api/v1/kb/categories', key: key.secret });
      assert.equal((await useUp(key)).admitted, 2);
    });

    test('a changed limit counts from the next request on, and forgets nothing', async () => {
      const key = await make(10);
      for (let i = 0; i < 6; i++) await use(key);
      const admin = await harness.createKey({
        scopes: ['api_keys:write', 'knowledge:read'],
        rateLimit: { perMinute: 1_000, burst: 100, perDay: 1_000_000 },
      });
      const patch = (rateLimit: object) =>
        harness.send({
          method: 'PATCH',
          url: `/api/v1/api-keys/${key.id}`,
          key: admin.secret,
          body: { rateLimit },
        });
      assert.equal((await patch({ perMinute: 5, burst: 0, perDay: 100 })).status, 200);
      const lowered = await use(key);
      assert.equal(lowered.status, 429);
      assert.equal(lowered.headers['x-ratelimit-limit'], '5');
      await patch({ perMinute: 8, burst: 0, perDay: 100 });
      assert.equal((await useUp(key)).admitted, 2);
    });

    test('rotate, regenerate, revoke and activate neither reset nor double a limit', async () => {
      const key = await make(6);
      const admin = await harness.createKey({ scopes: ['api_keys:write', 'knowledge:read'] });
      const act = (path: string) =>
        harness.send({
          method: 'POST',
          url: `/api/v1/api-keys/${key.id}/${path}`,
          key: admin.secret,
        });
      await use(key);
      const rotated = (await act('rotate')).body;
      await use({ ...key, secret: rotated.secret });
      await use(key);
      const regenerated = (await act('regenerate')).body;
      await act('revoke');
      await act('activate');
      assert.equal((await useUp({ ...key, secret: regenerated.secret })).admitted, 3);
    });

    test('the day is a hard cap to 00:00 UTC, both policies are named, and the longer wait counts', async () => {
      const key = await make(3, 0, 3);
      const { refused } = await useUp(key);
      const toMidnight = Math.ceil((24 * hour - (harness.clock.wallMs() % (24 * hour))) / 1_000);
      assert.deepEqual(refused.body.violatedPolicies, ['minute', 'day']);
      assert.equal(refused.body.retryAfterSeconds, toMidnight);
      harness.clock.advance(60_000);
      assert.deepEqual((await use(key)).body.violatedPolicies, ['day']);
      harness.clock.advance(toMidnight * 1_000 - 60_000);
      assert.equal((await use(key)).status, 200);
    });

    test('verify counts on both keys: one unit of the caller’s, the cost of the verified one', async () => {
      const caller = await harness.createKey({
        scopes: ['api_keys:verify'],
        rateLimit: { perMinute: 100, burst: 0, perDay: 1_000 },
      });
      const key = await make(10);
      const verify = (body: object) =>
        harness.send({
          url: '/api/v1/api-keys/verify',
          key: caller.secret,
          body: { key: key.secret, ...body },
        });
      const first = await verify({ cost: 4 });
      assert.equal(first.body.valid, true);
      assert.equal(first.body.code, 'valid');
      assert.equal(first.body.rateLimit.remaining, 6);
      assert.equal(first.headers['x-ratelimit-remaining'], '99');
      const dry = await verify({ cost: 6, dryRun: true });
      assert.equal(dry.body.valid, true);
      assert.deepEqual(
        dry.body.checks.map((check: { name: string }) => check.name),
        ['form', 'secret', 'environment', 'status', 'expiry', 'ip', 'scope', 'limit'],
      );
      const tooMuch = await verify({ cost: 7 });
      assert.equal(tooMuch.body.code, 'rate_limited');
      assert.equal(tooMuch.body.retryAfterSeconds, 60);
      assert.equal((await verify({ cost: 6 })).body.valid, true, 'whole or not at all');
      assert.equal((await verify({ cost: 11 })).status, 400);
    });

    test('a tenant’s ceiling holds over all keys of an environment, and is named', async () => {
      const set = (ceilings: object) =>
        harness.send({
          method: 'PATCH',
          url: '/api/v1/tenant',
          cookie: harness.owner.cookie,
          body: { ceilings },
        });
      assert.equal((await set({ production: { perMinute: 4, burst: 0, perDay: 1_000 } })).status, 200);
      const [one, two] = [await make(3), await make(3)];
      assert.equal((await useUp(one!)).admitted, 3);
      const { admitted, refused } = await useUp(two!);
      assert.equal(admitted, 1);
      assert.deepEqual(refused.body.violatedPolicies, ['ceiling-minute']);
      assert.match(
        refused.headers['ratelimit-policy'] ?? '',
        /"minute";q=3;w=60, "day";q=10000;w=86400, "ceiling-minute";q=4;w=60/,
      );
      assert.equal((await set({ production: null })).status, 200);
      assert.equal((await use(two!)).status, 200, 'lifted on the next request');
    });

    test('refusals have a limit of their own, which never touches admitted traffic', async () => {
      const quiet = await openHarness(kind, { settings: { KEYWARD_REFUSALS_PER_MINUTE: '3' } });
      const key = await quiet.createKey({ scopes: ['knowledge:read'] });
      const bad = (ip: string) => quiet.send({ url: '/api/v1/kb/categories', key: 'nonsense', ip });
      for (let i = 0; i < 3; i++) assert.equal((await bad('198.51.100.1')).status, 401);
      quiet.clock.advance(10_000);
      const flooded = await bad('198.51.100.1');
      assert.equal(flooded.status, 429);
      assert.equal(flooded.body.code, 'too_many_refusals');
      assert.equal(flooded.headers['retry-after'], '50');
      assert.equal((await bad('198.51.100.2')).status, 401, 'another address has its own');
      assert.equal(
        (await quiet.send({ url: '/api/v1/kb/categories', key: key.secret, ip: '198.51.100.1' })).status,
        200,
      );
      quiet.clock.advance(50_000);
      assert.equal((await bad('198.51.100.1')).status, 401);
      await quiet.close();
    });

    test('a clean restart changes no decision', async () => {
      const key = await make(5, 0, 6);
      for (let i = 0; i < 3; i++) await use(key);
      harness.clock.advance(20_000);
      harness = await harness.restart();
      const { admitted, refused } = await useUp(key);
      assert.equal(admitted, 2);
      assert.equal(refused.body.retryAfterSeconds, 40);
      harness.clock.advance(60_000);
      assert.equal((await useUp(key)).admitted, 1, 'the day goes on, too');
    });

    test('it is far from midnight, so that no test above straddles a day by accident', () => {
      assert.ok(harness.clock.wallMs() > noon);
    });
  });
});
