import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Composed, compose } from '../src/compose.ts';
import { loadConfig } from '../src/config.ts';
import { AppError } from '../src/errors.ts';
import { routes } from '../src/http/routes/index.ts';
import { createServer } from '../src/http/server.ts';
import { resetPassword } from '../src/services/people/password.ts';
import { createTenant } from '../src/services/people/setup.ts';
import { freshDatabase, onEachDatabase } from './databases.ts';
import { FakeClock, noon, password } from './harness.ts';

const hour = 3_600_000;
const owner = { name: 'Ada', email: 'ada@example.com', password };

onEachDatabase((kind, skip) => {
  describe(`the first start on ${kind}`, { skip }, () => {
    let directory: string;
    let env: Record<string, string>;
    let composed: Composed;
    let server: ReturnType<typeof createServer>;
    let clock: FakeClock;

    async function open(more: Record<string, string> = {}): Promise<void> {
      clock = new FakeClock(noon);
      const config = loadConfig({ ...env, ...more });
      const { pino } = await import('pino');
      composed = await compose(config, { clock, log: pino({ level: 'silent' }) });
      server = createServer(composed.app, routes, {
        hostRules: [],
        isTrustedProxy: () => false,
        corsOrigins: [],
        bodyLimitBytes: 1_000_000,
        requestTimeoutMs: 10_000,
        tls: null,
      });
    }

    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'keyward-setup-'));
      env = { KEYWARD_DATA_DIR: directory, KEYWARD_SECRET: 'a secret for tests, long enough to be one' };
      if (kind === 'postgres') env.KEYWARD_DATABASE_URL = await freshDatabase();
      await open();
    });

    afterEach(async () => {
      await server.close();
      await composed.close();
      rmSync(directory, { recursive: true, force: true });
    });

    async function post(path: string, payload: object, headers: Record<string, string> = {}) {
      const url = `/api/auth/${path}`;
      const answer = await server.inject({
        method: 'POST',
        url,
        payload,
        headers,
        remoteAddress: '203.0.113.7',
      });
      const cookies = [answer.headers['set-cookie'] ?? []].flat();
      return { status: answer.statusCode, body: answer.json(), cookies };
    }

    function newToken(): string {
      const link = composed.app.people.createSetupLink();
      const [, token] = /^http:\/\/localhost:8787\/setup#token=([A-Za-z0-9_-]{43})$/.exec(link) ?? [];
      assert.ok(token, link);
      return token;
    }

    async function counted() {
      const { read } = composed.app.database;
      const [users, tenants, members, sessions] = await Promise.all([
        read.selectFrom('users').selectAll().execute(),
        read.selectFrom('tenants').selectAll().execute(),
        read.selectFrom('members').selectAll().execute(),
        read.selectFrom('sessions').selectAll().execute(),
      ]);
      return [users.length, tenants.length, members.length, sessions.length];
    }

    test('the link makes tenant and owner, signs in, and is then over', async () => {
      const token = newToken();
      const answer = await post('setup', { token, ...owner, tenantName: 'Acme' });
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      assert.equal(answer.body.user.role, 'owner');
      assert.equal(answer.body.tenant.name, 'Acme');
      assert.match(answer.cookies.join(), /^keyward_session=/);
      assert.deepEqual(await counted(), [1, 1, 1, 1]);
      assert.equal(composed.app.people.setupLinks.matches(token), false);
      const again = await post('setup', { token, ...owner, email: 'eve@example.com' });
      assert.equal(again.status, 409);
      assert.deepEqual(await counted(), [1, 1, 1, 1]);
      const actions = await composed.app.database.read
        .selectFrom('audit_entries')
        .select('action')
        .orderBy('seq')
        .execute();
      assert.deepEqual(
        actions.map(({ action }) => action),
        ['tenant.created', 'member.added', 'user.signed_in'],
      );
    });

    test('of two that redeem it at once one becomes the owner', async () => {
      const token = newToken();
      const answers = await Promise.all(
        [1, 2, 3].map((i) => post('setup', { token, ...owner, email: `user${i}@example.com` })),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409]);
      assert.deepEqual(await counted(), [1, 1, 1, 1]);
    });

    test('the link, the settings and the command line together make one owner', async () => {
      const token = newToken();
      const { people } = composed.app;
      await people.auth();
      // Without the wait for scrypt all of them begin their transactions together.
      people.passwords.hash = async () => 'salt:hash';
      const results = await Promise.allSettled([
        ...Array.from({ length: 5 }, (_, i) =>
          people.createOwner({ ...owner, email: `user${i}@example.com` }),
        ),
        post('setup', { token, ...owner }).then(({ status }) => assert.equal(status, 201)),
      ]);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.deepEqual((await counted()).slice(0, 3), [1, 1, 1]);
    });

    test('a wrong token, an older one, one of an hour ago and one of another process open nothing', async () => {
      const older = newToken();
      const token = newToken();
      for (const wrong of [older, 'x', token.toLowerCase(), `${token} `, token.slice(1)]) {
        assert.equal((await post('setup', { token: wrong, ...owner })).status, 404, wrong);
      }
      await server.close();
      await composed.close();
      await open();
      assert.equal((await post('setup', { token, ...owner })).status, 404);
      const late = newToken();
      clock.advance(hour);
      assert.equal((await post('setup', { token: late, ...owner })).status, 404);
      assert.deepEqual(await counted(), [0, 0, 0, 0]);
    });

    test('what fails half-way leaves nothing behind, and the link stays good', async () => {
      const token = newToken();
      const { people } = composed.app;
      const auth = await people.auth();
      const call = auth.call.bind(auth);
      auth.call = async () => {
        throw new AppError('store_unavailable');
      };
      assert.equal((await post('setup', { token, ...owner })).status, 503);
      assert.deepEqual(await counted(), [0, 0, 0, 0]);
      auth.call = call;
      assert.equal((await post('setup', { token, ...owner })).status, 201);
    });

    test('the token is not in any file, and only its digest in memory', async () => {
      const token = newToken();
      for (const name of readdirSync(directory)) {
        assert.ok(!readFileSync(join(directory, name), 'latin1').includes(token), name);
      }
      assert.ok(!JSON.stringify(composed.app.people.setupLinks).includes(token));
    });

    test('an owner made without the link signs in with the password', async () => {
      const { people } = composed.app;
      assert.equal(await people.hasUsers(), false);
      const made = await people.createOwner({ email: ' Ada@Example.com ', password });
      assert.equal(await people.hasUsers(), true);
      assert.deepEqual(await people.verifyOwner('ADA@example.com', password), made);
      assert.equal(await people.verifyOwner('ada@example.com', 'wrong password!'), null);
      assert.equal(await people.verifyOwner('nobody@example.com', password), null);
      assert.equal((await post('sign-in/email', { email: 'ada@example.com', password })).status, 200);
      await assert.rejects(people.createOwner(owner), { code: 'conflict' });
    });

    test('an owner with a bad address or password is refused with a sentence', async () => {
      const { people } = composed.app;
      for (const bad of [
        { email: 'ada' },
        { email: 'ada@example' },
        { password: 'short' },
        { password: 'x ada@example.com x' },
        { password: 'a'.repeat(200) },
      ]) {
        await assert.rejects(people.createOwner({ ...owner, ...bad }), { code: 'validation_failed' });
      }
      assert.deepEqual(await counted(), [0, 0, 0, 0]);
    });

    test('a password that is reset on the command line ends all sessions, and a lost factor where asked', async () => {
      const { app } = composed;
      await app.people.createOwner(owner);
      await post('sign-in/email', { email: owner.email, password });
      await app.database.write.updateTable('users').set({ two_factor_enabled: 1 }).execute();
      const { endedSessions } = await resetPassword(app, 'ADA@example.com', 'staple battery horse');
      assert.equal(endedSessions, 1);
      assert.equal((await post('sign-in/email', { email: owner.email, password })).status, 401);
      const body = { email: owner.email, password: 'staple battery horse' };
      assert.equal((await post('sign-in/email', body)).body.twoFactorRequired, true);
      await resetPassword(app, owner.email, 'staple battery horse', { removeTwoFactor: true });
      assert.equal((await post('sign-in/email', body)).body.twoFactorRequired, false);
      await assert.rejects(resetPassword(app, 'nobody@example.com', 'staple battery horse'), {
        code: 'not_found',
      });
      await assert.rejects(resetPassword(app, owner.email, 'short'), { code: 'validation_failed' });
    });

    test('people of two tenants do not see each other', async () => {
      const { app } = composed;
      await app.people.createOwner(owner);
      const other = await createTenant(app, { email: 'eve@other.example', password, tenantName: 'Other' });
      const { cookies } = await post('sign-in/email', { email: owner.email, password });
      const headers = { cookie: cookies[0]!.split(';')[0]!, 'sec-fetch-site': 'same-origin' };
      const get = (url: string) => server.inject({ url, headers });
      assert.equal((await get('/api/v1/members')).json().data.length, 1);
      assert.equal((await get(`/api/v1/members/${other.userId}`)).statusCode, 404);
      const removal = await server.inject({
        method: 'DELETE',
        url: `/api/v1/members/${other.userId}`,
        headers,
      });
      assert.equal(removal.statusCode, 404);
      assert.deepEqual((await counted()).slice(0, 3), [2, 2, 2]);
    });

    test('behind HTTPS the cookie is bound to the host and Secure', async () => {
      await composed.app.people.createOwner(owner);
      await server.close();
      await composed.close();
      await open({ KEYWARD_PUBLIC_URL: 'https://keys.example.com' });
      const { cookies } = await post('sign-in/email', { email: owner.email, password });
      assert.equal(cookies.length, 1);
      assert.match(
        cookies[0]!,
        /^__Host-keyward_session=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
      const cookie = cookies[0]!.split(';')[0]!;
      const ask = (headers: Record<string, string>) => server.inject({ url: '/api/v1/tenant', headers });
      assert.equal((await ask({ cookie })).statusCode, 200);
      assert.equal((await ask({ cookie: cookie.replace('__Host-', '') })).statusCode, 401);
    });

    test('a page of another site cannot sign its visitor in', async () => {
      const token = newToken();
      const foreign: Record<string, string>[] = [
        { origin: 'https://evil.example' },
        { 'sec-fetch-site': 'cross-site' },
        { origin: 'null' },
      ];
      for (const headers of foreign) {
        assert.equal((await post('setup', { token, ...owner }, headers)).status, 403);
        assert.equal((await post('sign-in/email', { email: owner.email, password }, headers)).status, 403);
      }
      assert.deepEqual(await counted(), [0, 0, 0, 0]);
      assert.equal(
        (await post('setup', { token, ...owner }, { origin: 'http://localhost:8787' })).status,
        201,
      );
    });
  });
});
