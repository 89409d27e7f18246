import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestKey } from './harness.ts';

const day = 86_400_000;

/** The bounds of the caller in these tests, in every dimension there is. */
const bounds = {
  scopes: ['api_keys:write', 'api_keys:verify', 'knowledge:read', 'contacts:read'],
  rateLimit: { perMinute: 1_000, burst: 100, perDay: 10_000 },
  ipAllowlist: ['203.0.113.0/24'],
};

interface Dimension {
  readonly name: string;
  /** What a key has that goes beyond the caller in this one dimension. */
  readonly beyond: (now: number) => Record<string, unknown>;
  /** The same as a PATCH, where the dimension can be patched. */
  readonly isPatchable: boolean;
}

const dimensions: Dimension[] = [
  { name: 'scopes', beyond: () => ({ scopes: ['knowledge:write'] }), isPatchable: false },
  {
    name: 'rateLimit.perMinute',
    beyond: () => ({ rateLimit: { perMinute: 1_001, burst: 100, perDay: 10_000 } }),
    isPatchable: true,
  },
  {
    name: 'rateLimit.burst',
    beyond: () => ({ rateLimit: { perMinute: 1_000, burst: 101, perDay: 10_000 } }),
    isPatchable: true,
  },
  {
    name: 'rateLimit.perDay',
    beyond: () => ({ rateLimit: { perMinute: 1_000, burst: 100, perDay: 10_001 } }),
    isPatchable: true,
  },
  {
    name: 'expiresAt',
    beyond: (now) => ({ expiresAt: new Date(now + 2 * day).toISOString() }),
    isPatchable: true,
  },
  { name: 'ipAllowlist', beyond: () => ({ ipAllowlist: ['203.0.112.0/23'] }), isPatchable: true },
];

const calls: readonly [name: string, method: string, path: string, body?: unknown][] = [
  ['patch', 'PATCH', '', { description: 'touched' }],
  ['activate', 'POST', '/activate'],
  ['regenerate', 'POST', '/regenerate'],
  ['rotate', 'POST', '/rotate'],
  ['replace', 'POST', '/replace', { scopes: ['knowledge:read'] }],
  ['delete', 'DELETE', ''],
];

onEachDatabase((kind, skip) => {
  describe(`nobody gives more than they have, on ${kind}`, { skip }, () => {
    let harness: Harness;
    let caller: TestKey;
    let within: Record<string, unknown>;

    before(async () => {
      harness = await openHarness(kind);
      const expiresAt = harness.clock.wallMs() + day;
      caller = await harness.createKey({ ...bounds, expiresAt });
      within = {
        name: 'Within — test',
        scopes: ['knowledge:read'],
        rateLimit: { perMinute: 10, burst: 0, perDay: 10 },
        ipAllowlist: ['203.0.113.7'],
        expiresAt: new Date(expiresAt).toISOString(),
      };
    });

    after(() => harness.close());

    const call = (method: string, path: string, body?: unknown) =>
      harness.send({ method, url: `/api/v1/api-keys${path}`, key: caller.secret, body });

    /** A key made by the system, which may reach beyond the caller. */
    const make = (change: Record<string, unknown> = {}) => {
      const { expiresAt, ...rest } = { ...within, ...change } as { expiresAt?: string };
      return harness.createKey({
        ...rest,
        expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
      });
    };

    const rows = async () =>
      JSON.stringify([
        await harness.app.database.read
          .selectFrom('keys')
          .select(['id', 'version', 'is_active'])
          .orderBy('id')
          .execute(),
        await harness.app.database.read
          .selectFrom('secrets')
          .select(['id', 'ends_at'])
          .orderBy('id')
          .execute(),
      ]);

    function assertEscalation(answer: Awaited<ReturnType<typeof call>>, name: string): void {
      assert.equal(answer.status, 403, answer.text);
      assert.equal(answer.body.code, 'scope_escalation');
      assert.deepEqual(answer.body.exceeds, [name]);
    }

    test('within its bounds a key creates keys, and they work', async () => {
      const answer = await call('POST', '', within);
      assert.equal(answer.status, 201, answer.text);
      assert.equal((await harness.send({ url: '/api/v1/me', key: answer.body.secret })).status, 200);
    });

    for (const { name, beyond, isPatchable } of dimensions) {
      test(`${name}: no key is created beyond the caller`, async () => {
        const before = await rows();
        assertEscalation(await call('POST', '', { ...within, ...beyond(harness.clock.wallMs()) }), name);
        assert.equal(await rows(), before);
      });

      test(`${name}: no key that reaches beyond is changed, handed out or deleted`, async () => {
        const target = await make(beyond(harness.clock.wallMs()));
        const before = await rows();
        for (const [what, method, path, body] of calls) {
          const answer = await call(method, `/${target.id}${path}`, body);
          assert.equal(answer.status, 403, `${what}: ${answer.text}`);
          assertEscalation(answer, name);
          assert.equal('secret' in answer.body, false);
        }
        assert.equal(await rows(), before);
        const revoked = await call('POST', `/${target.id}/revoke`, {});
        assert.equal(revoked.status, 200, 'revoking needs only api_keys:write');
      });

      if (isPatchable) {
        test(`${name}: no key is patched beyond the caller`, async () => {
          const target = await make();
          const before = await rows();
          assertEscalation(await call('PATCH', `/${target.id}`, beyond(harness.clock.wallMs())), name);
          assert.equal(await rows(), before);
        });
      }
    }

    test('lifting a restriction is going beyond', async () => {
      const target = await make();
      assertEscalation(await call('PATCH', `/${target.id}`, { ipAllowlist: null }), 'ipAllowlist');
      assertEscalation(await call('PATCH', `/${target.id}`, { expiresAt: null }), 'expiresAt');
      const { ipAllowlist: _, ...everywhere } = within;
      assertEscalation(await call('POST', '', everywhere), 'ipAllowlist');
      const { expiresAt: __, ...forEver } = within;
      assertEscalation(await call('POST', '', forEver), 'expiresAt');
    });

    test('a replacement has no scope beyond the caller', async () => {
      const target = await make();
      assertEscalation(
        await call('POST', `/${target.id}/replace`, { scopes: ['knowledge:write'] }),
        'scopes',
      );
      assertEscalation(await call('POST', `/${target.id}/replace`, { bundle: 'full_access' }), 'scopes');
    });

    test('inheriting everything is more than a key with named scopes has', async () => {
      const { scopes: _, ...inheriting } = within;
      assertEscalation(await call('POST', '', inheriting), 'scopes');
      assertEscalation(await call('POST', '', { ...inheriting, bundle: 'full_access' }), 'scopes');
    });

    test('a key may rotate, regenerate and revoke itself, but not patch, activate or replace itself', async () => {
      const self = await make({ scopes: ['api_keys:write', 'knowledge:read'] });
      const as = (secret: string, method: string, path: string, body?: unknown) =>
        harness.send({ method, url: `/api/v1/api-keys/${self.id}${path}`, key: secret, body });
      for (const [method, path, body] of [
        ['PATCH', '', { description: 'x' }],
        ['POST', '/activate'],
        ['POST', '/replace', { scopes: ['knowledge:read'] }],
      ] as const) {
        assertEscalation(await as(self.secret, method, path, body), 'self');
      }
      const rotated = await as(self.secret, 'POST', '/rotate', {});
      assert.equal(rotated.status, 200, rotated.text);
      const regenerated = await as(rotated.body.secret, 'POST', '/regenerate');
      assert.equal(regenerated.status, 200, regenerated.text);
      const revoked = await as(regenerated.body.secret, 'POST', '/revoke', {});
      assert.equal(revoked.status, 200, revoked.text);
      assert.equal((await as(regenerated.body.secret, 'POST', '/revoke', {})).status, 401);
    });

    test('imports obey the same bounds', async () => {
      const sha256 = 'ab'.repeat(32);
      for (const { name, beyond } of dimensions) {
        const { scopes, ...rest } = { ...within, ...beyond(harness.clock.wallMs()) } as Record<
          string,
          unknown
        >;
        assertEscalation(await call('POST', '/import', { keys: [{ ...rest, scopes, sha256 }] }), name);
      }
    });

    test('a key cannot reach keys of another environment, in any call', async () => {
      const elsewhere = await make({ environment: 'sandbox' });
      for (const [what, method, path, body] of [...calls, ['revoke', 'POST', '/revoke', {}] as const]) {
        const answer = await call(method, `/${elsewhere.id}${path}`, body);
        assert.equal(answer.status, 404, `${what}: ${answer.text}`);
      }
      assert.equal((await call('POST', '', { ...within, environment: 'sandbox' })).status, 400);
      assert.equal((await call('POST', '', { ...within, owner: 'user' })).status, 400);
      const bulk = await call('POST', '/bulk-revoke', { ids: [elsewhere.id] });
      assert.deepEqual(bulk.body.revoked, []);
      assert.equal((await call('POST', '/bulk-revoke', { environment: 'sandbox' })).status, 400);
    });

    test('people are bound by their role: a developer', async () => {
      const developer = await harness.signUp('developer');
      const as = (method: string, path: string, body?: unknown, environment = 'staging') =>
        harness.send({
          method,
          url: `/api/v1/api-keys${path}`,
          cookie: developer.cookie,
          body,
          headers: { 'x-keyward-environment': environment },
        });
      const fine = await as('POST', '', { name: 'Dev — staging', scopes: ['knowledge:write'] });
      assert.equal(fine.status, 201, fine.text);
      assert.equal(fine.body.environment, 'staging');
      assertEscalation(await as('POST', '', { name: 'Dev — staging', scopes: ['api_keys:read'] }), 'scopes');
      assertEscalation(await as('POST', '', { name: 'Dev — staging' }), 'scopes');
      const named = await as(
        'POST',
        '',
        { name: 'Dev — named', scopes: ['knowledge:read'], environment: 'staging' },
        'production',
      );
      assert.equal(named.status, 201, 'the body names the place, and the role is judged there');
      assert.equal(named.body.environment, 'staging');
      const crossing = await as('POST', '', {
        name: 'Dev — production',
        scopes: ['knowledge:read'],
        environment: 'production',
      });
      assert.equal(crossing.status, 403);
      assert.equal(crossing.body.code, 'role_not_allowed');
      const powerful = await harness.createKey({ environment: 'staging', scopes: ['api_keys:write'] });
      assertEscalation(await as('POST', `/${powerful.id}/rotate`, {}), 'scopes');
      assert.equal((await as('POST', `/${powerful.id}/revoke`, {})).status, 200);
    });

    test('a personal key gives what its owner may at that moment, and nothing to the owner’s own keys', async () => {
      const admin = await harness.signUp('admin');
      const own = await harness.send({
        url: '/api/v1/me/api-keys',
        cookie: admin.cookie,
        body: { name: 'own — keys', scopes: ['api_keys:write', 'knowledge:write'] },
      });
      assert.equal(own.status, 201, own.text);
      const give = (scopes: string[], more = {}) =>
        harness.send({
          url: '/api/v1/api-keys',
          key: own.body.secret,
          body: { name: 'Given — by it', scopes, ...more },
        });
      assert.equal((await give(['knowledge:read'])).status, 201);
      assertEscalation(await give(['contacts:read']), 'scopes');
      assert.equal((await give(['knowledge:read'], { owner: 'user' })).status, 400);
      const demoted = await harness.send({
        method: 'PATCH',
        url: `/api/v1/members/${admin.userId}`,
        cookie: harness.owner.cookie,
        body: { role: 'developer' },
      });
      assert.equal(demoted.status, 200, demoted.text);
      const refused = await give(['knowledge:read']);
      assert.deepEqual([refused.status, refused.body.code], [403, 'insufficient_scope']);
    });

    test('a tenant’s ceiling bounds every key of the environment', async () => {
      const ceiling = { perMinute: 50, burst: 5, perDay: 500 };
      const set = await harness.send({
        method: 'PATCH',
        url: '/api/v1/tenant',
        cookie: harness.owner.cookie,
        body: { ceilings: { development: ceiling } },
      });
      assert.equal(set.status, 200, set.text);
      const as = (body: unknown) =>
        harness.send({
          url: '/api/v1/api-keys',
          cookie: harness.owner.cookie,
          body,
          headers: { 'x-keyward-environment': 'development' },
        });
      const over = await as({
        name: 'Over — the ceiling',
        scopes: ['knowledge:read'],
        rateLimit: { perMinute: 51, burst: 5, perDay: 500 },
      });
      assertEscalation(over, 'rateLimit.perMinute');
      assert.equal(
        (await as({ name: 'At — the ceiling', scopes: ['knowledge:read'], rateLimit: ceiling })).status,
        201,
      );
    });
  });
});
