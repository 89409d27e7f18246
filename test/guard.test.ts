import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { environments } from '../src/core/environments.ts';
import { roleAllows, roleNames, sessionScopes } from '../src/core/roles.ts';
import { createSecret } from '../src/core/secret.ts';
import type { AccessRule, Route } from '../src/http/route.ts';
import { routes } from '../src/http/routes/index.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey, type TestPerson } from './harness.ts';

type Scoped = Route & { readonly access: Extract<AccessRule, { readonly scopes: readonly string[] }> };

const scopedRoutes = routes.filter((route): route is Scoped => 'scopes' in route.access);
const peopleRoutes = routes.filter((route) => 'people' in route.access);
const openRoutes = routes.filter((route) => 'open' in route.access);

/** A path of the route with ids that do not exist: whoever gets past the guard finds nothing. */
function urlOf(route: Route): string {
  return route.path.replaceAll(/\{\w+\}/g, 'none');
}

function nameOf(route: Route): string {
  return `${route.method} ${route.path}`;
}

/** Everything that could have changed, as text: refused requests leave it as it was. */
async function snapshot(harness: Harness): Promise<string> {
  const { read } = harness.app.database;
  const tables = [
    'keys',
    'secrets',
    'tenants',
    'members',
    'invitations',
    'users',
    'kb_articles',
    'kb_categories',
    'kb_tags',
    'audit_entries',
    'idempotency_records',
  ] as const;
  const rows = await Promise.all(tables.map((table) => read.selectFrom(table).selectAll().execute()));
  // Last uses are written behind, of requests that were admitted earlier.
  const stable = (name: string, value: unknown) => (name.startsWith('last_used') ? undefined : value);
  return rows
    .map((list) =>
      list
        .map((row) => JSON.stringify(row, stable))
        .sort()
        .join('\n'),
    )
    .join('\n\n');
}

interface WrongCaller {
  readonly name: string;
  readonly status: number;
  readonly code: string;
  readonly challenge: RegExp | null;
  readonly members?: Record<string, unknown>;
  readonly hasLimits: boolean;
  send(harness: Harness, route: Scoped): Promise<TestAnswer> | null;
}

const realm = /^Bearer realm="keyward"$/;
const invalidToken = /^Bearer realm="keyward", error="invalid_token"$/;
const insufficient = /^Bearer realm="keyward", error="insufficient_scope", scope="[^"]+"$/;

onEachDatabase((kind, skip) => {
  describe(`the guard on ${kind}`, { skip }, () => {
    let harness: Harness;
    let keys: Record<
      | 'revoked'
      | 'expired'
      | 'retired'
      | 'elsewhere'
      | 'bare'
      | 'confined'
      | 'spent'
      | 'deleted'
      | 'replaced'
      | 'orphaned'
      | 'aged',
      TestKey
    >;
    let people: Record<string, TestPerson>;
    const readers = new Map<string, TestKey>();

    before(async () => {
      harness = await openHarness(kind, { settings: { KEYWARD_REFUSALS_PER_MINUTE: '100000' } });
      keys = await makeWrongKeys(harness);
      people = { owner: harness.owner };
      for (const role of roleNames) if (role !== 'owner') people[role] = await harness.signUp(role);
      for (const route of scopedRoutes) {
        for (const scope of route.access.scopes) {
          const read = scope.replace(/:write$/, ':read');
          if (read !== scope && harness.app.catalogue.all.has(read) && !readers.has(read)) {
            readers.set(read, await harness.createKey({ scopes: [read] }));
          }
        }
      }
    });

    after(() => harness.close());

    const ask = (route: Scoped, key: string | undefined, extra: { ip?: string } = {}) =>
      harness.send({ method: route.method, url: urlOf(route), key, ...extra });

    const wrongCallers: WrongCaller[] = [
      {
        name: 'no key',
        status: 401,
        code: 'missing_key',
        challenge: realm,
        hasLimits: false,
        send: (_h, r) => ask(r, undefined),
      },
      {
        name: 'a malformed key',
        status: 401,
        code: 'malformed_key',
        challenge: invalidToken,
        members: { hint: 'missing_prefix' },
        hasLimits: false,
        send: (_h, r) => ask(r, 'nonsense'),
      },
      {
        name: 'an unknown key',
        status: 401,
        code: 'unknown_key',
        challenge: invalidToken,
        hasLimits: false,
        send: (_h, r) => ask(r, createSecret('sa', 'production').secret),
      },
      {
        name: 'a deleted key',
        status: 401,
        code: 'unknown_key',
        challenge: invalidToken,
        hasLimits: false,
        send: (_h, r) => ask(r, keys.deleted.secret),
      },
      {
        name: 'a revoked key',
        status: 401,
        code: 'inactive_key',
        challenge: invalidToken,
        hasLimits: false,
        send: (_h, r) => ask(r, keys.revoked.secret),
      },
      {
        name: 'a replaced key',
        status: 401,
        code: 'inactive_key',
        challenge: invalidToken,
        hasLimits: false,
        send: (_h, r) => ask(r, keys.replaced.secret),
      },
      {
        name: 'an expired key',
        status: 401,
        code: 'expired_key',
        challenge: invalidToken,
        hasLimits: false,
        send: (_h, r) => ask(r, keys.expired.secret),
      },
      {
        name: 'a personal key whose owner is gone',
        status: 401,
        code: 'inactive_key',
        challenge: invalidToken,
        hasLimits: false,
        send: (_h, r) => ask(r, keys.orphaned.secret),
      },
      {
        name: 'a secret beyond the age that the policy enforces',
        status: 401,
        code: 'expired_key',
        challenge: invalidToken,
        members: { maxAgeDays: 3_650 },
        hasLimits: false,
        send: (_h, r) => ask(r, keys.aged.secret),
      },
      {
        name: 'a retired secret',
        status: 401,
        code: 'inactive_key',
        challenge: invalidToken,
        members: { secretStatus: 'retired' },
        hasLimits: false,
        send: (_h, r) => ask(r, keys.retired.secret),
      },
      {
        name: 'a key of another environment',
        status: 401,
        code: 'environment_mismatch',
        challenge: invalidToken,
        members: { keyEnvironment: 'sandbox', requestEnvironment: 'production' },
        hasLimits: false,
        send: (_h, r) => ask(r, keys.elsewhere.secret),
      },
      {
        name: 'a key without the scope',
        status: 403,
        code: 'insufficient_scope',
        challenge: insufficient,
        hasLimits: true,
        send: (_h, r) => (r.access.scopes.length === 0 ? null : ask(r, keys.bare.secret)),
      },
      {
        name: 'a key that may only read',
        status: 403,
        code: 'insufficient_scope',
        challenge: insufficient,
        hasLimits: true,
        send: (_h, r) => {
          const write = r.access.scopes.find(
            (scope) => readers.has(scope.replace(/:write$/, ':read')) && scope.endsWith(':write'),
          );
          return write ? ask(r, readers.get(write.replace(/:write$/, ':read'))!.secret) : null;
        },
      },
      {
        name: 'a key outside its networks',
        status: 403,
        code: 'ip_not_allowed',
        challenge: null,
        hasLimits: true,
        send: (_h, r) => ask(r, keys.confined.secret),
      },
      {
        name: 'a key over its limit',
        status: 429,
        code: 'rate_limited',
        challenge: null,
        members: { violatedPolicies: ['minute'] },
        hasLimits: true,
        send: (_h, r) => ask(r, keys.spent.secret),
      },
    ];

    for (const route of scopedRoutes) {
      test(`${nameOf(route)} refuses every wrong caller in the contract’s form and changes nothing`, async () => {
        const before = await snapshot(harness);
        for (const caller of wrongCallers) {
          const answer = await caller.send(harness, route);
          if (answer === null) continue;
          const where = `${caller.name}: ${answer.text}`;
          assert.equal(answer.status, caller.status, where);
          assertProblem(answer, caller.code, where);
          for (const [name, value] of Object.entries(caller.members ?? {}))
            assert.deepEqual(answer.body[name], value, where);
          const challenge = answer.headers['www-authenticate'];
          if (caller.challenge) assert.match(challenge ?? '', caller.challenge, where);
          else assert.equal(challenge, undefined, where);
          assert.equal('x-ratelimit-limit' in answer.headers, caller.hasLimits, where);
          assert.equal('ratelimit' in answer.headers, caller.hasLimits, where);
          assert.equal('retry-after' in answer.headers, caller.status === 429, where);
        }
        assert.equal(await snapshot(harness), before);
      });
    }

    test('a missing scope is named, and so is what the call needs', async () => {
      for (const route of scopedRoutes.filter((r) => r.access.scopes.length > 0)) {
        const { body } = await ask(route, keys.bare.secret);
        assert.deepEqual(body.requiredScopes, route.access.scopes);
        assert.deepEqual(body.missingScopes, route.access.scopes);
      }
    });

    test('HEAD is guarded like GET, and nothing of the answer is in its body', async () => {
      for (const route of scopedRoutes.filter((r) => r.method === 'GET')) {
        const answer = await harness.send({ method: 'HEAD', url: urlOf(route) });
        assert.equal(answer.status, 401, nameOf(route));
        assert.equal(answer.text, '');
      }
    });

    test('every scoped route lets in people by the role table, and nobody else', async () => {
      for (const route of scopedRoutes) {
        for (const role of roleNames) {
          for (const environment of environments) {
            const answer = await harness.send({
              method: route.method,
              url: urlOf(route),
              cookie: people[role]!.cookie,
              headers: { 'x-keyward-environment': environment },
            });
            const places = route.access.namesEnvironment ? environments : [environment];
            const held = new Set(
              places.flatMap((place) => [...sessionScopes(role, place, harness.app.catalogue)]),
            );
            const isAllowed = !route.access.keyOnly && route.access.scopes.every((scope) => held.has(scope));
            const where = `${nameOf(route)} as ${role} in ${environment}: ${answer.text}`;
            if (isAllowed) assert.notEqual(answer.body?.code, 'role_not_allowed', where);
            else {
              assert.equal(answer.status, 403, where);
              assertProblem(answer, 'role_not_allowed', where);
            }
          }
        }
      }
    });

    test('routes for people let in exactly the roles of the table', async () => {
      for (const route of peopleRoutes) {
        const { people: rule } = route.access as {
          people: 'any' | readonly [Parameters<typeof roleAllows>[1], Parameters<typeof roleAllows>[2]];
        };
        if (rule === 'any') continue;
        for (const role of roleNames) {
          if (roleAllows(role, ...rule)) continue;
          const before = await snapshot(harness);
          const answer = await harness.send({
            method: route.method,
            url: urlOf(route),
            cookie: people[role]!.cookie,
          });
          const where = `${nameOf(route)} as ${role}: ${answer.text}`;
          assert.equal(answer.status, 403, where);
          assertProblem(answer, 'role_not_allowed', where);
          assert.equal(await snapshot(harness), before);
        }
      }
    });

    test('routes for people refuse every key, and strangers', async () => {
      const strong = await harness.createKey({ scopes: [...harness.app.catalogue.all] });
      for (const route of peopleRoutes) {
        const keyed = await harness.send({ method: route.method, url: urlOf(route), key: strong.secret });
        assert.equal(keyed.status, 403, nameOf(route));
        assertProblem(keyed, 'role_not_allowed', nameOf(route));
        const stranger = await harness.send({ method: route.method, url: urlOf(route) });
        assert.equal(stranger.status, 401, nameOf(route));
        assertProblem(stranger, 'missing_key', nameOf(route));
      }
    });

    test('another tenant’s key finds none of this tenant’s things', async () => {
      const other = await harness.createTenant();
      const scopes = [...harness.app.catalogue.all];
      const stranger = await harness.createKey({
        ...other,
        scopes,
        rateLimit: { perMinute: 1_000, burst: 0, perDay: 10_000 },
      });
      for (const id of [keys.bare.id, keys.revoked.id]) {
        for (const route of scopedRoutes.filter((r) => r.path.startsWith('/api/v1/api-keys/{id}'))) {
          const url = route.path.replace('{id}', id).replace('{secretId}', keys.bare.secretId);
          const bodies: Record<string, unknown> = {
            replaceKey: { scopes: ['knowledge:read'] },
            updateKey: { description: 'mine now' },
          };
          const body = bodies[route.operationId];
          const answer = await harness.send({ method: route.method, url, key: stranger.secret, body });
          assert.equal(answer.status, 404, `${nameOf(route)}: ${answer.text}`);
          assertProblem(answer, 'not_found', nameOf(route));
        }
      }
    });

    test('a session cookie counts for nothing when another site sends it', async () => {
      const { cookie } = people.owner!;
      const crossSite: Record<string, string>[] = [
        { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'https://evil.example' },
        { origin: 'null' },
      ];
      for (const headers of crossSite) {
        for (const method of ['GET', 'POST']) {
          const answer = await harness.send({
            method,
            url: '/api/v1/api-keys',
            headers: { cookie, ...headers },
          });
          assert.equal(answer.status, 401, JSON.stringify(headers));
        }
      }
      const plainPost = await harness.send({ method: 'POST', url: '/api/v1/api-keys', headers: { cookie } });
      assert.equal(plainPost.status, 401);
      const plainGet = await harness.send({ url: '/api/v1/api-keys', headers: { cookie } });
      assert.equal(plainGet.status, 200);
    });

    test('a key beats the cookie that comes with it', async () => {
      const answer = await harness.send({
        url: '/api/v1/api-keys',
        cookie: people.owner!.cookie,
        key: keys.bare.secret,
      });
      assert.equal(answer.status, 403);
      assertProblem(answer, 'insufficient_scope', answer.text);
    });

    test('a key never chooses its environment', async () => {
      const answer = await harness.send({
        url: '/api/v1/kb/categories',
        key: keys.elsewhere.secret,
        headers: { 'x-keyward-environment': 'sandbox' },
      });
      assert.equal(answer.body.code, 'environment_mismatch');
    });

    test('open routes ask nobody for a key', async () => {
      for (const route of openRoutes) {
        const answer = await harness.send({ method: route.method, url: urlOf(route), key: 'nonsense' });
        assert.notEqual(answer.body?.code, 'malformed_key', nameOf(route));
      }
    });

    test('every path answers other methods with 405 and Allow, OPTIONS with 204, and counts neither', async () => {
      for (const [path, list] of Map.groupBy(routes, (route) => route.path)) {
        const url = path.replaceAll(/\{\w+\}/g, 'none');
        const own = new Set<string>(list.map((route) => route.method));
        const options = await harness.send({ method: 'OPTIONS', url, key: keys.bare.secret });
        assert.equal(options.status, 204, path);
        assert.equal('x-ratelimit-limit' in options.headers, false);
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
          if (own.has(method)) continue;
          const answer = await harness.send({ method, url });
          assert.equal(answer.status, 405, `${method} ${path}`);
          assertProblem(answer, 'method_not_allowed', `${method} ${path}`);
          assert.equal(answer.headers.allow, options.headers.allow);
        }
      }
    });
  });
});

function assertProblem(answer: TestAnswer, code: string, where: string): void {
  assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/, where);
  assert.equal(answer.body.code, code, where);
  assert.equal(answer.body.status, answer.status, where);
  assert.equal(answer.body.requestId, answer.headers['x-request-id'], where);
  assert.ok(answer.body.type.endsWith(`/docs/errors/${code}`), where);
  assert.ok(answer.body.title.length > 0 && answer.body.detail.length > 10, where);
  assert.doesNotMatch(answer.text, /[a-z]{2}_(live|test)_[0-9A-Za-z]{11}/, where);
}

async function makeWrongKeys(harness: Harness) {
  const scopes = [...harness.app.catalogue.all];
  const make = (input: Parameters<Harness['createKey']>[0] = {}) => harness.createKey({ scopes, ...input });
  const admin = await make();
  const act = async (method: string, url: string, body?: unknown) => {
    const answer = await harness.send({ method, url, key: admin.secret, body });
    assert.ok(answer.status < 300, answer.text);
  };
  const revoked = await make();
  await act('POST', `/api/v1/api-keys/${revoked.id}/revoke`);
  const retired = await make();
  await act('POST', `/api/v1/api-keys/${retired.id}/regenerate`);
  const deleted = await make();
  await act('DELETE', `/api/v1/api-keys/${deleted.id}`);
  const replaced = await make();
  await act('POST', `/api/v1/api-keys/${replaced.id}/replace`, {
    scopes: ['knowledge:read'],
    gracePeriodSeconds: 0,
  });
  const spent = await make({ rateLimit: { perMinute: 1, burst: 0, perDay: 100 } });
  assert.equal((await harness.send({ url: '/api/v1/me', key: spent.secret })).status, 200);
  const orphaned = await make();
  const aged = await make();
  const { write } = harness.app.database;
  await write
    .updateTable('keys')
    .set({ owner: 'user', owner_user_id: 'usr_gone' })
    .where('id', '=', orphaned.id)
    .execute();
  const maxAgeDays = 3_650;
  const long = harness.clock.wallMs() - maxAgeDays * 86_400_000;
  await write.updateTable('secrets').set({ created_at: long }).where('id', '=', aged.secretId).execute();
  const aging = await harness.send({
    method: 'PATCH',
    url: '/api/v1/settings',
    cookie: harness.owner.cookie,
    body: { keyPolicy: { environments: { production: { maxAgeDays, maxAgeAction: 'enforce' } } } },
  });
  assert.equal(aging.status, 200, aging.text);
  const expired = await make({ expiresAt: harness.clock.wallMs() + 1 });
  harness.clock.advance(2);
  return {
    revoked,
    retired,
    deleted,
    replaced,
    spent,
    expired,
    orphaned,
    aged,
    elsewhere: await make({ environment: 'sandbox' }),
    bare: await make({ scopes: ['channels.email:write'] }),
    confined: await make({ ipAllowlist: ['198.51.100.0/24', '2001:db8::/32'] }),
  };
}
