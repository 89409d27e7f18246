import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestKey } from './harness.ts';

const path = '/api/v1/logs';

onEachDatabase((kind, skip) => {
  describe(`the request log over HTTP on ${kind}`, { skip }, () => {
    let harness: Harness;
    let reader: TestKey;
    let app: TestKey;

    before(async () => {
      harness = await openHarness(kind, { settings: { KEYWARD_REQUEST_LOG: 'on' } });
      reader = await harness.createKey({
        name: 'monitoring — logs',
        scopes: ['logs:read', 'analytics:read'],
      });
      app = await harness.createKey({ name: 'billing-sync', scopes: ['knowledge:read'] });
    });
    after(() => harness.close());

    /** The log as the reader sees it once everything before is written. */
    async function logs(query = '', key = reader) {
      await harness.app.requestLog!.flush();
      const answer = await harness.send({ url: `${path}${query}`, key: key.secret });
      assert.equal(answer.status, 200, answer.text);
      return answer.body as { data: Record<string, unknown>[]; nextCursor: string | null };
    }

    const one = async (requestId: unknown) =>
      (await logs(`/${requestId}`)) as unknown as Record<string, unknown>;

    test('an admitted request is there with all that was seen', async () => {
      const answer = await harness.send({
        url: '/api/v1/kb/tags?limit=3',
        key: app.secret,
        headers: { 'x-request-id': 'theirs-1', 'user-agent': 'sync/2.0' },
      });
      const requestId = answer.headers['x-request-id'];
      const entry = await one(requestId);
      const { durationMs, ...rest } = entry;
      assert.ok(typeof durationMs === 'number' && durationMs > 0);
      assert.deepEqual(rest, {
        requestId,
        clientRequestId: 'theirs-1',
        at: '2026-03-10T12:00:00.000Z',
        keyId: app.id,
        keyName: 'billing-sync',
        secretId: app.secretId,
        hint: app.secret.slice(0, 18),
        environment: 'production',
        method: 'GET',
        path: '/api/v1/kb/tags',
        route: '/api/v1/kb/tags',
        status: 200,
        code: null,
        ip: '203.0.113.7',
        userAgent: 'sync/2.0',
        requestBytes: 0,
        responseBytes: answer.text.length,
        requiredScopes: ['knowledge:read'],
      });
    });

    test('a refusal is there with its reason, under the key it was for', async () => {
      const answer = await harness.send({ url: '/api/v1/kb/tags', key: app.secret, body: { name: 'a' } });
      assert.equal(answer.status, 403);
      const entry = await one(answer.body.requestId);
      assert.equal(entry.code, 'insufficient_scope');
      assert.equal(entry.keyId, app.id);
      assert.deepEqual(entry.requiredScopes, ['knowledge:write']);
    });

    test('filters find what they name, alone and together, and pages follow one another', async () => {
      for (let i = 0; i < 5; i++) await harness.send({ url: '/api/v1/kb/articles/none', key: app.secret });
      const missing = await logs(
        `?keyId=${app.id}&code=not_found&statusClass=4xx&method=GET&q=/api/v1/kb/art`,
      );
      assert.equal(missing.data.length, 5);
      const first = await logs(`?keyId=${app.id}&code=not_found&limit=3`);
      const second = await logs(`?keyId=${app.id}&code=not_found&limit=3&cursor=${first.nextCursor}`);
      assert.deepEqual([...first.data, ...second.data], missing.data);
      assert.equal((await logs('?clientRequestId=theirs-1')).data.length, 1);
      assert.equal((await logs(`?q=${missing.data[0]!.requestId}`)).data.length, 1);
      assert.equal((await logs('?status=418')).data.length, 0);
      const hour = 'from=2026-03-10T11:30:00.000Z&to=2026-03-10T12:30:00.000Z';
      assert.equal((await logs(`?q=articles/non&${hour}`)).data.length, 5);
      assert.equal((await logs('?q=articles/non')).data.length, 0);
    });

    test('values that no filter can have are refused', async () => {
      for (const query of [
        '?status=abc',
        '?status=99',
        '?statusClass=6xx',
        '?code=nonsense',
        '?method=BREW',
        '?from=yesterday',
        '?limit=0',
        '?cursor=abc',
        '?from=2026-03-10T12:00:00.000Z&to=2026-03-10T11:00:00.000Z',
      ]) {
        const answer = await harness.send({ url: `${path}${query}`, key: reader.secret });
        assert.equal(answer.status, 400, query);
        assert.equal(answer.body.code, 'validation_failed');
      }
      for (const id of ['req_00000000000000000000000000', 'nonsense', '%00']) {
        const answer = await harness.send({ url: `${path}/${id}`, key: reader.secret });
        assert.ok([400, 404].includes(answer.status), id);
      }
    });

    test('another tenant and another environment are not seen, and neither is what belongs to nobody', async () => {
      const { tenantId } = await harness.createTenant();
      const stranger = await harness.createKey({ tenantId, scopes: ['logs:read'], name: 'stranger' });
      const sandbox = await harness.createKey({
        environment: 'sandbox',
        scopes: ['logs:read'],
        name: 'sandbox',
      });
      const mine = await harness.send({ url: '/api/v1/me', key: app.secret });
      await harness.send({ url: '/api/v1/me', key: `${app.secret.slice(0, -1)}0` });
      const theirs = await logs('', stranger);
      assert.ok(theirs.data.every((entry) => entry.keyId === stranger.id));
      const url = `${path}/${mine.headers['x-request-id']}`;
      assert.equal((await harness.send({ url, key: stranger.secret })).status, 404);
      const host = hostOf('sandbox');
      assert.equal((await harness.send({ url, key: sandbox.secret, host })).status, 404);
      const all = await logs('?limit=200');
      assert.ok(all.data.every((entry) => entry.keyId !== null && entry.environment === 'production'));
      assert.ok(!JSON.stringify(all).includes(app.secret));
    });

    test('a key is needed that may read logs, or a person who may', async () => {
      assert.equal((await harness.send({ url: path, key: app.secret })).status, 403);
      assert.equal((await harness.send({ url: path })).status, 401);
      const viewer = await harness.signUp('viewer');
      assert.equal((await harness.send({ url: path, cookie: viewer.cookie })).status, 403);
      const developer = await harness.signUp('developer');
      assert.equal((await harness.send({ url: path, cookie: developer.cookie })).status, 200);
    });

    test('a secret in a path or a user agent keeps only its hint', async () => {
      const { secret } = await harness.createKey({ name: 'leaked' });
      await harness.send({
        url: '/api/v1/kb/tags',
        key: app.secret,
        headers: { 'user-agent': `curl ${secret}` },
      });
      const { data } = await logs(`?keyId=${app.id}&limit=1`);
      assert.equal(data[0]!.userAgent, `curl ${secret.slice(0, 18)}…`);
    });

    describe('explain', () => {
      async function explain(requestId: unknown) {
        return (await logs(`/${requestId}/explain`)) as unknown as Record<string, never> & {
          checks: { name: string; passed: boolean | null; input: Record<string, unknown> }[];
          now: { admitted: boolean; code: string | null; checks: unknown[] };
          change: { action: string; request: { method: string; path: string; body: unknown } | null } | null;
        };
      }
      const passed = (checks: { name: string; passed: boolean | null }[]) =>
        Object.fromEntries(checks.map((check) => [check.name, check.passed]));

      test('tells which check refused, by the key as it was, and what has changed since', async () => {
        const key = await harness.createKey({ name: 'explained', scopes: ['knowledge:read'] });
        const refused = await harness.send({ url: '/api/v1/kb/tags', key: key.secret, body: { name: 'a' } });
        const explained = await explain(refused.body.requestId);
        assert.equal(explained.code, 'insufficient_scope');
        assert.equal(explained.refusedBy, 'scope');
        assert.deepEqual(passed(explained.checks), {
          form: true,
          secret: true,
          environment: true,
          status: true,
          expiry: true,
          ip: true,
          scope: false,
          limit: null,
        });
        assert.equal(explained.now.code, 'insufficient_scope');
        assert.deepEqual(explained.change!.request, {
          method: 'POST',
          path: `/api/v1/api-keys/${key.id}/replace`,
          body: { scopes: ['knowledge:read', 'knowledge:write'] },
        });
      });

      test('an admitted request needs no change, until its key is revoked: then it says how to undo that', async () => {
        const key = await harness.createKey({
          name: 'revoked later',
          scopes: ['knowledge:read', 'api_keys:write'],
        });
        const admitted = await harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        const requestId = admitted.headers['x-request-id'];
        const before = await explain(requestId);
        assert.deepEqual([before.refusedBy, before.now.admitted, before.change], [null, true, null]);
        assert.equal(before.policyVersion, 1);
        await harness.send({
          url: `/api/v1/api-keys/${key.id}/revoke`,
          cookie: harness.owner.cookie,
          body: {},
        });
        const later = await explain(requestId);
        assert.deepEqual(passed(later.checks), passed(before.checks));
        assert.equal(later.policyVersion, 1);
        assert.equal(later.now.code, 'inactive_key');
        assert.equal(later.change!.action, 'activate_key');
        const { method, path: url } = later.change!.request!;
        const undone = await harness.send({ method, url, cookie: harness.owner.cookie, body: {} });
        assert.equal(undone.status, 200);
        assert.equal((await explain(requestId)).now.admitted, true);
      });

      test('the limit says how long to wait, and what would have been enough', async () => {
        const key = await harness.createKey({
          name: 'limited',
          scopes: ['knowledge:read'],
          rateLimit: { perMinute: 1, burst: 0, perDay: 100 },
        });
        await harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        const refused = await harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        assert.equal(refused.status, 429);
        const explained = await explain(refused.body.requestId);
        assert.equal(explained.refusedBy, 'limit');
        const limit = explained.checks.at(-1)!;
        assert.equal(limit.passed, false);
        assert.equal(limit.input.perMinute, 1);
        assert.deepEqual(limit.input.violatedPolicies, ['minute']);
        assert.equal(explained.change!.action, 'wait_or_raise_limit');
      });

      test('a call that is for people tells that no key will do, now either', async () => {
        const key = await harness.createKey({ name: 'no person', scopes: ['knowledge:read'] });
        const refused = await harness.send({ url: '/api/v1/members', key: key.secret });
        assert.equal(refused.body.code, 'role_not_allowed');
        const explained = await explain(refused.body.requestId);
        assert.equal(explained.refusedBy, 'scope');
        assert.deepEqual([explained.now.admitted, explained.now.code], [false, 'role_not_allowed']);
        assert.equal(explained.change!.action, 'sign_in');
      });

      test('asking takes nothing and marks nothing used', async () => {
        const key = await harness.createKey({ name: 'asked about', scopes: ['knowledge:read'] });
        const answer = await harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        const remaining = answer.headers['x-ratelimit-remaining'];
        for (let i = 0; i < 3; i++) await explain(answer.headers['x-request-id']);
        const me = await harness.send({ url: '/api/v1/me', key: key.secret });
        assert.equal(Number(me.headers['x-ratelimit-remaining']), Number(remaining) - 1);
      });
    });

    describe('usage', () => {
      test('of a key is what it did, refusals included, with its callers for those who may read logs', async () => {
        const key = await harness.createKey({ name: 'counted', scopes: ['knowledge:read'] });
        for (let i = 0; i < 3; i++) await harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        await harness.send({ url: '/api/v1/kb/tags', key: key.secret, body: { name: 'a' } });
        await harness.send({ url: '/api/v1/nowhere', key: key.secret });
        await harness.app.requestLog!.flush();
        const url = `/api/v1/api-keys/${key.id}/usage?interval=minute&from=2026-03-10T11:59:00.000Z&to=2026-03-10T12:01:00.000Z`;
        const { status, body } = await harness.send({ url, key: reader.secret });
        assert.equal(status, 200);
        const zero = { total: 0, ok: 0, clientError: 0, rateLimited: 0, serverError: 0 };
        assert.deepEqual(body.series, [
          { at: '2026-03-10T11:59:00.000Z', ...zero },
          { at: '2026-03-10T12:00:00.000Z', ...zero, total: 5, ok: 3, clientError: 2 },
        ]);
        assert.deepEqual(body.byStatus, { 200: 3, 403: 1, 404: 1 });
        assert.deepEqual(body.byEndpoint, [
          { method: 'GET', route: '/api/v1/kb/tags', total: 3, errors: 0 },
          { method: '', route: '', total: 1, errors: 1 },
          { method: 'POST', route: '/api/v1/kb/tags', total: 1, errors: 1 },
        ]);
        assert.ok(body.latency.p50Ms > 0 && body.latency.p99Ms >= body.latency.p50Ms);
        assert.equal(body.callers.length, 1);
        assert.deepEqual([body.callers[0].secretId, body.callers[0].total], [key.secretId, 5]);
        assert.equal(body.lastUsedAt, '2026-03-10T12:00:00.000Z');
        const viewer = await harness.signUp('viewer');
        const seen = await harness.send({ url, cookie: viewer.cookie });
        assert.equal(seen.status, 200);
        assert.equal(seen.body.callers, undefined);
        assert.ok(!seen.text.includes('203.0.113.7'));
      });

      test('a range that cannot be, or is too long for its interval, is refused', async () => {
        const usage = `/api/v1/api-keys/${app.id}/usage`;
        for (const query of [
          '?interval=minute&from=2026-01-01T00:00:00.000Z',
          '?interval=week',
          '?from=2026-03-10T12:00:00.000Z&to=2026-03-09T12:00:00.000Z',
        ]) {
          assert.equal((await harness.send({ url: usage + query, key: reader.secret })).status, 400, query);
        }
        assert.equal(
          (await harness.send({ url: '/api/v1/api-keys/key_none/usage', key: reader.secret })).status,
          404,
        );
        const narrow = await harness.createKey({ name: 'narrow', scopes: ['logs:read'] });
        assert.equal((await harness.send({ url: usage, key: narrow.secret })).status, 403);
      });
    });

    describe('what follows from usage', () => {
      const adviceUrl = (id: string, query = '') => `/api/v1/api-keys/${id}/access-advisor${query}`;
      let manager: TestKey;

      before(async () => {
        manager = await harness.createKey({ name: 'manager', scopes: ['api_keys:write', 'logs:read'] });
      });

      test('the access advisor names the scopes that were used, and a replacement that would have done', async () => {
        const key = await harness.createKey({
          name: 'too much',
          scopes: ['knowledge:write', 'contacts:write', 'api_keys:read'],
        });
        await harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        await harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        await harness.send({ url: '/api/v1/kb/articles/none', key: key.secret });
        // Refused: it says nothing about what the key needs.
        await harness.send({ url: path, key: key.secret });
        await harness.app.requestLog!.flush();
        const { status, body } = await harness.send({ url: adviceUrl(key.id), key: manager.secret });
        assert.equal(status, 200);
        const used = body.scopes.filter((scope: { requests: number }) => scope.requests > 0);
        assert.deepEqual(used, [
          { name: 'knowledge:read', requests: 3, lastUsedAt: '2026-03-10T12:00:00.000Z' },
        ]);
        assert.equal(body.scopes.length, 5);
        assert.deepEqual(body.replaceWith, { scopes: ['knowledge:read'] });
        assert.deepEqual(body.replay, { requests: 3, refused: 0 });
        const replaced = await harness.send({
          url: `/api/v1/api-keys/${key.id}/replace`,
          cookie: harness.owner.cookie,
          body: body.replaceWith,
        });
        assert.equal(replaced.status, 201);
        const again = await harness.send({ url: '/api/v1/kb/tags', key: replaced.body.secret });
        assert.equal(again.status, 200);
      });

      test('a key that used nothing, or all it has, gets no replacement', async () => {
        const unused = await harness.createKey({ name: 'unused', scopes: ['knowledge:read'] });
        const full = await harness.createKey({ name: 'full', scopes: ['knowledge:read'] });
        await harness.send({ url: '/api/v1/kb/tags', key: full.secret });
        await harness.app.requestLog!.flush();
        for (const { id } of [unused, full]) {
          const { body } = await harness.send({ url: adviceUrl(id, '?days=7'), key: manager.secret });
          assert.equal(body.replaceWith, null);
          assert.equal(body.replay.refused, 0);
        }
        assert.equal(
          (await harness.send({ url: adviceUrl(full.id, '?days=0'), key: manager.secret })).status,
          400,
        );
        assert.equal((await harness.send({ url: adviceUrl(full.id), key: app.secret })).status, 403);
      });

      test('a rotation names who still uses the old secret, and when it may end', async () => {
        const key = await harness.createKey({ name: 'rotated', scopes: ['knowledge:read'] });
        const url = `/api/v1/api-keys/${key.id}/rotation`;
        const before = await harness.send({ url, key: manager.secret });
        assert.deepEqual([before.body.retiring, before.body.mayRetireNow], [null, false]);
        const rotated = await harness.send({
          url: `/api/v1/api-keys/${key.id}/rotate`,
          cookie: harness.owner.cookie,
          body: { gracePeriodSeconds: 7 * 86_400 },
        });
        assert.equal(rotated.status, 200);
        await harness.send({ url: '/api/v1/kb/tags', key: key.secret, headers: { 'user-agent': 'old/1' } });
        await harness.send({
          url: '/api/v1/kb/tags',
          key: rotated.body.secret,
          headers: { 'user-agent': 'new/1' },
        });
        await harness.app.requestLog!.flush();
        const { body } = await harness.send({ url, key: manager.secret });
        assert.equal(body.retiring.secretId, key.secretId);
        assert.deepEqual(
          body.retiring.callers.map((caller: { userAgent: string }) => caller.userAgent),
          ['old/1'],
        );
        assert.equal(body.mayRetireNow, false);
        harness.clock.advance(86_400_000);
        const quiet = await harness.send({ url, key: manager.secret });
        assert.equal(quiet.body.mayRetireNow, true);
        const narrow = await harness.createKey({ name: 'no logs', scopes: ['api_keys:read'] });
        const seen = await harness.send({ url, key: narrow.secret });
        assert.equal(seen.body.retiring.callers, undefined);
        assert.ok(!seen.text.includes('203.0.113.7'));
      });
    });
  });
});
