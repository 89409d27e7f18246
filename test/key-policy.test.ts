import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey, type TestPerson } from './harness.ts';

const day = 86_400_000;

onEachDatabase((kind, skip) => {
  describe(`a tenant’s policy for its keys, on ${kind}`, { skip }, () => {
    let harness: Harness;
    let owner: TestPerson;
    let admin: TestPerson;
    let developer: TestPerson;
    /** Made by the command line before there was a policy. */
    let strong: TestKey;
    let count = 0;

    before(async () => {
      harness = await openHarness(kind, { settings: { KEYWARD_REFUSALS_PER_MINUTE: '100000' } });
      owner = harness.owner;
      admin = await harness.signUp('admin');
      developer = await harness.signUp('developer');
      strong = await harness.createKey({
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 },
      });
    });
    after(() => harness.close());
    afterEach(() => setPolicy(null));

    const as = (who: TestPerson, method: string, url: string, body?: unknown, environment = 'production') =>
      harness.send({
        method,
        url: `/api/v1${url}`,
        cookie: who.cookie,
        body,
        headers: { 'x-keyward-environment': environment },
      });
    const asKey = (method: string, url: string, body?: unknown) =>
      harness.send({ method, url: `/api/v1${url}`, key: strong.secret, body });
    async function setPolicy(keyPolicy: unknown): Promise<TestAnswer> {
      const answer = await as(owner, 'PATCH', '/settings', { keyPolicy });
      assert.equal(answer.status, 200, answer.text);
      return answer;
    }
    const inDays = (days: number) => new Date(harness.clock.wallMs() + days * day).toISOString();
    const input = (body: Record<string, unknown> = {}) => ({
      name: `Zendesk ${++count} — Production`,
      scopes: ['knowledge:read'],
      ...body,
    });
    const violated = (answer: TestAnswer, ...rules: string[]) => {
      assert.deepEqual([answer.status, answer.body.code], [403, 'policy_violation'], answer.text);
      assert.deepEqual(
        answer.body.violations.map(({ rule }: { rule: string }) => rule),
        rules,
      );
      assert.equal('secret' in answer.body, false);
      for (const { message, allowed } of answer.body.violations) {
        assert.ok(message.length > 20 && allowed !== undefined);
        assert.ok(answer.body.detail.includes(message));
      }
    };
    const keyCount = async () =>
      (await harness.app.database.read.selectFrom('keys').select('id').execute()).length;
    const read = (key: string) => harness.send({ url: '/api/v1/kb/tags', key });

    /** Every way in which a caller makes a key. */
    const ways = (send: (method: string, url: string, body?: unknown) => Promise<TestAnswer>) => ({
      create: (body: object) => send('POST', '/api-keys', body),
      import: (body: object) =>
        send('POST', '/api-keys/import', {
          keys: [{ ...body, sha256: String(++count).padStart(64, '0') }],
        }),
    });

    test('names have the form of the pattern, however a key is made or renamed', async () => {
      const { body: old } = await as(owner, 'POST', '/api-keys', input({ name: 'anything' }));
      await setPolicy({ namePattern: '<Integration> — <Environment>' });
      for (const send of [asKey, (m: string, u: string, b?: unknown) => as(owner, m, u, b)]) {
        for (const make of Object.values(ways(send))) {
          const before = await keyCount();
          for (const name of ['anything', 'CRM — Staging', ' — Production', 'CRM - Production', 'CRM — '])
            violated(await make(input({ name })), 'name');
          assert.equal(await keyCount(), before);
          for (const name of ['CRM — Production', 'A — B — production'])
            assert.equal((await make(input({ name }))).status, 201);
        }
      }
      violated(await as(owner, 'PATCH', `/api-keys/${old.id}`, { name: 'still anything' }), 'name');
      violated(
        await as(owner, 'POST', `/api-keys/${old.id}/replace`, { scopes: ['knowledge:read'] }),
        'name',
      );
      assert.equal((await as(owner, 'PATCH', `/api-keys/${old.id}`, { description: 'x' })).status, 200);
      assert.equal(
        (await as(owner, 'PATCH', `/api-keys/${old.id}`, { name: 'CRM — Production' })).status,
        200,
      );
      const personal = await as(owner, 'POST', '/me/api-keys', input({ name: 'billing-10_03_2026-12_00' }));
      assert.equal(personal.status, 201, 'personal keys have a pattern of their own');
      await setPolicy({ personalNamePattern: '<service_name>-<dd_mm_yyyy>-<hh_mm>' });
      violated(await as(owner, 'POST', '/me/api-keys', input({ name: 'billing' })), 'name');
      const own = `/me/api-keys/${personal.body.id}`;
      violated(await as(owner, 'PATCH', own, { name: 'billing-99_03_2026-12_00' }), 'name');
    });

    test('a pattern and a name that were made to take long do not', async () => {
      const pattern = `${'<a>a'.repeat(10)}b`;
      await setPolicy({ namePattern: pattern });
      const started = performance.now();
      for (let i = 0; i < 20; i++)
        violated(await asKey('POST', '/api-keys', input({ name: 'a'.repeat(100) })), 'name');
      assert.ok(performance.now() - started < 2_000);
      for (const bad of [
        'no part',
        '<open',
        'a > b <x>',
        '<a>'.repeat(11),
        '',
        '(a+)+$',
        `<x> sa_live_${'a'.repeat(48)}`,
      ]) {
        const answer = await as(owner, 'PATCH', '/settings', { keyPolicy: { namePattern: bad } });
        assert.equal(answer.status, 400, bad);
      }
    });

    test('a key ends within the maximum, by itself where nobody says when, and none is changed to outlive it', async () => {
      const { body: endless } = await as(owner, 'POST', '/api-keys', input());
      await setPolicy({ environments: { production: { maxExpiryDays: 90, defaultExpiryDays: 30 } } });
      for (const send of [asKey, (m: string, u: string, b?: unknown) => as(owner, m, u, b)]) {
        for (const make of Object.values(ways(send))) {
          violated(await make(input({ expiresAt: null })), 'expiresAt');
          violated(await make(input({ expiresAt: inDays(91) })), 'expiresAt');
          assert.equal((await make(input({ expiresAt: inDays(90) }))).status, 201);
          const { status, body } = await make(input());
          assert.equal(status, 201);
          assert.equal((body.data?.[0] ?? body).expiresAt, inDays(30));
        }
        const url = `/api-keys/${endless.id}`;
        violated(await send('PATCH', url, { description: 'touched' }), 'expiresAt');
        violated(await send('PATCH', url, { expiresAt: inDays(100) }), 'expiresAt');
        violated(await send('POST', `${url}/replace`, { scopes: ['knowledge:read'] }), 'expiresAt');
      }
      assert.equal((await read(endless.secret)).status, 200, 'what is there goes on');
      const url = `/api-keys/${endless.id}`;
      assert.equal((await as(owner, 'POST', `${url}/rotate`, {})).status, 200, 'and gets a new secret');
      assert.equal((await as(owner, 'POST', `${url}/revoke`, {})).status, 200);
      violated(await as(owner, 'POST', `${url}/activate`), 'expiresAt');
      const mended = await as(owner, 'PATCH', url, { description: 'touched', expiresAt: inDays(60) });
      assert.equal(mended.status, 200, mended.text);
      violated(await as(owner, 'PATCH', url, { expiresAt: null }), 'expiresAt');
      assert.equal((await as(owner, 'POST', `${url}/activate`)).status, 200);
      violated(await as(developer, 'POST', '/me/api-keys', input({ expiresAt: null })), 'expiresAt');
      const elsewhere = await as(
        owner,
        'POST',
        '/api-keys',
        input({ expiresAt: null, environment: 'staging' }),
      );
      assert.equal(elsewhere.status, 201, 'another environment has rules of its own');
      await setPolicy({ environments: { production: { defaultExpiryDays: null } } });
      assert.equal((await asKey('POST', '/api-keys', input())).body.expiresAt, inDays(90));
    });

    test('a role gives the tiers and scopes that it may, in every call that gives or changes a key', async () => {
      const place = 'staging';
      const make = async (body: Record<string, unknown>) =>
        harness.createKey({ ...input(), environment: place, ...body } as Parameters<Harness['createKey']>[0]);
      const wide = await make({ scopes: ['contacts:write'] });
      const fast = await make({ scopes: ['knowledge:read'], tier: 'enterprise' });
      const small = await make({ scopes: ['knowledge:read'] });
      await setPolicy({
        grants: { developer: { tiers: ['starter'], scopes: ['knowledge:write', 'api_keys:write'] } },
      });
      const dev = (method: string, url: string, body?: unknown) => as(developer, method, url, body, place);
      for (const create of Object.values(ways(dev))) {
        const body = input({ environment: place });
        violated(await create({ ...body, tier: 'professional' }), 'tier');
        violated(await create({ ...body, rateLimit: { perMinute: 1, burst: 0, perDay: 1 } }), 'tier');
        violated(await create({ ...body, scopes: ['contacts:read', 'knowledge:read'] }), 'scopes');
        violated(await create({ ...body, scopes: ['contacts:read'], tier: 'enterprise' }), 'tier', 'scopes');
        assert.equal((await create({ ...body, scopes: ['knowledge:write'] })).status, 201);
        const beyondRole = await create({ ...body, scopes: ['api_keys:write'] });
        assert.equal(beyondRole.body.code, 'scope_escalation', 'no policy gives more than the role has');
      }
      for (const [target, rule] of [
        [wide, 'scopes'],
        [fast, 'tier'],
      ] as const) {
        for (const [method, path, body] of [
          ['PATCH', '', { description: 'touched' }],
          ['POST', '/rotate', {}],
          ['POST', '/regenerate'],
          ['DELETE', ''],
          ['POST', '/replace', { scopes: ['knowledge:read'] }],
        ] as const) {
          violated(await dev(method, `/api-keys/${target.id}${path}`, body), rule);
        }
        assert.equal((await dev('POST', `/api-keys/${target.id}/revoke`, {})).status, 200);
        violated(await dev('POST', `/api-keys/${target.id}/activate`), rule);
      }
      violated(await dev('PATCH', `/api-keys/${small.id}`, { tier: 'professional' }), 'tier');
      violated(await dev('POST', `/api-keys/${small.id}/replace`, { scopes: ['contacts:read'] }), 'scopes');
      violated(await dev('POST', '/me/api-keys', input({ scopes: ['contacts:read'] })), 'scopes');
      violated(await dev('POST', '/me/api-keys', input({ tier: 'enterprise' })), 'tier');
      assert.equal(
        (await as(admin, 'PATCH', `/api-keys/${fast.id}`, { description: 'x' }, place)).status,
        200,
      );
    });

    test('what a policy takes from a role it takes from personal keys at the next request', async () => {
      const own = await as(
        developer,
        'POST',
        '/me/api-keys',
        input({ scopes: ['contacts:read', 'knowledge:read'] }),
      );
      const contacts = () => harness.send({ url: '/api/v1/contacts', key: own.body.secret });
      assert.equal((await contacts()).status, 200);
      await setPolicy({ grants: { developer: { scopes: ['knowledge:read'] } } });
      assert.equal((await contacts()).body.code, 'insufficient_scope');
      assert.equal((await read(own.body.secret)).status, 200);
      const rotated = await as(developer, 'POST', `/me/api-keys/${own.body.id}/rotate`, {});
      assert.equal(rotated.status, 200, rotated.text);
      await setPolicy(null);
      assert.equal((await contacts()).status, 200);
    });

    test('a personal key with api_keys:write gives no more than its owner may', async () => {
      const own = await as(
        admin,
        'POST',
        '/me/api-keys',
        input({ scopes: ['api_keys:write', 'knowledge:write'] }),
      );
      await setPolicy({ grants: { admin: { tiers: ['professional'] } } });
      const answer = await harness.send({ url: '/api/v1/api-keys', key: own.body.secret, body: input() });
      violated(answer, 'tier');
    });

    test('a key takes a new secret of its own, whatever its owner may still give', async () => {
      const scopes = ['api_keys:write', 'knowledge:read', 'contacts:read'];
      const { body: own } = await as(admin, 'POST', '/me/api-keys', input({ scopes }));
      await setPolicy({ grants: { admin: { scopes: ['api_keys:write'], tiers: [] } } });
      const url = `/api/v1/api-keys/${own.id}/rotate`;
      const rotated = await harness.send({ url, key: own.secret, body: {} });
      assert.equal(rotated.status, 200, rotated.text);
      assert.equal((await read(rotated.body.secret)).status, 403, 'and has no more by it');
    });

    test('a retiring secret that becomes too old is said to end then, and is in nobody’s way afterwards', async () => {
      const scopes = ['api_keys:write', 'knowledge:read'];
      const { body: key } = await as(owner, 'POST', '/api-keys', input({ scopes }));
      await setPolicy({ environments: { production: { maxAgeDays: 2, maxAgeAction: 'enforce' } } });
      harness.clock.advance(day);
      const url = `/api/v1/api-keys/${key.id}`;
      const rotate = (secret: string) =>
        harness.send({ url: `${url}/rotate`, key: secret, body: { gracePeriodSeconds: 20 * 86_400 } });
      const { body: rotated } = await rotate(key.secret);
      const progress = await harness.send({ url: `${url}/rotation`, key: rotated.secret });
      assert.equal(progress.body.retiring.endsAt, inDays(1));
      const early = await rotate(rotated.secret);
      assert.deepEqual([early.status, early.body.retiringUntil], [409, inDays(1)]);
      harness.clock.advance(day);
      assert.equal((await read(key.secret)).body.code, 'expired_key');
      const again = await rotate(rotated.secret);
      assert.equal(again.status, 200, again.text);
      Object.assign(owner, { cookie: (await signInAgain()).cookie });
      await setPolicy(null);
      assert.equal((await read(key.secret)).body.code, 'inactive_key', 'it was ended for good');
    });

    test('a secret beyond an enforced age is refused at every door, and lives again when the rule goes or it is renewed', async () => {
      const { body: key } = await as(owner, 'POST', '/api-keys', input());
      const { body: own } = await as(developer, 'POST', '/me/api-keys', input());
      assert.equal((await read(key.secret)).status, 200);
      harness.clock.advance(10 * day);
      Object.assign(owner, { cookie: (await signInAgain()).cookie });
      await setPolicy({ environments: { production: { maxAgeDays: 10 } } });
      assert.equal((await read(key.secret)).status, 200, 'a reminder refuses nobody');
      const renewed = await signInAgain();
      const shown = await renewed('GET', `/api-keys/${key.id}`);
      assert.ok(shown.body.warnings.some(({ code }: { code: string }) => code === 'rotation_due'));
      await renewed('PATCH', '/settings', {
        keyPolicy: { environments: { production: { maxAgeAction: 'enforce', maxAgeDays: 11 } } },
      });
      assert.equal((await read(key.secret)).status, 200);
      harness.clock.advance(day - 1);
      assert.equal((await read(key.secret)).status, 200, 'to the millisecond');
      harness.clock.advance(1);
      for (const secret of [key.secret, own.secret]) {
        for (const isCold of [false, true]) {
          if (isCold) {
            harness.app.policies.suspend();
            harness.app.policies.resume();
          }
          const answer = await read(secret);
          assert.deepEqual([answer.status, answer.body.code], [401, 'expired_key'], answer.text);
          assert.equal(answer.body.maxAgeDays, 11);
          assert.match(answer.body.detail, /older than the 11 days.*regenerate/);
        }
      }
      const admins = await signInAgain();
      const rotated = await admins('POST', `/api-keys/${key.id}/rotate`, {});
      assert.equal(rotated.status, 200, rotated.text);
      assert.equal((await read(rotated.body.secret)).status, 200);
      assert.equal((await read(key.secret)).body.code, 'expired_key', 'the old one does not come back');
      const current = rotated.body.secrets.find(({ status }: { status: string }) => status === 'current');
      assert.equal(current.expiresAt, inDays(11));
      await admins('PATCH', '/settings', { keyPolicy: null });
      assert.equal((await read(own.secret)).status, 200);
      Object.assign(owner, { cookie: admins.cookie });
    });

    /** The clock went on: sessions of before may have ended. */
    async function signInAgain() {
      const answer = await harness.send({
        url: '/api/auth/sign-in/email',
        body: { email: 'owner@example.com', password: 'correct horse battery' },
      });
      assert.equal(answer.status, 200, answer.text);
      const cookie = String(answer.headers['set-cookie']).split(';', 1)[0]!;
      const send = (method: string, url: string, body?: unknown) =>
        harness.send({ method, url: `/api/v1${url}`, cookie, body });
      return Object.assign(send, { cookie });
    }

    test('everything that is wrong is told at once, a ceiling among it', async () => {
      await as(owner, 'PATCH', '/tenant', {
        ceilings: { sandbox: { perMinute: 10, burst: 1, perDay: 100 } },
      });
      await setPolicy({
        namePattern: '<Integration> — <Environment>',
        environments: { sandbox: { maxExpiryDays: 7 } },
        grants: { owner: { tiers: ['starter'], scopes: ['knowledge:read'] } },
      });
      const body = {
        name: 'x',
        tier: 'enterprise',
        scopes: ['contacts:read'],
        expiresAt: null,
        environment: 'sandbox',
      };
      const answer = await as(owner, 'POST', '/api-keys', body);
      violated(answer, 'name', 'expiresAt', 'tier', 'scopes', 'ceiling');
      assert.deepEqual(answer.body.exceeds, ['rateLimit.perMinute', 'rateLimit.burst', 'rateLimit.perDay']);
      await as(owner, 'PATCH', '/tenant', { ceilings: null });
    });

    test('anybody may ask what applies to them', async () => {
      await setPolicy({
        namePattern: '<Integration> — <Environment>',
        environments: {
          staging: { maxExpiryDays: 90, defaultExpiryDays: 30, maxAgeDays: 60, maxAgeAction: 'enforce' },
        },
        grants: { developer: { tiers: ['starter'], scopes: ['knowledge:write'] } },
      });
      const { body } = await as(developer, 'GET', '/key-policy?serviceName=billing', undefined, 'staging');
      assert.deepEqual(
        [body.environment, body.mayCreate, body.namePattern, body.tiers, body.scopes],
        [
          'staging',
          true,
          '<Integration> — <Environment>',
          ['starter'],
          ['knowledge:read', 'knowledge:write'],
        ],
      );
      assert.deepEqual(
        [body.defaultExpiresAt, body.latestExpiresAt, body.maxAgeDays, body.maxAgeAction],
        [inDays(30), inDays(90), 60, 'enforce'],
      );
      const at = new Date(harness.clock.wallMs()).toISOString();
      const [year, month, date] = at.slice(0, 10).split('-');
      assert.equal(
        body.suggestedName,
        `billing-${date}_${month}_${year}-${at.slice(11, 16).replace(':', '_')}`,
      );
      const production = await as(developer, 'GET', '/key-policy');
      assert.equal(production.body.mayCreate, false);
      const personal = await as(developer, 'GET', '/key-policy?owner=user');
      assert.deepEqual([personal.body.mayCreate, personal.body.namePattern], [true, null]);
      const key = await asKey('GET', '/key-policy?environment=staging');
      assert.deepEqual([key.body.environment, key.body.mayCreate], ['production', true]);
      assert.equal((await harness.send({ url: '/api/v1/key-policy' })).status, 401);
    });

    test('the policy is set by those who may change settings, and a scope that does not exist is told', async () => {
      const body = { keyPolicy: { grants: { viewer: { scopes: [] } } } };
      assert.equal((await as(developer, 'PATCH', '/settings', body)).status, 403);
      for (const wrong of [
        { grants: { viewer: { scopes: ['knowledge:raed'] } } },
        { grants: { root: { tiers: [] } } },
        { grants: { viewer: { tiers: ['gold'] } } },
        { environments: { production: { maxAgeDays: 0 } } },
        { environments: { production: { maxAgeAction: 'ask' } } },
        { maxAgeDays: 3 },
      ]) {
        const answer = await as(owner, 'PATCH', '/settings', { keyPolicy: wrong });
        assert.equal(answer.status, 400, JSON.stringify(wrong));
        assert.ok(answer.body.errors[0].path.startsWith('keyPolicy'), answer.text);
      }
      const set = await setPolicy({ environments: { production: { maxAgeDays: 30 } } });
      assert.deepEqual(set.body.keyPolicy.environments.production, {
        maxAgeDays: 30,
        maxAgeAction: 'remind',
        defaultExpiryDays: null,
        maxExpiryDays: null,
      });
    });

    test('the command line stands above the policy, another tenant beside it', async () => {
      await setPolicy({
        namePattern: '<Integration> — <Environment>',
        environments: { production: { maxExpiryDays: 1 } },
      });
      const own = await harness.createKey({ name: 'anything', scopes: [] });
      assert.equal((await read(own.secret)).status, 200);
      const { tenantId } = await harness.createTenant();
      const scopes = [...harness.app.catalogue.all];
      const other = await harness.createKey({ tenantId, name: 'anything', scopes, tier: 'enterprise' });
      const made = await harness.send({
        url: '/api/v1/api-keys',
        key: other.secret,
        body: input({ name: 'free' }),
      });
      assert.deepEqual([made.status, made.body.expiresAt], [201, null], made.text);
    });
  });
});
