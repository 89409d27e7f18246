// The clock of the harness and `Date`, which better-auth reads, are faked and move together; nothing else is.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, mock, test } from 'node:test';
import { advance, Browser, everythingStored, setCookies } from './browser.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, noon, openHarness, password } from './harness.ts';

const minute = 60_000;
const day = 86_400_000;

mock.timers.enable({ apis: ['Date'], now: noon });

onEachDatabase((kind, skip) => {
  describe(`signing in on ${kind}`, { skip }, () => {
    let harness: Harness;
    let count = 0;

    before(async () => {
      mock.timers.setTime(noon);
      harness = await openHarness(kind, { settings: { KEYWARD_REFUSALS_PER_MINUTE: '100000' } });
    });
    beforeEach(() => advance(harness, 11 * minute));
    after(() => harness.close());

    async function newPerson(
      role: 'admin' | 'viewer' = 'viewer',
    ): Promise<{ email: string; userId: string; browser: Browser }> {
      const owner = new Browser(harness);
      await owner.signIn('owner@example.com', password);
      const email = `person${++count}@example.com`;
      const invited = await owner.send('/api/v1/invitations', { email, role });
      const token = new URL(invited.body.link).hash.replace('#token=', '');
      const browser = new Browser(harness);
      const accepted = await browser.send('/api/auth/accept-invitation', { token, name: 'Ada', password });
      assert.equal(accepted.status, 201, accepted.text);
      return { email, userId: accepted.body.user.id, browser };
    }

    test('the answer says who signed in, and the session is in the cookie only', async () => {
      const browser = new Browser(harness);
      const answer = await browser.signIn('Owner@Example.COM', password);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.twoFactorRequired, false);
      assert.deepEqual(answer.body.user.email, 'owner@example.com');
      assert.equal(answer.headers['cache-control'], 'no-store');
      const token = decodeURIComponent(browser.cookies.get('keyward_session')!).split('.')[0]!;
      assert.ok(token.length >= 32);
      assert.ok(!answer.text.includes(token));
      const session = await browser.send('/api/auth/get-session');
      assert.deepEqual(session.body.user, answer.body.user);
      assert.ok(!session.text.includes(token));
    });

    test('on plain HTTP of this machine the cookie is HttpOnly, Strict, for the whole site and for a week', async () => {
      const [cookie] = setCookies(await new Browser(harness).signIn('owner@example.com', password));
      assert.match(cookie!, /^keyward_session=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
    });

    test('a wrong password and an address that nobody has get the same answer', async () => {
      const answers = await Promise.all(
        ['owner@example.com', 'nobody@example.com'].map((email) =>
          new Browser(harness).signIn(email, 'wrong password!'),
        ),
      );
      for (const answer of answers) {
        assert.equal(answer.status, 401);
        assert.equal(answer.body.code, 'invalid_credentials');
        assert.deepEqual(setCookies(answer), []);
      }
      const [known, unknown] = answers.map(({ body: { requestId: _, ...rest } }) => rest);
      assert.deepEqual(known, unknown);
    });

    for (const [name, email] of [
      ['an account that exists', 'owner@example.com'],
      ['one that does not', 'nobody@example.com'],
    ] as const) {
      test(`ten wrong passwords for ${name} close it from every address, for the right password too`, async () => {
        const from = (i: number) => new Browser(harness, `198.51.100.${i}`);
        const guesses = await Promise.all(
          Array.from({ length: 14 }, (_, i) => from(i).signIn(email, 'wrong password!')),
        );
        const byStatus = Object.groupBy(guesses, ({ status }) => status);
        assert.equal(byStatus[401]?.length, 10);
        assert.equal(byStatus[429]?.length, 4);
        const refused = await from(99).signIn(email.toUpperCase(), password);
        assert.equal(refused.status, 429);
        assert.equal(refused.body.code, 'rate_limited');
        assert.equal(refused.headers['retry-after'], '600');
        assert.equal(refused.body.retryAfterSeconds, 600);
        advance(harness, 599_000);
        assert.equal((await from(99).signIn(email, password)).status, 429);
        advance(harness, 1_000);
        const late = await from(99).signIn(email, password);
        assert.equal(late.status, email.startsWith('owner') ? 200 : 401);
      });
    }

    test('ten wrong passwords from an address close it for every account, and no other address', async () => {
      const names = Array.from({ length: 10 }, (_, i) => `user${i}@example.com`);
      await Promise.all(
        names.map((email) => new Browser(harness, '192.0.2.1').signIn(email, 'wrong password!')),
      );
      assert.equal(
        (await new Browser(harness, '192.0.2.1').signIn('owner@example.com', password)).status,
        429,
      );
      assert.equal(
        (await new Browser(harness, '192.0.2.2').signIn('owner@example.com', password)).status,
        200,
      );
    });

    test('twelve people behind one address who know their passwords all get in at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, () =>
          new Browser(harness, '192.0.2.3').signIn('owner@example.com', password),
        ),
      );
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    });

    test('a session lasts seven days, is prolonged once a day by get-session, and is then over', async () => {
      const browser = new Browser(harness);
      await browser.signIn('owner@example.com', password);
      assert.deepEqual(setCookies(await browser.send('/api/auth/get-session')), []);
      advance(harness, 6 * day);
      assert.equal(await browser.isSignedIn(), true);
      const prolonged = await browser.send('/api/auth/get-session');
      assert.match(setCookies(prolonged).join(), /Max-Age=604800/);
      assert.equal(Date.parse(prolonged.body.session.expiresAt), harness.clock.wallMs() + 7 * day);
      advance(harness, 7 * day - 1);
      assert.equal(await browser.isSignedIn(), true);
      advance(harness, 1);
      assert.equal(await browser.isSignedIn(), false);
      assert.equal((await browser.send('/api/auth/get-session')).status, 401);
    });

    test('signing out ends the session itself, not only the cookie', async () => {
      const browser = new Browser(harness);
      await browser.signIn('owner@example.com', password);
      const kept = browser.cookie;
      const answer = await browser.send('/api/auth/sign-out', undefined, { method: 'POST' });
      assert.equal(answer.status, 204);
      assert.equal(browser.cookies.size, 0);
      assert.equal((await harness.send({ url: '/api/v1/tenant', cookie: kept })).status, 401);
    });

    test('a person sees and ends their own sessions, and nobody else’s', async () => {
      const { email, browser } = await newPerson();
      const second = new Browser(harness, '198.51.100.77');
      await second.signIn(email, password);
      const { body } = await browser.send('/api/auth/list-sessions');
      assert.equal(body.data.length, 2);
      assert.deepEqual(Object.keys(body.data[0]).sort(), [
        'createdAt',
        'expiresAt',
        'id',
        'ip',
        'isCurrent',
        'userAgent',
      ]);
      assert.equal(body.data.filter(({ isCurrent }: { isCurrent: boolean }) => isCurrent).length, 1);
      const other = body.data.find(({ ip }: { ip: string }) => ip === '198.51.100.77');

      const stranger = new Browser(harness);
      await stranger.signIn('owner@example.com', password);
      assert.equal((await stranger.send('/api/auth/revoke-session', { id: other.id })).status, 404);
      assert.equal(await second.isSignedIn(), true);
      assert.equal((await browser.send('/api/auth/revoke-session', { id: other.id })).status, 204);
      assert.equal(await second.isSignedIn(), false);

      await second.signIn(email, password);
      const ended = await browser.send('/api/auth/revoke-other-sessions', undefined, { method: 'POST' });
      assert.deepEqual(ended.body, { ended: 1 });
      assert.deepEqual(
        [await second.isSignedIn(), await browser.isSignedIn(), await stranger.isSignedIn()],
        [false, true, true],
      );
    });

    test('a change of password ends all other sessions and renews this one', async () => {
      const { email, browser } = await newPerson();
      const second = new Browser(harness);
      await second.signIn(email, password);
      const before = browser.cookie;
      const newPassword = 'staple battery horse';
      const wrong = await browser.send('/api/auth/change-password', {
        currentPassword: 'wrong password!',
        newPassword,
      });
      assert.equal(wrong.status, 401);
      const answer = await browser.send('/api/auth/change-password', {
        currentPassword: password,
        newPassword,
      });
      assert.equal(answer.status, 200, answer.text);
      assert.notEqual(browser.cookie, before);
      assert.equal(await browser.isSignedIn(), true);
      assert.equal(await second.isSignedIn(), false);
      assert.equal((await harness.send({ url: '/api/v1/tenant', cookie: before })).status, 401);
      assert.equal((await new Browser(harness).signIn(email, password)).status, 401);
      assert.equal((await new Browser(harness).signIn(email, newPassword)).status, 200);
    });

    test('a sign-in that checked the old password just before it was changed gets no session', async () => {
      const { email, userId, browser } = await newPerson();
      const { passwords } = harness.app.people;
      const verify = passwords.verify.bind(passwords);
      const changed = Promise.withResolvers<void>();
      const checked = Promise.withResolvers<void>();
      let isFirst = true;
      passwords.verify = async (hash, given) => {
        const waits = isFirst;
        isFirst = false;
        const isRight = await verify(hash, given);
        if (waits) {
          checked.resolve();
          await changed.promise;
        }
        return isRight;
      };
      try {
        const late = new Browser(harness).signIn(email, password);
        await checked.promise;
        const body = { currentPassword: password, newPassword: 'staple battery horse' };
        assert.equal((await browser.send('/api/auth/change-password', body)).status, 200);
        changed.resolve();
        assert.equal((await late).status, 401);
      } finally {
        passwords.verify = verify;
      }
      const { read } = harness.app.database;
      const rows = await read.selectFrom('sessions').select('id').where('user_id', '=', userId).execute();
      assert.equal(rows.length, 1);
      assert.equal(await browser.isSignedIn(), true);
    });

    test('a new password that is weak, or the old one, is refused with a sentence', async () => {
      const { email, browser } = await newPerson();
      for (const newPassword of [
        'short',
        'a'.repeat(129),
        'ababababababab',
        `my ${email} word`,
        password,
        `null \0 in between`,
        12,
      ]) {
        const answer = await browser.send('/api/auth/change-password', {
          currentPassword: password,
          newPassword,
        });
        assert.equal(answer.status, 400, String(newPassword));
        assert.equal(answer.body.errors[0].path, 'newPassword');
        assert.ok(!answer.text.includes(String(newPassword)) || String(newPassword).length < 6);
      }
      assert.equal(await browser.isSignedIn(), true);
    });

    test('sensitive calls ask for the password again after ten minutes, and reauthenticating is enough', async () => {
      const browser = new Browser(harness);
      await browser.signIn('owner@example.com', password);
      const invite = () =>
        browser.send('/api/v1/invitations', { email: `late${++count}@example.com`, role: 'viewer' });
      assert.equal((await invite()).status, 201);
      advance(harness, 10 * minute + 1);
      const refused = await invite();
      assert.equal(refused.status, 403);
      assert.equal(refused.body.code, 'reauthentication_required');
      assert.equal((await browser.send('/api/v1/members')).status, 200);
      assert.equal(
        (await browser.send('/api/auth/reauthenticate', { password: 'wrong password!' })).status,
        401,
      );
      assert.equal((await invite()).status, 403);
      const again = await browser.send('/api/auth/reauthenticate', { password });
      assert.equal(again.status, 200);
      assert.equal(Date.parse(again.body.authenticatedAt), harness.clock.wallMs());
      assert.equal((await invite()).status, 201);
    });

    test('wrong passwords of a signed-in person count like any other', async () => {
      const { email, browser } = await newPerson();
      for (let i = 0; i < 5; i++)
        await browser.send('/api/auth/reauthenticate', { password: 'wrong password!' });
      for (let i = 0; i < 5; i++) {
        await browser.send('/api/auth/change-password', {
          currentPassword: 'wrong password!',
          newPassword: 'staple battery horse',
        });
      }
      assert.equal((await browser.send('/api/auth/reauthenticate', { password })).status, 429);
      assert.equal((await new Browser(harness, '198.51.100.50').signIn(email, password)).status, 429);
      assert.equal(await browser.isSignedIn(), true);
    });

    test('sign-up is closed: no route makes a user without a link', async () => {
      const body = { email: 'new@example.com', password, name: 'New' };
      for (const path of [
        'sign-up/email',
        'sign-up',
        'callback/github',
        'sign-in/social',
        'forget-password',
        'request-password-reset',
        'reset-password',
        'update-user',
        'delete-user',
        'change-email',
        'list-accounts',
        'ok',
        'error',
        'two-factor/get-totp-uri',
        'two-factor/send-otp',
        'update-session',
      ]) {
        const answer = await harness.send({ url: `/api/auth/${path}`, body, cookie: harness.owner.cookie });
        assert.equal(answer.status, 404, path);
      }
      const users = await harness.app.database.read
        .selectFrom('users')
        .select('id')
        .where('email', '=', body.email)
        .execute();
      assert.deepEqual(users, []);
    });

    test('hostile input to every sign-in route is a 4xx that names the field', async () => {
      const bodies: unknown[] = [
        undefined,
        {},
        [],
        'text',
        { email: 1, password: 2 },
        { email: 'no address', password },
        { email: `${'a'.repeat(300)}@example.com`, password },
        { email: 'a@b.co', password: 'x'.repeat(1_000) },
        { email: 'a@b.co', password: '\ud800' },
        { email: 'a@b.co', password: 'nul\0' },
        { email: "a'--@b.co\0", password },
        { email: 'owner@example.com', password, rememberMe: false },
        { token: {}, name: 'x', password },
        { token: 'x', name: ' ', password },
        { code: '1234567' },
        { code: null },
        { code: '١٢٣٤٥٦' },
        { email: 'owner@example.com', password, callbackURL: '//evil.example' },
      ];
      for (const path of [
        'sign-in/email',
        'setup',
        'accept-invitation',
        'two-factor/verify-totp',
        'two-factor/verify-backup-code',
      ]) {
        for (const body of bodies) {
          const answer = await harness.send({ method: 'POST', url: `/api/auth/${path}`, body });
          assert.ok(
            answer.status >= 400 && answer.status < 500,
            `${path} ${JSON.stringify(body)}: ${answer.text}`,
          );
          assert.ok(answer.body.detail.length > 10);
        }
      }
      for (const cookie of [
        'keyward_session=',
        'keyward_session=x',
        'keyward_session=%00.%00',
        `keyward_session=${'a.'.repeat(5_000)}`,
        'keyward_two_factor=x.y',
      ]) {
        assert.equal((await harness.send({ url: '/api/v1/tenant', cookie })).status, 401);
        assert.equal(
          (await harness.send({ url: '/api/auth/two-factor/verify-totp', body: { code: '123456' }, cookie }))
            .status,
          401,
        );
      }
    });

    test('a strange user agent neither breaks a sign-in nor carries a secret into the database', async () => {
      const secret = `sa_live_${'a'.repeat(48)}`;
      const browser = new Browser(harness);
      const headers = { 'user-agent': `Agent \u00e9 ${secret} ${'x'.repeat(2_000)}` };
      const answer = await browser.send(
        '/api/auth/sign-in/email',
        { email: 'owner@example.com', password },
        { headers },
      );
      assert.equal(answer.status, 200);
      assert.ok(!(await everythingStored(harness)).includes(secret));
    });

    test('a query that fails inside better-auth fails the call, and is not taken for a missing session', async () => {
      const { browser, userId } = await newPerson();
      const auth = await harness.app.people.auth();
      const { write } = harness.app.database;
      const lost = new Error('the connection was lost');
      const calls = [
        (tx: typeof write) =>
          auth.call({ ...visit(browser, tx) }, (api, headers) =>
            api.getSession({ headers, returnHeaders: true }),
          ),
        (tx: typeof write) =>
          auth.call({ ...visit(browser, tx) }, (api, headers) =>
            api.startSession({ body: { userId }, headers, returnHeaders: true }),
          ),
      ];
      const broken = new Proxy(write, {
        get: () => () => {
          throw lost;
        },
      });
      for (const call of calls) await assert.rejects(call(broken), lost);
      function visit({ cookie }: Browser, tx: typeof write) {
        return { tx: tx as never, ip: '203.0.113.7', userAgent: 'Test', cookie };
      }
    });

    test('passwords, session tokens and challenge tokens are nowhere at rest, nor in the log', async () => {
      const browser = new Browser(harness);
      await browser.signIn('owner@example.com', password);
      const cookie = decodeURIComponent(browser.cookies.get('keyward_session')!);
      const stored = `${await everythingStored(harness)}\n${harness.logged.join('\n')}`;
      assert.ok(stored.includes('owner@example.com'), 'what is stored was read');
      for (const secret of [password, cookie, cookie.split('.')[0]!, cookie.split('.')[1]!])
        assert.ok(!stored.includes(secret));
    });

    test('sign-ins and changes of password stand in the audit log of the tenant', async () => {
      const rows = await harness.app.database.read
        .selectFrom('audit_entries')
        .select(['action', 'actor_type', 'actor_id', 'target_id', 'ip'])
        .where('tenant_id', '=', harness.tenantId)
        .execute();
      const signedIn = rows.find(({ action }) => action === 'user.signed_in');
      assert.deepEqual([signedIn?.actor_type, signedIn?.actor_id], ['user', signedIn?.target_id]);
      for (const action of [
        'user.password_changed',
        'session.ended',
        'session.others_ended',
        'member.added',
      ]) {
        assert.ok(
          rows.some((row) => row.action === action),
          action,
        );
      }
    });
  });
});
