import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { onEachDatabase } from '../databases.ts';
import {
  complains,
  email,
  endAll,
  type FirstKey,
  keyward,
  makePlace,
  password,
  RunningServer,
} from './support.ts';

afterEach(endAll);

const hosts = {
  production: 'localhost',
  staging: 'staging.localhost',
  development: 'dev.localhost',
  sandbox: 'sandbox.localhost',
};

onEachDatabase((kind, skip) => {
  describe(`keyward init on ${kind}`, { skip }, () => {
    test('makes the owner and a key for everything; later it makes further keys for who has the password', async () => {
      const { settings } = await makePlace(kind);
      const run = async (args: string[], extra: Record<string, string> = {}, input = '') => {
        const program = keyward(['init', '--json', ...args], { ...settings, ...extra }, input);
        const { code } = await program.ended;
        assert.equal(code, 0, program.err);
        assert.equal(program.err, '');
        return JSON.parse(program.out);
      };
      const refused = (args: string[], pattern: RegExp, input = '') =>
        complains(keyward(['init', '--json', ...args], settings, input), pattern);
      await refused(['--email', email, '--password', 'short'], /password/i);
      await refused(['--email', email], /password/i);
      await refused(['--email', 'nobody', '--password', password], /e-mail/i);
      await refused(['--password', password], /--email/);
      await refused(['--email', email, '--password', password, '--environment', 'prod'], /--environment/);

      const first: FirstKey = await run(['--email', email], {}, `${password}\n`);
      assert.deepEqual(Object.keys(first).sort(), ['environment', 'keyId', 'secret', 'tenantId', 'userId']);
      assert.equal(first.environment, 'production');
      assert.match(first.secret, /^sa_live_/);

      const file = join(settings.KEYWARD_DATA_DIR, '../password');
      writeFileSync(file, `${password}\n`);
      const more: FirstKey[] = [
        await run(['--email', email, '--password', password]),
        await run(['--email', email.toUpperCase()], {}, password),
        await run([], { KEYWARD_ADMIN_EMAIL: email, KEYWARD_ADMIN_PASSWORD: password }),
        await run([], { KEYWARD_ADMIN_EMAIL: email, KEYWARD_ADMIN_PASSWORD_FILE: file }),
      ];
      const four: FirstKey[] = await run(
        Object.keys(hosts)
          .flatMap((name) => ['--environment', name])
          .concat('--email', email),
        {},
        password,
      );
      assert.deepEqual(
        four.map((key) => key.environment),
        Object.keys(hosts),
      );
      await refused(['--email', email, '--password', 'not the right one'], /owner/);
      await refused(['--email', 'other@example.com', '--password', password], /owner/);

      const server = await RunningServer.start(settings);
      const keys = [first, ...more, ...four];
      for (const { secret, environment, keyId, tenantId, userId } of keys) {
        assert.deepEqual([tenantId, userId], [first.tenantId, first.userId]);
        const headers = { host: hosts[environment as keyof typeof hosts] };
        const me = await server.ask({ path: '/api/v1/me', key: secret, headers });
        assert.equal(me.status, 200, me.text);
        assert.equal(me.body.id, keyId);
        assert.equal(me.body.inheritsAllScopes, false);
        assert.ok(me.body.scopes.includes('api_keys:write') && me.body.scopes.includes('audit:read'));
        assert.deepEqual([me.body.rateLimit.perMinute, me.body.rateLimit.perDay], [1_000_000, 1_000_000_000]);
      }
      assert.equal(new Set(keys.map((key) => key.keyId)).size, keys.length);
      const listed = await server.ask({ path: '/api/v1/api-keys', key: first.secret });
      assert.equal(listed.body.data.length, more.length + 2, 'who was refused has made nothing');
      const signIn = await server.ask({ path: '/api/auth/sign-in/email', body: { email, password } });
      assert.equal(signIn.status, 200);
      await refused(['--email', email, '--password', password], /Another Keyward is using/);
      assert.equal((await server.end()).code, 0);
    });

    test('without --json it is for people, and nobody is asked for anything where there is no terminal', async () => {
      const { settings } = await makePlace(kind);
      const program = keyward(['init', '--email', email], settings, password);
      assert.equal((await program.ended).code, 0, program.err);
      assert.match(program.out, /^Key key_\w+ of production, shown this once:\n\n {2}sa_live_\w{48}\n/);
    });
  });
});
