// The clock of the harness and `Date`, which better-auth reads, are faked and move together; nothing else is.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, mock, test } from 'node:test';
import { advance, Browser, everythingStored, setCookies } from './browser.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, noon, openHarness, password } from './harness.ts';
import { seedOf, totp } from './totp.ts';

const minute = 60_000;

mock.timers.enable({ apis: ['Date'], now: noon });

onEachDatabase((kind, skip) => {
  describe(`two-factor sign-in on ${kind}`, { skip }, () => {
    let harness: Harness;
    let count = 0;

    before(async () => {
      mock.timers.setTime(noon);
      harness = await openHarness(kind, { settings: { KEYWARD_REFUSALS_PER_MINUTE: '100000' } });
    });
    beforeEach(() => advance(harness, 11 * minute));
    after(() => harness.close());

    interface Person {
      readonly email: string;
      readonly browser: Browser;
      readonly seed: { readonly text: string; readonly bytes: Buffer };
      readonly backupCodes: string[];
      codeNow(steps?: number): string;
    }

    async function newMember(): Promise<{ email: string; browser: Browser }> {
      const owner = new Browser(harness);
      await owner.signIn('owner@example.com', password);
      const email = `factor${++count}@example.com`;
      const invited = await owner.send('/api/v1/invitations', { email, role: 'admin' });
      const token = new URL(invited.body.link).hash.replace('#token=', '');
      const browser = new Browser(harness);
      await browser.send('/api/auth/accept-invitation', { token, name: 'Ada', password });
      return { email, browser };
    }

    async function newPerson(): Promise<Person> {
      const { email, browser } = await newMember();
      const enabled = await browser.send('/api/auth/two-factor/enable', { password });
      assert.equal(enabled.status, 200, enabled.text);
      const seed = seedOf(enabled.body.totpURI);
      const codeNow = (steps = 0) => totp(seed.bytes, harness.clock.wallMs(), steps);
      const confirmed = await browser.send('/api/auth/two-factor/verify-totp', { code: codeNow() });
      assert.equal(confirmed.status, 200, confirmed.text);
      advance(harness, minute);
      return { email, browser, seed, backupCodes: enabled.body.backupCodes, codeNow };
    }

    test('it is on only after a first right code, ends all other sessions and renews this one', async () => {
      const { email, browser } = await newMember();
      const other = new Browser(harness);
      await other.signIn(email, password);
      const enabled = await browser.send('/api/auth/two-factor/enable', { password });
      assert.equal(enabled.headers['cache-control'], 'no-store');
      assert.match(enabled.body.totpURI, /^otpauth:\/\/totp\/Keyward:/);
      assert.equal(enabled.body.backupCodes.length, 10);
      const seed = seedOf(enabled.body.totpURI);
      assert.equal((await new Browser(harness).signIn(email, password)).body.twoFactorRequired, false);
      assert.equal((await browser.send('/api/auth/two-factor/verify-totp', { code: '000000' })).status, 401);
      assert.equal(await other.isSignedIn(), true);

      const before = browser.cookie;
      const code = totp(seed.bytes, harness.clock.wallMs());
      const confirmed = await browser.send('/api/auth/two-factor/verify-totp', { code });
      assert.equal(confirmed.status, 200, confirmed.text);
      assert.equal(confirmed.body.user.twoFactorEnabled, true);
      assert.notEqual(browser.cookie, before);
      assert.deepEqual([await browser.isSignedIn(), await other.isSignedIn()], [true, false]);
      assert.equal((await harness.send({ url: '/api/v1/tenant', cookie: before })).status, 401);
    });

    test('the password alone opens nothing; password and code do', async () => {
      const { email, codeNow } = await newPerson();
      const browser = new Browser(harness);
      const first = await browser.signIn(email, password);
      assert.equal(first.status, 200);
      assert.deepEqual(
        [first.body.twoFactorRequired, first.body.user, first.body.session],
        [true, null, null],
      );
      assert.equal(await browser.isSignedIn(), false);
      assert.match(
        setCookies(first).join('\n'),
        /keyward_two_factor=[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Strict/,
      );
      assert.equal((await browser.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 200);
      assert.equal(await browser.isSignedIn(), true);
      assert.ok(!browser.cookies.has('keyward_two_factor'));
    });

    test('while the code is missing there is no session in the database', async () => {
      const { email } = await newPerson();
      const { read } = harness.app.database;
      const sessions = () =>
        read
          .selectFrom('sessions')
          .innerJoin('users', 'users.id', 'sessions.user_id')
          .select('sessions.id')
          .where('email', '=', email)
          .execute();
      const before = await sessions();
      await new Browser(harness).signIn(email, password);
      assert.deepEqual(await sessions(), before);
    });

    test('a code of 30 seconds before or after is accepted, older and later ones are not', async () => {
      const { email, codeNow } = await newPerson();
      for (const [steps, status] of [
        [-2, 401],
        [-1, 200],
        [1, 200],
        [2, 401],
      ] as const) {
        const browser = new Browser(harness);
        await browser.signIn(email, password);
        const answer = await browser.send('/api/auth/two-factor/verify-totp', { code: codeNow(steps) });
        assert.equal(answer.status, status, `${steps}: ${answer.text}`);
        advance(harness, 11 * minute);
      }
    });

    test('a code is good for one sign-in, also when two come at once', async () => {
      const { email, codeNow } = await newPerson();
      const browsers = [
        new Browser(harness),
        new Browser(harness, '198.51.100.1'),
        new Browser(harness, '198.51.100.2'),
      ];
      for (const browser of browsers) await browser.signIn(email, password);
      const code = codeNow();
      const answers = await Promise.all(
        browsers.map((browser) => browser.send('/api/auth/two-factor/verify-totp', { code })),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
      const late = new Browser(harness);
      await late.signIn(email, password);
      assert.equal((await late.send('/api/auth/two-factor/verify-totp', { code })).status, 401);
      advance(harness, 30_000);
      assert.equal((await late.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 200);
    });

    test('each back-up code is good once', async () => {
      const { email, backupCodes } = await newPerson();
      const browser = new Browser(harness);
      await browser.signIn(email, password);
      const [code] = backupCodes;
      assert.equal(
        (await browser.send('/api/auth/two-factor/verify-backup-code', { code: 'AAAAA-AAAAA' })).status,
        401,
      );
      assert.equal((await browser.send('/api/auth/two-factor/verify-backup-code', { code })).status, 200);
      assert.equal(await browser.isSignedIn(), true);
      const second = new Browser(harness);
      await second.signIn(email, password);
      assert.equal((await second.send('/api/auth/two-factor/verify-backup-code', { code })).status, 401);
      assert.equal(
        (await second.send('/api/auth/two-factor/verify-backup-code', { code: backupCodes[1] })).status,
        200,
      );
    });

    test('a challenge ends after five wrong codes, after ten minutes, and with its sign-in', async () => {
      const { email, codeNow } = await newPerson();
      const browser = new Browser(harness);
      await browser.signIn(email, password);
      for (let i = 0; i < 5; i++)
        await browser.send(
          '/api/auth/two-factor/verify-totp',
          { code: '000000' },
          { cookie: browser.cookie },
        );
      assert.equal((await browser.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 401);

      advance(harness, 11 * minute);
      await browser.signIn(email, password);
      const challenge = browser.cookie;
      advance(harness, 10 * minute + 1_000);
      assert.equal((await browser.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 401);
      assert.equal(
        (
          await harness.send({
            url: '/api/auth/two-factor/verify-totp',
            cookie: challenge,
            body: { code: codeNow() },
          })
        ).status,
        401,
      );

      const used = new Browser(harness);
      await used.signIn(email, password);
      const cookie = used.cookie;
      assert.equal((await used.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 200);
      advance(harness, minute);
      assert.equal(
        (await harness.send({ url: '/api/auth/two-factor/verify-totp', cookie, body: { code: codeNow() } }))
          .status,
        401,
      );
    });

    test('ten wrong codes close the account for the right one too, over all challenges and addresses', async () => {
      const { email, codeNow } = await newPerson();
      for (let i = 0; i < 10; i++) {
        const browser = new Browser(harness, `198.51.100.${i}`);
        assert.equal((await browser.signIn(email, password)).status, 200);
        assert.equal(
          (await browser.send('/api/auth/two-factor/verify-totp', { code: '000000' })).status,
          401,
        );
      }
      const late = new Browser(harness, '198.51.100.99');
      const refused = await late.signIn(email, password);
      assert.equal(refused.status, 429);
      assert.equal(refused.headers['retry-after'], '600');
      advance(harness, 10 * minute);
      assert.equal((await late.signIn(email, password)).status, 200);
      assert.equal((await late.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 200);
    });

    test('reauthenticating asks for the code as well', async () => {
      const { browser, codeNow, backupCodes } = await newPerson();
      const withoutCode = await browser.send('/api/auth/reauthenticate', { password });
      assert.equal(withoutCode.status, 400);
      assert.equal(withoutCode.body.errors[0].path, 'code');
      const wrongs = [
        { password, code: '000000' },
        { password, code: 'AAAAA-AAAAA' },
        { password: 'wrong password!', code: codeNow() },
      ];
      for (const body of wrongs)
        assert.equal((await browser.send('/api/auth/reauthenticate', body)).status, 401);
      advance(harness, 10 * minute);
      const invite = { email: `by-factor${++count}@example.com`, role: 'viewer' };
      assert.equal((await browser.send('/api/v1/invitations', invite)).status, 403);
      const code = codeNow();
      assert.equal((await browser.send('/api/auth/reauthenticate', { password, code })).status, 200);
      assert.equal((await browser.send('/api/auth/reauthenticate', { password, code })).status, 401);
      assert.equal((await browser.send('/api/v1/invitations', invite)).status, 201);
      assert.equal(
        (await browser.send('/api/auth/reauthenticate', { password, code: backupCodes[3] })).status,
        200,
      );
      assert.equal(
        (await browser.send('/api/auth/reauthenticate', { password, code: backupCodes[3] })).status,
        401,
      );
    });

    test('with a factor on, a change of password does not count as a confirmation', async () => {
      const { browser, email, codeNow } = await newPerson();
      advance(harness, 10 * minute);
      const body = { currentPassword: password, newPassword: 'staple battery horse' };
      assert.equal((await browser.send('/api/auth/change-password', body)).status, 200);
      const refused = await browser.send('/api/v1/invitations', { email: 'x@example.com', role: 'viewer' });
      assert.equal(refused.body.code, 'reauthentication_required');
      const again = new Browser(harness);
      assert.equal((await again.signIn(email, 'staple battery horse')).body.twoFactorRequired, true);
      assert.equal((await again.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 200);
    });

    test('a challenge begun with the old password ends with it', async () => {
      const { browser, email, codeNow } = await newPerson();
      const waiting = new Browser(harness);
      await waiting.signIn(email, password);
      const body = { currentPassword: password, newPassword: 'staple battery horse' };
      assert.equal((await browser.send('/api/auth/change-password', body)).status, 200);
      assert.equal((await waiting.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 401);
    });

    test('switching it off or getting new back-up codes takes a fresh log-in, and ends all other sessions', async () => {
      const { browser, email, codeNow, backupCodes } = await newPerson();
      const other = new Browser(harness);
      await other.signIn(email, password);
      await other.send('/api/auth/two-factor/verify-totp', { code: codeNow() });
      advance(harness, 10 * minute + 1);
      for (const path of ['disable', 'generate-backup-codes']) {
        const refused = await browser.send(`/api/auth/two-factor/${path}`, { password });
        assert.equal(refused.body.code, 'reauthentication_required');
      }
      assert.equal(
        (await browser.send('/api/auth/reauthenticate', { password, code: codeNow() })).status,
        200,
      );
      assert.equal(
        (await browser.send('/api/auth/two-factor/disable', { password: 'wrong password!' })).status,
        401,
      );
      const renewed = await browser.send('/api/auth/two-factor/generate-backup-codes', { password });
      assert.equal(renewed.status, 200, renewed.text);
      assert.equal(renewed.body.backupCodes.length, 10);
      assert.deepEqual([await browser.isSignedIn(), await other.isSignedIn()], [true, false]);
      assert.equal(
        (await browser.send('/api/auth/reauthenticate', { password, code: backupCodes[5] })).status,
        401,
      );

      await other.signIn(email, password);
      assert.equal(
        (await other.send('/api/auth/two-factor/verify-backup-code', { code: renewed.body.backupCodes[0] }))
          .status,
        200,
      );
      const disabled = await browser.send('/api/auth/two-factor/disable', { password });
      assert.equal(disabled.status, 200, disabled.text);
      assert.equal(disabled.body.user.twoFactorEnabled, false);
      assert.deepEqual([await browser.isSignedIn(), await other.isSignedIn()], [true, false]);
      assert.equal((await browser.send('/api/auth/two-factor/disable', { password })).status, 409);
      assert.equal((await new Browser(harness).signIn(email, password)).body.twoFactorRequired, false);
    });

    test('what is on already cannot be enabled over', async () => {
      const { browser, codeNow } = await newPerson();
      const again = await browser.send('/api/auth/two-factor/enable', { password });
      assert.equal(again.status, 409);
      assert.equal((await browser.send('/api/auth/two-factor/verify-totp', { code: codeNow() })).status, 409);
    });

    test('a challenge of one person never finishes as another who is signed in in the same browser', async () => {
      const ada = await newPerson();
      const bob = await newPerson();
      const browser = new Browser(harness);
      await browser.signIn(ada.email, password);
      const challenge = browser.cookies.get('keyward_two_factor')!;
      bob.browser.cookies.set('keyward_two_factor', challenge);
      assert.equal(
        (await bob.browser.send('/api/auth/two-factor/verify-totp', { code: bob.codeNow() })).status,
        401,
      );
      const answer = await bob.browser.send('/api/auth/two-factor/verify-totp', { code: ada.codeNow() });
      assert.equal(answer.body.user.email, ada.email);
    });

    test('seeds, back-up codes and challenge tokens are nowhere at rest, nor in the log', async () => {
      const { email, seed, backupCodes } = await newPerson();
      const browser = new Browser(harness);
      await browser.signIn(email, password);
      const challenge = decodeURIComponent(browser.cookies.get('keyward_two_factor')!);
      const stored = `${await everythingStored(harness)}\n${harness.logged.join('\n')}`;
      assert.ok(stored.includes(email), 'what is stored was read');
      for (const secret of [
        seed.text,
        seed.bytes.toString('latin1'),
        ...backupCodes,
        challenge,
        challenge.split('.')[0]!,
      ]) {
        assert.ok(!stored.includes(secret));
      }
    });
  });
});
