import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSecret, digestOf } from '../src/core/secret.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestKey } from './harness.ts';

const day = 86_400_000;

onEachDatabase((kind, skip) => {
  describe(`keys on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;

    before(async () => {
      harness = await openHarness(kind);
      admin = await harness.createKey({
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 },
      });
    });

    after(() => harness.close());

    const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      harness.send({ method, url: `/api/v1${path}`, key: admin.secret, body, headers });
    const create = async (body: Record<string, unknown> = {}) => {
      const answer = await call('POST', '/api-keys', {
        name: 'CRM Sync — test',
        scopes: ['knowledge:read'],
        ...body,
      });
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    };
    const tryKey = (secret: string, host?: string) =>
      harness.send({ url: '/api/v1/kb/categories', key: secret, host });

    test('a created key has the contract’s shape, its secret once, and works', async () => {
      const answer = await call('POST', '/api-keys', {
        name: '  CRM — production ',
        description: 'why',
        tier: 'professional',
        scopes: ['contacts:write', 'knowledge:read'],
      });
      assert.equal(answer.status, 201);
      assert.equal(answer.headers['cache-control'], 'no-store');
      const { secret, ...key } = answer.body;
      assert.match(secret, /^sa_live_[0-9A-Za-z]{48}$/);
      assert.deepEqual(Object.keys(key).sort(), [
        'createdAt',
        'createdBy',
        'customerIds',
        'description',
        'endsAt',
        'environment',
        'expiresAt',
        'hint',
        'id',
        'inheritsAllScopes',
        'ipAllowlist',
        'lastUsedAt',
        'lastUsedIp',
        'name',
        'owner',
        'ownerUser',
        'rateLimit',
        'replacedBy',
        'replaces',
        'revokedAt',
        'revokedReason',
        'rotationDueAt',
        'scopes',
        'secrets',
        'status',
        'updatedAt',
        'warnings',
      ]);
      assert.equal(key.name, 'CRM — production');
      assert.equal(key.environment, 'production');
      assert.equal(key.owner, 'tenant');
      assert.equal(key.createdBy, admin.id);
      assert.deepEqual(key.scopes, ['contacts:write', 'knowledge:read']);
      assert.deepEqual(key.rateLimit, { tier: 'professional', perMinute: 300, perDay: 100_000, burst: 50 });
      assert.ok(secret.startsWith(key.hint) && key.hint.length === 'sa_live_'.length + 10);
      assert.deepEqual(key.warnings, []);
      assert.equal((await tryKey(secret)).status, 200);
      const read = await call('GET', `/api-keys/${key.id}`);
      assert.equal(read.text.includes(secret), false);
      assert.equal('secret' in read.body, false);
      assert.equal(read.headers.etag, answer.headers.etag);
    });

    test('a key of another environment begins with sa_test_ and works on its own host only', async () => {
      for (const environment of ['staging', 'development', 'sandbox'] as const) {
        const answer = await harness.send({
          url: '/api/v1/api-keys',
          cookie: harness.owner.cookie,
          body: { name: 'Elsewhere — test', scopes: ['knowledge:read'], environment },
        });
        assert.match(answer.body.secret, /^sa_test_/);
        assert.equal((await tryKey(answer.body.secret, hostOf(environment))).status, 200);
        assert.equal(
          (await tryKey(answer.body.secret, 'prod.example.com')).body.code,
          'environment_mismatch',
        );
      }
    });

    test('without scopes a key inherits everything but what must be named, and warns', async () => {
      for (const body of [{ scopes: undefined }, { scopes: [] }]) {
        const key = await create(body);
        assert.equal(key.inheritsAllScopes, true);
        assert.deepEqual(key.scopes, []);
        assert.deepEqual(
          key.warnings.map((w: { code: string }) => w.code),
          ['inherits_all_scopes'],
        );
        assert.equal((await tryKey(key.secret)).status, 200);
        assert.equal((await harness.send({ url: '/api/v1/api-keys', key: key.secret })).status, 403);
      }
    });

    test('bundles expand when the key is created', async () => {
      const key = await create({ scopes: undefined, bundle: 'basic' });
      assert.deepEqual(key.scopes, ['contacts:read', 'conversations:read', 'knowledge:read']);
    });

    test('bad input is a 400 that names the field', async () => {
      const cases: [Record<string, unknown>, string][] = [
        [{ name: '' }, 'name'],
        [{ name: '   ' }, 'name'],
        [{ name: 'x'.repeat(101) }, 'name'],
        [{ name: admin.secret }, 'name'],
        [{ description: `see ${admin.secret}` }, 'description'],
        [{ scopes: ['knowledge:reed'] }, 'scopes.0'],
        [{ scopes: ['knowledge:read'], bundle: 'basic' }, 'bundle'],
        [{ scopes: undefined, bundle: 'nope' }, 'bundle'],
        [{ tier: 'custom' }, 'tier'],
        [{ tier: 'starter', rateLimit: { perMinute: 1, burst: 0, perDay: 1 } }, 'rateLimit'],
        [{ rateLimit: { perMinute: 0, burst: 0, perDay: 1 } }, 'rateLimit.perMinute'],
        [{ rateLimit: { perMinute: 10, burst: 11, perDay: 1 } }, 'rateLimit.burst'],
        [{ rateLimit: { perMinute: 1_000_001, burst: 0, perDay: 1 } }, 'rateLimit.perMinute'],
        [{ rateLimit: { perMinute: 1, burst: 0, perDay: 1_000_000_001 } }, 'rateLimit.perDay'],
        [{ rateLimit: { perMinute: 1.5, burst: 0, perDay: 1 } }, 'rateLimit.perMinute'],
        [{ ipAllowlist: ['10.0.0.0/33'] }, 'ipAllowlist.0'],
        [{ ipAllowlist: ['localhost'] }, 'ipAllowlist.0'],
        [{ expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
        [{ expiresAt: 'tomorrow' }, 'expiresAt'],
        [{ customerIds: ['cus_1'] }, 'customerIds.0'],
        [{ owner: 'user' }, 'owner'],
        [{ environment: 'prod' }, 'environment'],
        [{ nonsense: 1 }, 'nonsense'],
      ];
      for (const [change, path] of cases) {
        const answer = await call('POST', '/api-keys', {
          name: 'Bad — input',
          scopes: ['knowledge:read'],
          ...change,
        });
        assert.equal(answer.status, 400, `${JSON.stringify(change)}: ${answer.text}`);
        assert.equal(answer.body.code, 'validation_failed');
        assert.ok(
          answer.body.errors.some((e: { path: string }) => e.path === path),
          answer.text,
        );
        assert.equal(answer.text.includes(admin.secret), false);
      }
    });

    test('scopes and environment cannot be changed, everything else can, and null clears', async () => {
      const key = await create({ description: 'old', ipAllowlist: ['203.0.113.7'] });
      assert.equal(
        (await call('PATCH', `/api-keys/${key.id}`, { scopes: ['knowledge:read'] })).body.code,
        'scopes_immutable',
      );
      assert.equal(
        (await call('PATCH', `/api-keys/${key.id}`, { environment: 'sandbox' })).body.code,
        'environment_immutable',
      );
      const expiresAt = new Date(harness.clock.wallMs() + day).toISOString();
      const patched = await call('PATCH', `/api-keys/${key.id}`, {
        name: 'New — name',
        description: null,
        tier: 'enterprise',
        ipAllowlist: null,
        expiresAt,
      });
      assert.equal(patched.status, 200, patched.text);
      assert.deepEqual(patched.body.propagation, {
        nodes: 1,
        acknowledged: 1,
        pending: [],
        tookMs: patched.body.propagation.tookMs,
      });
      const { body } = await call('GET', `/api-keys/${key.id}`);
      assert.equal(body.name, 'New — name');
      assert.equal(body.description, null);
      assert.equal(body.rateLimit.perMinute, 1_000);
      assert.deepEqual(body.ipAllowlist, []);
      assert.equal(body.expiresAt, expiresAt);
      assert.equal((await call('PATCH', `/api-keys/${key.id}`, { expiresAt: null })).body.expiresAt, null);
    });

    test('a patch of the limits is merged with them, and checked as a whole', async () => {
      const key = await create({ rateLimit: { perMinute: 100, burst: 50, perDay: 1_000 } });
      const patch = (rateLimit: object) => call('PATCH', `/api-keys/${key.id}`, { rateLimit });
      const merged = await patch({ perDay: 2_000 });
      assert.deepEqual(merged.body.rateLimit, { tier: 'custom', perMinute: 100, perDay: 2_000, burst: 50 });
      const refused = await patch({ perMinute: 49 });
      assert.equal(refused.status, 400);
      assert.equal(refused.body.errors[0].path, 'rateLimit.burst');
      assert.equal((await patch({ perMinute: null })).status, 400);
    });

    test('If-Match guards a change, and a patch that changes nothing keeps the tag', async () => {
      const key = await create();
      const { etag } = (await call('GET', `/api-keys/${key.id}`)).headers;
      assert.ok(etag);
      const same = await call('PATCH', `/api-keys/${key.id}`, { name: key.name }, { 'if-match': etag });
      assert.equal(same.headers.etag, etag);
      const changed = await call(
        'PATCH',
        `/api-keys/${key.id}`,
        { name: 'Other — name' },
        { 'if-match': etag },
      );
      assert.equal(changed.status, 200);
      assert.notEqual(changed.headers.etag, etag);
      for (const tag of [etag, `W/${changed.headers.etag}`, '"nonsense"']) {
        const stale = await call(
          'PATCH',
          `/api-keys/${key.id}`,
          { name: 'Third — name' },
          { 'if-match': tag },
        );
        assert.equal(stale.status, 412, tag);
        assert.equal(stale.body.code, 'precondition_failed');
      }
      assert.equal(
        (await call('PATCH', `/api-keys/${key.id}`, { name: 'Third — name' }, { 'if-match': '*' })).status,
        200,
      );
    });

    test('revoking works on the very next request, is reversible, and twice is once', async () => {
      const key = await create();
      assert.equal((await tryKey(key.secret)).status, 200);
      const revoked = await call('POST', `/api-keys/${key.id}/revoke`, { reason: 'left the team' });
      assert.equal(revoked.status, 200);
      assert.equal(revoked.body.status, 'inactive');
      assert.equal(revoked.body.revokedReason, 'left the team');
      assert.equal((await tryKey(key.secret)).body.code, 'inactive_key');
      const again = await call('POST', `/api-keys/${key.id}/revoke`, { reason: 'other' });
      assert.equal(again.body.revokedReason, 'left the team');
      const active = await call('POST', `/api-keys/${key.id}/activate`);
      assert.equal(active.body.status, 'active');
      assert.equal(active.body.revokedAt, null);
      assert.equal((await tryKey(key.secret)).status, 200);
      assert.equal((await call('POST', `/api-keys/${key.id}/activate`)).status, 200);
    });

    test('a compromised key is activated only after it was regenerated', async () => {
      const key = await create();
      await call('POST', `/api-keys/${key.id}/revoke`, { reason: 'compromised' });
      const refused = await call('POST', `/api-keys/${key.id}/activate`);
      assert.equal(refused.status, 409);
      const regenerated = await call('POST', `/api-keys/${key.id}/regenerate`);
      assert.equal(regenerated.body.status, 'inactive', 'regenerate never changes the status');
      assert.equal((await call('POST', `/api-keys/${key.id}/activate`)).status, 200);
      assert.equal((await tryKey(regenerated.body.secret)).status, 200);
      assert.equal((await tryKey(key.secret)).body.secretStatus, 'retired');
    });

    test('regenerate ends every older secret at once', async () => {
      const key = await create();
      const rotated = (await call('POST', `/api-keys/${key.id}/rotate`, {})).body;
      const regenerated = await call('POST', `/api-keys/${key.id}/regenerate`);
      assert.equal(regenerated.status, 200);
      for (const old of [key.secret, rotated.secret]) {
        const answer = await tryKey(old);
        assert.equal(answer.body.code, 'inactive_key');
        assert.equal(answer.body.secretStatus, 'retired');
      }
      assert.equal((await tryKey(regenerated.body.secret)).status, 200);
      assert.deepEqual(
        regenerated.body.secrets.map((s: { status: string }) => s.status),
        ['current', 'retired', 'retired'],
      );
    });

    test('after a rotation both secrets work until the grace is over, to the millisecond', async () => {
      const key = await create();
      const rotated = await call('POST', `/api-keys/${key.id}/rotate`, { gracePeriodSeconds: 60 });
      assert.equal(rotated.status, 200, rotated.text);
      assert.deepEqual(
        rotated.body.secrets.map((s: { status: string }) => s.status),
        ['current', 'retiring'],
      );
      assert.equal((await tryKey(key.secret)).status, 200);
      assert.equal((await tryKey(rotated.body.secret)).status, 200);
      harness.clock.advance(59_999);
      assert.equal((await tryKey(key.secret)).status, 200);
      harness.clock.advance(1);
      assert.equal((await tryKey(key.secret)).body.secretStatus, 'retired');
      assert.equal((await tryKey(rotated.body.secret)).status, 200);
    });

    test('rotating while a secret retires is 409 with its last use, unless it is ended', async () => {
      const key = await create();
      await call('POST', `/api-keys/${key.id}/rotate`, {});
      await tryKey(key.secret);
      const refused = await call('POST', `/api-keys/${key.id}/rotate`, {});
      assert.equal(refused.status, 409);
      assert.equal(refused.body.lastUsedAt, new Date(harness.clock.wallMs()).toISOString());
      const forced = await call('POST', `/api-keys/${key.id}/rotate`, { endRetiring: true });
      assert.equal(forced.status, 200);
      assert.equal((await tryKey(key.secret)).status, 401);
    });

    test('a retiring secret never outlives the key', async () => {
      const expiresAt = new Date(harness.clock.wallMs() + 10_000).toISOString();
      const key = await create({ expiresAt });
      const rotated = await call('POST', `/api-keys/${key.id}/rotate`, { gracePeriodSeconds: 3_600 });
      assert.equal(rotated.body.secrets[1].expiresAt, expiresAt);
    });

    test('an inactive or expired key is not rotated', async () => {
      const key = await create({ expiresAt: new Date(harness.clock.wallMs() + 1_000).toISOString() });
      harness.clock.advance(1_000);
      assert.equal((await call('POST', `/api-keys/${key.id}/rotate`, {})).status, 409);
      assert.equal((await call('GET', `/api-keys/${key.id}`)).body.status, 'expired');
      const other = await create();
      await call('POST', `/api-keys/${other.id}/revoke`, {});
      assert.equal((await call('POST', `/api-keys/${other.id}/rotate`, {})).status, 409);
    });

    test('a retiring secret is ended on its own; the current one is not', async () => {
      const key = await create();
      const rotated = (await call('POST', `/api-keys/${key.id}/rotate`, {})).body;
      const [current, retiring] = rotated.secrets;
      assert.equal((await call('DELETE', `/api-keys/${key.id}/secrets/${current.id}`)).status, 409);
      const ended = await call('DELETE', `/api-keys/${key.id}/secrets/${retiring.id}`);
      assert.equal(ended.status, 204);
      assert.equal(ended.text, '');
      assert.equal((await tryKey(key.secret)).status, 401);
      assert.equal((await call('DELETE', `/api-keys/${key.id}/secrets/sec_none`)).status, 404);
    });

    test('a replacement has other scopes and goes on with the same limits; the old key ends after the grace', async () => {
      const key = await create({ rateLimit: { perMinute: 3, burst: 0, perDay: 100 }, description: 'kept' });
      await tryKey(key.secret);
      const answer = await call('POST', `/api-keys/${key.id}/replace`, {
        scopes: ['contacts:read'],
        gracePeriodSeconds: 30,
      });
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.body.replaces, key.id);
      assert.equal(answer.body.name, key.name);
      assert.equal(answer.body.description, 'kept');
      assert.deepEqual(answer.body.scopes, ['contacts:read']);
      const old = (await call('GET', `/api-keys/${key.id}`)).body;
      assert.equal(old.endsAt, new Date(harness.clock.wallMs() + 30_000).toISOString());
      assert.equal(old.replacedBy, answer.body.id);
      const me = await harness.send({ url: '/api/v1/me', key: answer.body.secret });
      assert.equal(me.body.rateLimit.remaining, 1, 'one was used with the old key, one by asking');
      assert.equal((await call('POST', `/api-keys/${key.id}/replace`, { scopes: [] })).status, 409);
      harness.clock.advance(30_000);
      assert.equal((await tryKey(key.secret)).body.code, 'inactive_key');
      assert.equal((await call('GET', `/api-keys/${key.id}`)).body.status, 'inactive');
      assert.equal(
        (await call('GET', '/api-keys?status=inactive&limit=200')).body.data.some(
          (k: { id: string }) => k.id === key.id,
        ),
        true,
      );
    });

    test('a deleted key is unknown and gone', async () => {
      const key = await create();
      const answer = await call('DELETE', `/api-keys/${key.id}`);
      assert.equal(answer.status, 200);
      assert.deepEqual(
        { ...answer.body, propagation: null },
        { id: key.id, deleted: true, propagation: null },
      );
      assert.equal((await tryKey(key.secret)).body.code, 'unknown_key');
      assert.equal((await call('GET', `/api-keys/${key.id}`)).status, 404);
      assert.equal((await call('DELETE', `/api-keys/${key.id}`)).status, 404);
    });

    test('expiry is judged at every request', async () => {
      const key = await create({ expiresAt: new Date(harness.clock.wallMs() + 5_000).toISOString() });
      harness.clock.advance(4_999);
      assert.equal((await tryKey(key.secret)).status, 200);
      harness.clock.advance(1);
      assert.equal((await tryKey(key.secret)).body.code, 'expired_key');
    });

    test('the list pages without gaps or repeats while keys are created, newest first', async () => {
      const made: string[] = [];
      for (let i = 0; i < 7; i++) made.push((await create({ name: `Paging — ${i}` })).id);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${cursor}`;
        const answer = await call('GET', `/api-keys?q=paging&limit=2${query}`);
        seen.push(...answer.body.data.map((key: { id: string }) => key.id));
        cursor = answer.body.nextCursor;
        await create({ name: 'Paging — late' });
      } while (cursor !== null);
      assert.deepEqual(seen, made.reverse());
    });

    test('filters find what they say and refuse what they do not know', async () => {
      const key = await create({
        name: 'Needle 100%_x — filter',
        tier: 'enterprise',
        scopes: ['licenses:write'],
      });
      const ids = async (query: string) =>
        (await call('GET', `/api-keys?limit=200&${query}`)).body.data.map((k: { id: string }) => k.id);
      for (const query of [
        'q=needle',
        `q=${encodeURIComponent('100%_X')}`,
        `q=${key.id}`,
        `q=${key.hint}`,
        'scope=licenses:read',
        'scope=licenses:write',
        'tier=enterprise',
        'status=active',
        'owner=tenant',
        'environment=production',
      ]) {
        assert.ok((await ids(query)).includes(key.id), query);
      }
      for (const query of [
        'q=100a_x',
        'scope=contacts:read',
        'tier=starter',
        'status=expired',
        'owner=user',
        'environment=sandbox',
        'unusedForDays=1',
      ]) {
        assert.equal((await ids(query)).includes(key.id), false, query);
      }
      harness.clock.advance(2 * day);
      assert.ok((await ids('unusedForDays=1')).includes(key.id));
      for (const query of [
        'status=dead',
        'tier=gold',
        'limit=0',
        'limit=201',
        'limit=ten',
        'cursor=nonsense',
        'environment=prod',
        'scope=nope',
        'unusedForDays=x',
        'limit=5&limit=6',
      ]) {
        const answer = await call('GET', `/api-keys?${query}`);
        assert.equal(answer.status, 400, query);
        assert.equal(answer.body.errors[0].path, query.split('=', 1)[0]);
      }
      assert.equal((await call('GET', '/api-keys?unheard=of')).status, 200);
    });

    test('last use is exact for key and secret, before anything is written', async () => {
      const key = await create();
      harness.clock.advance(1_234);
      await harness.send({ url: '/api/v1/kb/categories', key: key.secret, ip: '198.51.100.9' });
      const { body } = await call('GET', `/api-keys/${key.id}`);
      const at = new Date(harness.clock.wallMs()).toISOString();
      assert.equal(body.lastUsedAt, at);
      assert.equal(body.lastUsedIp, '198.51.100.9');
      assert.equal(body.secrets[0].lastUsedAt, at);
    });

    test('a rotation is due after the days the tenant chose', async () => {
      const key = await create();
      assert.equal(Date.parse(key.rotationDueAt) - Date.parse(key.createdAt), 90 * day);
      const settings = { method: 'PATCH', url: '/api/v1/settings', cookie: harness.owner.cookie };
      await harness.send({ ...settings, body: { rotationReminderDays: 1 } });
      harness.clock.advance(day);
      const due = (await call('GET', `/api-keys/${key.id}`)).body;
      assert.deepEqual(
        due.warnings.map((warning: { code: string }) => warning.code),
        ['rotation_due'],
      );
      await harness.send({ ...settings, body: { rotationReminderDays: null } });
      assert.deepEqual((await call('GET', `/api-keys/${key.id}`)).body.warnings, []);
    });

    test('a key that is being replaced may still rotate itself', async () => {
      const key = await create({ scopes: ['api_keys:write', 'knowledge:read'] });
      await call('POST', `/api-keys/${key.id}/replace`, { scopes: ['knowledge:read'] });
      const url = `/api/v1/api-keys/${key.id}/rotate`;
      const answer = await harness.send({ method: 'POST', url, key: key.secret });
      assert.equal(answer.status, 200, answer.text);
    });

    test('a key brought back after its replacement can be replaced again', async () => {
      const key = await create();
      const replace = () =>
        call('POST', `/api-keys/${key.id}/replace`, { scopes: ['contacts:read'], gracePeriodSeconds: 0 });
      const first = await replace();
      await call('DELETE', `/api-keys/${first.body.id}`);
      await call('POST', `/api-keys/${key.id}/activate`);
      assert.equal((await tryKey(key.secret)).status, 200);
      assert.equal((await replace()).status, 201);
    });

    test('white space after the scheme is named as such, and nothing after it is no key', async () => {
      const key = await create();
      const ask = (authorization: string) => harness.send({ url: '/api/v1/me', headers: { authorization } });
      for (const gap of ['  ', '\t', '\u00a0', ' \u00a0']) {
        assert.equal(
          (await ask(`Bearer${gap}${key.secret}`)).body.hint,
          'surrounding_whitespace',
          JSON.stringify(gap),
        );
      }
      assert.equal((await ask(`bEARER ${key.secret}`)).status, 200);
      for (const empty of ['', 'Bearer', 'Basic'])
        assert.equal((await ask(empty)).body.code, 'missing_key', empty);
      for (const odd of [key.secret, `Token ${key.secret}`, `BearerX ${key.secret}`]) {
        assert.equal((await ask(odd)).body.hint, 'unsupported_scheme');
      }
    });

    test('a dry run of a key elsewhere tells nothing but that', async () => {
      const elsewhere = await harness.createKey({ environment: 'sandbox', scopes: ['knowledge:read'] });
      const here = await create();
      const verify = (body: object) => call('POST', '/api-keys/verify', { dryRun: true, ...body });
      for (const body of [{ key: elsewhere.secret }, { key: here.secret, environment: 'sandbox' }]) {
        const answer = await verify(body);
        assert.equal(answer.body.code, 'environment_mismatch', answer.text);
        assert.deepEqual([answer.body.keyId, answer.body.name, answer.body.scopes], [null, null, null]);
        const passed = answer.body.checks.map((check: { passed: unknown }) => check.passed);
        assert.deepEqual(passed, [true, true, false, null, null, null, null, null]);
      }
    });

    test('another tenant’s key is unknown to verify, byte for byte as random text of its form', async () => {
      const other = await harness.createTenant();
      const theirs = await harness.createKey({ ...other, scopes: ['knowledge:read'] });
      const random = createSecret('sa', 'production').secret;
      const [one, two] = [theirs.secret, random].map((key) => call('POST', '/api-keys/verify', { key }));
      assert.equal((await one!).text, (await two!).text);
    });

    test('a key knows itself and can end itself', async () => {
      const key = await create({ tier: 'starter' });
      const me = await harness.send({ url: '/api/v1/me', key: key.secret });
      assert.equal(me.status, 200);
      assert.equal(me.body.id, key.id);
      assert.deepEqual(me.body.rateLimit, {
        tier: 'starter',
        perMinute: 60,
        perDay: 10_000,
        burst: 10,
        remaining: 69,
        remainingToday: 9_999,
      });
      assert.deepEqual(me.body.effectiveScopes, ['knowledge:read']);
      assert.deepEqual(me.body.secret, { id: key.secrets[0].id, status: 'current', expiresAt: null });
      const ended = await harness.send({
        method: 'POST',
        url: '/api/v1/me/revoke',
        key: key.secret,
        body: { reason: 'done' },
      });
      assert.equal(ended.status, 200);
      assert.equal((await harness.send({ url: '/api/v1/me', key: key.secret })).body.code, 'inactive_key');
    });

    test('Basic with the key id works; with another id the pair is unknown', async () => {
      const key = await create();
      const basic = (id: string, secret: string) =>
        harness.send({
          url: '/api/v1/me',
          headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
        });
      assert.equal((await basic(key.id, key.secret)).status, 200);
      assert.equal((await basic(admin.id, key.secret)).body.code, 'unknown_key');
      assert.equal((await basic('', key.secret)).body.code, 'unknown_key');
    });

    test('imported keys of another system work by their digest alone', async () => {
      const foreign = 'legacy-key-0123456789';
      const answer = await call('POST', '/api-keys/import', {
        keys: [
          { name: 'Legacy — CRM', sha256: digestOf(foreign), scopes: ['knowledge:read'], hint: 'legacy-key' },
        ],
      });
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.text.includes('secret":'), false);
      assert.equal((await tryKey(foreign)).status, 200);
      assert.equal((await tryKey(`${foreign}x`)).body.code, 'malformed_key');
      const again = await call('POST', '/api-keys/import', {
        keys: [
          { name: 'New — one', sha256: 'cd'.repeat(32), scopes: [] },
          { name: 'Legacy — again', sha256: digestOf(foreign), scopes: [] },
        ],
      });
      assert.equal(again.status, 409);
      assert.equal((await call('GET', '/api-keys?q=New — one')).body.data.length, 0, 'all or nothing');
      const id = answer.body.data[0].id;
      await call('POST', `/api-keys/${id}/revoke`, {});
      assert.equal((await tryKey(foreign)).body.code, 'inactive_key');
    });

    test('the panic button revokes what it names, and says which', async () => {
      const keys = [await create(), await create(), await create()];
      const answer = await call('POST', '/api-keys/bulk-revoke', {
        ids: [keys[0].id, keys[1].id, 'key_none'],
        reason: 'leak',
      });
      assert.deepEqual(answer.body.revoked.sort(), [keys[0].id, keys[1].id].sort());
      assert.equal((await tryKey(keys[0].secret)).status, 401);
      assert.equal((await tryKey(keys[2].secret)).status, 200);
      for (const body of [
        {},
        { ids: [] },
        { ids: ['a'], createdBy: 'b' },
        { ids: ['a'], customerId: 'cus_1' },
      ]) {
        assert.equal((await call('POST', '/api-keys/bulk-revoke', body)).status, 400, JSON.stringify(body));
      }
    });

    test('every change left an entry in the audit chain, and none holds a secret or a digest', async () => {
      const key = await create({ name: 'Audit — test' });
      await call('PATCH', `/api-keys/${key.id}`, { tier: 'enterprise' });
      const { secret } = (await call('POST', `/api-keys/${key.id}/rotate`, {})).body;
      await call('POST', `/api-keys/${key.id}/revoke`, {});
      await call('DELETE', `/api-keys/${key.id}`);
      const entries = await harness.app.database.read
        .selectFrom('audit_entries')
        .selectAll()
        .where('target_id', '=', key.id)
        .orderBy('seq')
        .execute();
      assert.deepEqual(
        entries.map((entry) => entry.action),
        ['key.created', 'key.updated', 'key.rotated', 'key.revoked', 'key.deleted'],
      );
      const text = JSON.stringify(entries);
      for (const hidden of [key.secret, secret, digestOf(key.secret), digestOf(secret)])
        assert.equal(text.includes(hidden), false);
      assert.equal(entries[0]?.actor_id, admin.id);
    });
  });
});
