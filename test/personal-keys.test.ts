import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Role } from '../src/core/roles.ts';
import { activateKey, deleteKey, patchKey } from '../src/services/keys/change.ts';
import { type CreateKeyInput, createKey } from '../src/services/keys/create.ts';
import { regenerateKey, replaceKey, rotateKey } from '../src/services/keys/secrets.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestAnswer, type TestPerson } from './harness.ts';

const day = 86_400_000;
const root = '/api/v1/me/api-keys';

interface Key {
  readonly id: string;
  readonly secret: string;
  readonly secrets: { readonly id: string; readonly expiresAt: string | null }[];
  readonly warnings: { readonly code: string }[];
}

onEachDatabase((kind, skip) => {
  describe(`personal keys on ${kind}`, { skip }, () => {
    let harness: Harness;
    let owner: TestPerson;
    let admin: TestPerson;
    let developer: TestPerson;
    let viewer: TestPerson;
    /** Whose role changes from test to test; their sessions end with it. */
    let mover: TestPerson;

    before(async () => {
      harness = await openHarness(kind, {
        settings: { KEYWARD_REFUSALS_PER_MINUTE: '100000', KEYWARD_REQUEST_LOG: 'on' },
      });
      owner = harness.owner;
      admin = await harness.signUp('admin');
      developer = await harness.signUp('developer');
      viewer = await harness.signUp('viewer');
      mover = await harness.signUp('developer');
    });
    after(() => harness.close());

    const as = (who: TestPerson, method: string, url: string, body?: unknown, headers = {}) =>
      harness.send({ method, url, cookie: who.cookie, body, headers });
    const make = async (who: TestPerson, body: Record<string, unknown> = {}, headers = {}): Promise<Key> => {
      const given = { name: 'billing-10_03_2026-12_00', scopes: ['knowledge:read'], ...body };
      const answer = await as(who, 'POST', root, given, headers);
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    };
    /** A key of the mover in this role, made as if they were signed in. */
    const issue = async (role: Role, input: Partial<CreateKeyInput>) => {
      await setRole(mover.userId, role);
      const { environment = 'production' } = input;
      const caller = {
        kind: 'user',
        id: mover.userId,
        role,
        email: '',
        name: '',
        sessionId: '',
        authenticatedAt: 0,
      } as const;
      const ctx = { ...harness.systemContext(environment), caller };
      const key = await createKey(harness.app, ctx, { name: 'mover — test', ...input, owner: 'user' });
      return { id: key.key.id, secret: key.secret };
    };
    const setRole = async (id: string, role: Role) => {
      const answer = await as(owner, 'PATCH', `/api/v1/members/${id}`, { role });
      assert.equal(answer.status, 200, answer.text);
    };
    const remove = (who: TestPerson, id: string, query = '') =>
      as(who, 'DELETE', `/api/v1/members/${id}${query}`);
    const write = (key: string, host?: string) =>
      harness.send({ url: '/api/v1/kb/tags', key, host, body: { name: `Tag ${Math.random()}` } });
    const read = (key: string, host?: string) => harness.send({ url: '/api/v1/kb/tags', key, host });
    const rowOf = (id: string) =>
      harness.app.database.read.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst();
    /** As after a restart, or on a key that was not used for long. */
    const forget = () => {
      harness.app.policies.suspend();
      harness.app.policies.resume();
    };
    const refused = (answer: TestAnswer, status: number, code: string) =>
      assert.deepEqual([answer.status, answer.body?.code], [status, code], answer.text);

    test('every member makes keys within their role, with the secret shown once, and uses them', async () => {
      for (const who of [owner, admin, developer, viewer]) {
        const key = await make(who);
        assert.match(key.id, /^key_/);
        assert.match(key.secret, /^sa_live_/);
        assert.equal((await read(key.secret)).status, 200);
        const basic = Buffer.from(`${key.id}:${key.secret}`).toString('base64');
        const named = await harness.send({
          url: '/api/v1/me',
          headers: { authorization: `Basic ${basic}` },
        });
        assert.equal(named.status, 200, named.text);
        assert.deepEqual([named.body.owner, named.body.ownerUser.id], ['user', who.userId]);
        const shown = await as(who, 'GET', `${root}/${key.id}`);
        assert.equal(shown.status, 200);
        assert.ok(!shown.text.includes(key.secret));
      }
    });

    test('nobody names scopes beyond their role, in any environment', async () => {
      const beyond: [TestPerson, string][] = [
        [viewer, 'knowledge:write'],
        [viewer, 'logs:read'],
        [viewer, 'api_keys:read'],
        [viewer, 'webhooks:read'],
        [developer, 'api_keys:read'],
        [developer, 'audit:read'],
        [developer, 'bulk:write'],
        [developer, 'webhooks:write'],
      ];
      for (const [who, scope] of beyond) {
        for (const environment of ['production', 'staging']) {
          const body = { name: 'Report — test', scopes: ['knowledge:read', scope], environment };
          const answer = await as(who, 'POST', root, body);
          refused(answer, 403, 'scope_escalation');
          assert.deepEqual(answer.body.exceeds, ['scopes']);
          assert.ok(answer.body.detail.includes(scope), answer.text);
        }
      }
      refused(
        await as(viewer, 'POST', root, { name: 'Report — test', bundle: 'integration' }),
        403,
        'scope_escalation',
      );
    });

    test('a key that inherits has what its owner’s role has at each moment, and no more', async () => {
      const { secret } = await issue('developer', { scopes: [] });
      assert.equal((await write(secret)).status, 201);
      await setRole(mover.userId, 'viewer');
      refused(await write(secret), 403, 'insufficient_scope');
      assert.equal((await read(secret)).status, 200);
      const { body } = await harness.send({ url: '/api/v1/me', key: secret });
      assert.ok(body.effectiveScopes.every((scope: string) => scope.endsWith(':read')));
      for (const scope of ['logs:read', 'jobs:read', 'audit:read', 'api_keys:read', 'webhooks:read'])
        assert.ok(!body.effectiveScopes.includes(scope), scope);
    });

    test('the keys of a demoted person shrink at the very next request, warm and cold, and say why', async () => {
      const scopes = ['api_keys:write', 'knowledge:write'];
      const warm = await issue('admin', { scopes });
      const cold = await issue('admin', { scopes, environment: 'staging' });
      assert.equal((await write(warm.secret)).status, 201);
      await setRole(mover.userId, 'developer');
      assert.equal((await write(warm.secret)).status, 201, 'developers write knowledge');
      const keyed = await harness.send({ url: '/api/v1/api-keys', key: warm.secret });
      refused(keyed, 403, 'insufficient_scope');
      await setRole(mover.userId, 'viewer');
      for (const [secret, host] of [
        [warm.secret, undefined],
        [cold.secret, hostOf('staging')],
      ] as const) {
        const answer = await write(secret, host);
        refused(answer, 403, 'insufficient_scope');
        assert.deepEqual(answer.body.withheldScopes, ['knowledge:write']);
        assert.equal(answer.body.ownerRole, 'viewer');
        assert.match(answer.body.detail, /role of its owner, viewer/);
        assert.equal((await read(secret, host)).status, 200);
        forget();
        refused(await write(secret, host), 403, 'insufficient_scope');
      }
      const listed = await as(owner, 'GET', `/api/v1/api-keys/${warm.id}`);
      assert.ok(listed.body.warnings.some(({ code }: { code: string }) => code === 'scopes_withheld'));
      await setRole(mover.userId, 'admin');
      assert.equal((await write(warm.secret)).status, 201, 'and grow again');
    });

    test('a role that is changed behind the server’s back counts for a key that is looked up', async () => {
      const { secret } = await issue('developer', { scopes: ['knowledge:write'] });
      const { write: database } = harness.app.database;
      await database
        .updateTable('members')
        .set({ role: 'viewer' })
        .where('user_id', '=', mover.userId)
        .execute();
      refused(await write(secret), 403, 'insufficient_scope');
    });

    test('verify and a dry run give the same verdict as the door', async () => {
      const verifier = await harness.createKey({ scopes: ['api_keys:verify'] });
      const { secret } = await issue('developer', { scopes: ['knowledge:write'] });
      const verify = (dryRun: boolean) =>
        harness.send({
          url: '/api/v1/api-keys/verify',
          key: verifier.secret,
          body: { key: secret, scopes: ['knowledge:write'], dryRun },
        });
      assert.equal((await verify(false)).body.valid, true);
      await setRole(mover.userId, 'viewer');
      for (const dryRun of [false, true]) {
        const { body } = await verify(dryRun);
        assert.deepEqual(
          [body.valid, body.code, body.missingScopes, body.scopes],
          [false, 'insufficient_scope', ['knowledge:write'], ['knowledge:read']],
        );
        assert.match(body.detail, /viewer/);
      }
    });

    test('removing somebody with working keys asks what to do, changes nothing until it is said, and ends them', async () => {
      for (const choice of ['revoke', 'delete'] as const) {
        const person = await harness.signUp('developer');
        const used = await make(person);
        const elsewhere = await make(person, { environment: 'sandbox' });
        assert.equal((await read(used.secret)).status, 200);
        const asked = await remove(admin, person.userId);
        refused(asked, 409, 'conflict');
        assert.deepEqual(
          [asked.body.personalKeys.count, asked.body.personalKeys.choices],
          [2, ['revoke', 'delete']],
        );
        const named = asked.body.personalKeys.keys.find(({ id }: Key) => id === used.id);
        assert.deepEqual([named.lastUsedIp, named.environment], ['203.0.113.7', 'production']);
        assert.ok(named.lastUsedAt);
        assert.equal((await read(used.secret)).status, 200);
        assert.equal((await as(person, 'GET', root)).status, 200);
        assert.equal((await remove(admin, person.userId, '?personalKeys=keep')).status, 400);

        assert.equal((await remove(admin, person.userId, `?personalKeys=${choice}`)).status, 204);
        const code = choice === 'revoke' ? 'inactive_key' : 'unknown_key';
        for (const isCold of [false, true]) {
          if (isCold) forget();
          refused(await read(used.secret), 401, code);
          refused(await read(elsewhere.secret, hostOf('sandbox')), 401, code);
        }
        const row = await rowOf(used.id);
        if (choice === 'delete') assert.equal(row, undefined);
        else assert.deepEqual([row?.is_active, row?.revoked_reason], [0, 'owner_removed']);
        const entries = await harness.app.database.read
          .selectFrom('audit_entries')
          .select(['action', 'actor_id'])
          .where('target_id', '=', used.id)
          .orderBy('id', 'desc')
          .execute();
        assert.equal(entries[0]?.action, choice === 'revoke' ? 'key.revoked' : 'key.deleted');
      }
    });

    test('who has no working key is removed without a question, and revoked keys stay dead', async () => {
      const person = await harness.signUp('developer');
      const { id, secret } = await make(person);
      await as(person, 'POST', `${root}/${id}/revoke`, {});
      assert.equal((await remove(person, person.userId)).status, 204, 'leaving is asked the same');
      refused(await read(secret), 401, 'inactive_key');
      const activated = await as(owner, 'POST', `/api/v1/api-keys/${id}/activate`);
      refused(activated, 403, 'role_not_allowed');
      const listed = await as(owner, 'GET', `/api/v1/api-keys/${id}`);
      assert.deepEqual(listed.body.ownerUser, { id: person.userId, name: null });
      assert.equal((await as(owner, 'DELETE', `/api/v1/api-keys/${id}`)).status, 200);
    });

    test('a key whose owner is no member never lives, whatever its row says', async () => {
      const key = await harness.createKey({ scopes: ['knowledge:read'] });
      for (const userId of ['usr_nobody', null]) {
        await harness.app.database.write
          .updateTable('keys')
          .set({ owner: 'user', owner_user_id: userId })
          .where('id', '=', key.id)
          .execute();
        forget();
        refused(await read(key.secret), 401, 'inactive_key');
        refused(await as(owner, 'POST', `/api/v1/api-keys/${key.id}/rotate`, {}), 403, 'role_not_allowed');
      }
    });

    test('another person’s key does not exist under /me, and for no one but administrators elsewhere', async () => {
      const { id, secrets } = await make(developer, { environment: 'staging' });
      const staging = { 'x-keyward-environment': 'staging' };
      const calls: [method: string, path: string, body?: unknown][] = [
        ['GET', ''],
        ['PATCH', '', { description: 'mine now' }],
        ['DELETE', ''],
        ['POST', '/regenerate'],
        ['POST', '/rotate', {}],
        ['POST', '/revoke', {}],
        ['POST', '/activate'],
        ['DELETE', `/secrets/${secrets[0]!.id}`],
      ];
      const before = JSON.stringify(await rowOf(id));
      const other = await harness.signUp('developer');
      for (const who of [owner, admin, other, viewer]) {
        for (const [method, path, body] of calls) {
          refused(await as(who, method, `${root}/${id}${path}`, body, staging), 404, 'not_found');
        }
      }
      for (const [method, path, body] of [
        ...calls,
        ['POST', '/replace', { scopes: ['knowledge:read'] }],
      ] as const) {
        const answer = await as(other, method, `/api/v1/api-keys/${id}${path}`, body, staging);
        refused(answer, 404, 'not_found');
      }
      for (const path of ['/usage', '/rotation', '/access-advisor']) {
        const answer = await as(other, 'GET', `/api/v1/api-keys/${id}${path}`, undefined, staging);
        refused(answer, 404, 'not_found');
      }
      const bulk = await as(other, 'POST', '/api/v1/api-keys/bulk-revoke', { ids: [id] }, staging);
      assert.deepEqual(bulk.body.revoked, []);
      assert.equal(JSON.stringify(await rowOf(id)), before);
      refused(await as(developer, 'GET', `${root}/${id}`), 404, 'not_found');
    });

    test('lists show personal keys to their owner and to administrators alone', async () => {
      const mine = await make(developer, { name: 'nightly-10_03_2026-12_00', environment: 'development' });
      const other = await harness.signUp('developer');
      const idsFor = async (who: TestPerson, path: string) => {
        const answer = await as(who, 'GET', path, undefined, { 'x-keyward-environment': 'development' });
        assert.equal(answer.status, 200, answer.text);
        return answer.body.data.map(({ id }: Key) => id);
      };
      for (const query of [
        '',
        '?owner=user',
        '?q=nightly',
        `?q=${mine.id}`,
        '?status=active',
        '?scope=knowledge:read',
      ]) {
        const path = `/api/v1/api-keys${query}`;
        assert.ok(!(await idsFor(other, path)).includes(mine.id), query);
        for (const who of [developer, admin, owner])
          assert.ok((await idsFor(who, path)).includes(mine.id), query);
      }
      assert.deepEqual(await idsFor(developer, root), [mine.id]);
      assert.deepEqual(await idsFor(other, root), []);
      assert.deepEqual(await idsFor(owner, root), []);
      const listed = await as(owner, 'GET', '/api/v1/api-keys?owner=user&environment=development');
      assert.deepEqual(listed.body.data[0].ownerUser, { id: developer.userId, name: 'Test developer' });
      assert.ok(!listed.text.includes(mine.secret));
      assert.ok(!(await idsFor(owner, '/api/v1/api-keys?owner=tenant')).includes(mine.id));
    });

    test('administrators, and keys that manage keys, may end somebody’s key, but never change it or get its secret', async () => {
      const manager = await harness.createKey({
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 10_000, burst: 10_000, perDay: 1_000_000 },
      });
      const viaKey = (method: string, url: string, body?: unknown) =>
        harness.send({ method, url, key: manager.secret, body });
      const viaPerson = (method: string, url: string, body?: unknown) => as(admin, method, url, body);
      for (const call of [viaKey, viaPerson]) {
        const { id, secret, secrets } = await make(developer);
        const url = `/api/v1/api-keys/${id}`;
        for (const [method, path, body] of [
          ['PATCH', '', { description: 'theirs' }],
          ['POST', '/regenerate'],
          ['POST', '/rotate', {}],
          ['POST', '/activate'],
          ['POST', '/replace', { scopes: ['knowledge:read'] }],
          ['DELETE', `/secrets/${secrets[0]!.id}`],
        ] as const) {
          const answer = await call(method, `${url}${path}`, body);
          refused(answer, 403, 'role_not_allowed');
          assert.ok(!/sa_live_\w{20}/.test(answer.text));
        }
        assert.equal((await read(secret)).status, 200);
        assert.equal((await call('POST', `${url}/revoke`, {})).status, 200);
        refused(await read(secret), 401, 'inactive_key');
        assert.equal((await call('DELETE', url)).status, 200);
        refused(await read(secret), 401, 'unknown_key');
      }
    });

    test('a key makes no personal key, and has no routes of its owner', async () => {
      const strong = await make(owner, { scopes: ['api_keys:write', 'knowledge:write'] });
      const body = { name: 'Another — key', scopes: ['knowledge:read'] };
      const asKey = (method: string, url: string, given?: unknown) =>
        harness.send({ method, url, key: strong.secret, body: given });
      refused(await asKey('POST', '/api/v1/api-keys', { ...body, owner: 'user' }), 400, 'validation_failed');
      refused(await asKey('POST', root, body), 403, 'role_not_allowed');
      refused(await asKey('GET', root), 403, 'role_not_allowed');
      const tenantKey = await asKey('POST', '/api/v1/api-keys', body);
      assert.deepEqual([tenantKey.status, tenantKey.body.owner], [201, 'tenant']);
      const session = await as(developer, 'POST', '/api/v1/api-keys', { ...body, owner: 'user' });
      assert.deepEqual([session.status, session.body.ownerUser?.id], [201, developer.userId], session.text);
      refused(await as(owner, 'POST', root, { ...body, owner: 'tenant' }), 400, 'validation_failed');
    });

    test('a person of another tenant sees and ends nothing', async () => {
      const { tenantId } = await harness.createTenant();
      const stranger = await harness.signUp('owner');
      await harness.app.database.write
        .updateTable('members')
        .set({ tenant_id: tenantId })
        .where('user_id', '=', stranger.userId)
        .execute();
      const { id, secret } = await make(developer);
      for (const path of [`${root}/${id}`, `/api/v1/api-keys/${id}`]) {
        for (const [method, end] of [
          ['GET', ''],
          ['DELETE', ''],
          ['POST', '/revoke'],
        ] as const)
          refused(await as(stranger, method, path + end), 404, 'not_found');
      }
      const listed = await as(stranger, 'GET', '/api/v1/api-keys?owner=user');
      assert.deepEqual(listed.body.data, []);
      refused(await remove(stranger, developer.userId, '?personalKeys=delete'), 404, 'not_found');
      assert.equal((await read(secret)).status, 200);
    });

    test('a person who moved to another tenant takes no key along', async () => {
      const person = await harness.signUp('developer');
      const { secret } = await make(person);
      const { tenantId } = await harness.createTenant();
      await harness.app.database.write
        .updateTable('members')
        .set({ tenant_id: tenantId })
        .where('user_id', '=', person.userId)
        .execute();
      forget();
      refused(await read(secret), 401, 'inactive_key');
    });

    test('its owner rotates, regenerates, revokes, activates, changes and deletes a key; also after a demotion', async () => {
      const person = await harness.signUp('developer');
      const { id, secret } = await make(person, { scopes: ['knowledge:write'] });
      await setRole(person.userId, 'viewer');
      const session = await harness.send({
        url: '/api/auth/sign-in/email',
        body: {
          email: (
            await harness.app.database.read
              .selectFrom('users')
              .select('email')
              .where('id', '=', person.userId)
              .executeTakeFirstOrThrow()
          ).email,
          password: 'correct horse battery',
        },
      });
      const cookie = String(session.headers['set-cookie']).split(';', 1)[0]!;
      const own = (method: string, path: string, body?: unknown) =>
        harness.send({ method, url: `${root}/${id}${path}`, cookie, body });
      const rotated = await own('POST', '/rotate', { gracePeriodSeconds: 60 });
      assert.equal(rotated.status, 200, rotated.text);
      assert.equal((await read(secret)).status, 200);
      const ended = rotated.body.secrets.find(({ status }: { status: string }) => status === 'retiring');
      assert.equal((await own('DELETE', `/secrets/${ended.id}`)).status, 204);
      refused(await read(secret), 401, 'inactive_key');
      const regenerated = await own('POST', '/regenerate');
      assert.equal(regenerated.status, 200, regenerated.text);
      refused(await read(rotated.body.secret), 401, 'inactive_key');
      assert.equal((await own('POST', '/revoke', {})).status, 200);
      refused(await read(regenerated.body.secret), 401, 'inactive_key');
      assert.equal((await own('POST', '/activate')).status, 200);
      refused(await write(regenerated.body.secret), 403, 'insufficient_scope');
      assert.equal((await own('PATCH', '', { description: 'nightly' })).body.description, 'nightly');
      assert.equal((await own('PATCH', '', { owner: 'tenant' })).status, 400);
      assert.equal((await own('DELETE', '')).status, 200);
      refused(await read(regenerated.body.secret), 401, 'unknown_key');
    });

    test('a repeated creation with an Idempotency-Key makes one key, and shows its secret once', async () => {
      const headers = { 'idempotency-key': 'personal-once' };
      const first = await make(developer, { name: 'once-10_03_2026-12_00' }, headers);
      const second = await make(developer, { name: 'once-10_03_2026-12_00' }, headers);
      assert.deepEqual([second.id, second.secret], [first.id, null]);
    });

    test('rotation of a personal key is due after ninety days, whatever the tenant’s reminder says', async () => {
      await as(owner, 'PATCH', '/api/v1/settings', { rotationReminderDays: 365 });
      const { id } = await make(developer);
      const { body } = await as(developer, 'GET', `${root}/${id}`);
      assert.equal(Date.parse(body.rotationDueAt) - Date.parse(body.createdAt), 90 * day);
      const tenantKey = await as(owner, 'POST', '/api/v1/api-keys', {
        name: 'A — B',
        scopes: ['knowledge:read'],
      });
      const { rotationDueAt, createdAt } = tenantKey.body;
      assert.equal(Date.parse(rotationDueAt) - Date.parse(createdAt), 365 * day);
      await as(owner, 'PATCH', '/api/v1/settings', { rotationReminderDays: null });
    });

    test('explain says that the owner’s role was the reason, as it was then, and what would help', async () => {
      const { secret } = await issue('developer', { scopes: ['knowledge:write'] });
      const admitted = await write(secret);
      await setRole(mover.userId, 'viewer');
      const denied = await write(secret);
      await harness.app.requestLog!.flush();
      const explain = async (answer: TestAnswer) => {
        const id = answer.headers['x-request-id'];
        const explained = await as(owner, 'GET', `/api/v1/logs/${id}/explain`);
        assert.equal(explained.status, 200, explained.text);
        return explained.body;
      };
      const then = await explain(admitted);
      assert.deepEqual([then.refusedBy, then.now.code], [null, 'insufficient_scope']);
      assert.ok(then.checks.every(({ passed }: { passed: boolean }) => passed !== false));
      const refusal = await explain(denied);
      assert.deepEqual(
        [refusal.code, refusal.refusedBy, refusal.change.action],
        ['insufficient_scope', 'scope', 'change_role'],
      );
      assert.match(refusal.detail, /role of its owner, viewer/);
      const { input } = refusal.checks.find(({ name }: { name: string }) => name === 'scope');
      assert.deepEqual([input.ownerRole, input.withheldScopes], ['viewer', ['knowledge:write']]);
      await setRole(mover.userId, 'developer');
      const later = await explain(denied);
      assert.deepEqual([later.refusedBy, later.now.admitted, later.change], ['scope', true, null]);
    });

    test('explain says that a secret was too old by the policy of then, whatever it is now', async () => {
      const { id, secret, secrets } = await make(developer);
      const young = await read(secret);
      const database = harness.app.database.write;
      const created = harness.clock.wallMs() - 20 * day;
      await database
        .updateTable('secrets')
        .set({ created_at: created })
        .where('id', '=', secrets[0]!.id)
        .execute();
      const enforce = (maxAgeDays: number | null) =>
        as(owner, 'PATCH', '/api/v1/settings', {
          keyPolicy: { environments: { production: { maxAgeDays, maxAgeAction: 'enforce' } } },
        });
      assert.equal((await enforce(20)).status, 200);
      const old = await read(secret);
      refused(old, 401, 'expired_key');
      await harness.app.requestLog!.flush();
      const explain = async (answer: TestAnswer) =>
        (await as(owner, 'GET', `/api/v1/logs/${answer.headers['x-request-id']}/explain`)).body;
      const now = await explain(old);
      assert.deepEqual(
        [now.refusedBy, now.now.code, now.change.action],
        ['expiry', 'expired_key', 'regenerate_key'],
      );
      assert.equal(now.change.request.path, `${root}/${id}/regenerate`);
      assert.match(now.detail, /older than the 20 days/);
      assert.equal((await explain(young)).refusedBy, null);
      await enforce(null);
      const later = await explain(old);
      assert.deepEqual([later.refusedBy, later.now.admitted], ['expiry', true]);
    });

    test('while somebody is demoted or removed, no key of theirs comes out with more, or alive', async () => {
      for (const end of ['demote', 'remove'] as const) {
        for (let round = 0; round < 2; round++) {
          const person = await harness.signUp('developer');
          const attempts = [0, 1, 2].map((i) =>
            as(person, 'POST', root, { name: `race ${i} — test`, scopes: ['knowledge:write'] }),
          );
          const ending =
            end === 'demote'
              ? as(owner, 'PATCH', `/api/v1/members/${person.userId}`, { role: 'viewer' })
              : remove(owner, person.userId, '?personalKeys=revoke');
          const [ended, ...answers] = await Promise.all([ending, ...attempts]);
          assert.ok(ended!.status < 300, ended!.text);
          for (const answer of answers) {
            assert.ok([201, 401, 403].includes(answer!.status), answer!.text);
            if (answer!.status !== 201) continue;
            for (const isCold of [false, true]) {
              if (isCold) forget();
              const tried = await write(answer!.body.secret);
              if (end === 'demote') refused(tried, 403, 'insufficient_scope');
              else refused(tried, 401, 'inactive_key');
            }
          }
        }
      }
      assert.deepEqual(
        harness.logged.filter((line) => JSON.parse(line).level >= 50),
        [],
      );
    });

    test('what a person does to a key goes by the role they have when it is done', async () => {
      await setRole(mover.userId, 'viewer');
      const before = {
        kind: 'user',
        id: mover.userId,
        role: 'admin',
        email: '',
        name: '',
        sessionId: '',
      } as const;
      const ctx = { ...harness.systemContext(), caller: { ...before, authenticatedAt: 0 } };
      const key = await harness.createKey({ scopes: ['knowledge:read'] });
      const { app } = harness;
      const always = { ifMatch: undefined, tagOf: () => '' };
      const scopes = ['knowledge:read'];
      for (const attempt of [
        () => patchKey(app, ctx, key.id, { tier: 'enterprise' }, always),
        () => activateKey(app, ctx, key.id),
        () => rotateKey(app, ctx, key.id, { gracePeriodSeconds: 0, endRetiring: true }),
        () => regenerateKey(app, ctx, key.id),
        () => replaceKey(app, ctx, key.id, { scopes, gracePeriodSeconds: 0 }),
        () => deleteKey(app, ctx, key.id, always),
      ]) {
        await assert.rejects(attempt, { code: 'role_not_allowed' });
      }
      assert.equal((await read(key.secret)).status, 200);
    });

    test('after a demotion has answered, no key of the tenant comes out by the role of before', async () => {
      for (let round = 0; round < 3; round++) {
        const person = await harness.signUp('admin');
        const body = { name: 'race — tenant', scopes: ['knowledge:read'] };
        const attempts = Array.from({ length: 4 }, () => as(person, 'POST', '/api/v1/api-keys', body));
        const demotion = as(owner, 'PATCH', `/api/v1/members/${person.userId}`, { role: 'viewer' });
        assert.equal((await demotion).status, 200);
        const demotedAt = await harness.app.database.read
          .selectFrom('audit_entries')
          .select('id')
          .where('action', '=', 'member.role_changed')
          .where('target_id', '=', person.userId)
          .executeTakeFirstOrThrow();
        for (const answer of await Promise.all(attempts)) {
          assert.ok([201, 401, 403].includes(answer.status), answer.text);
          if (answer.status !== 201) continue;
          const made = await harness.app.database.read
            .selectFrom('audit_entries')
            .select('id')
            .where('action', '=', 'key.created')
            .where('target_id', '=', answer.body.id)
            .executeTakeFirstOrThrow();
          assert.ok(made.id < demotedAt.id, 'the chain has it before the demotion');
        }
      }
    });
  });
});
