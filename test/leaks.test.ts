import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, password, type TestAnswer } from './harness.ts';
import { everythingStored } from './stored.ts';

onEachDatabase((kind, skip) => {
  describe(`secrets on ${kind}`, { skip }, () => {
    test('whatever was handed out once is nowhere else: not stored, not logged, in no other answer', async (t) => {
      let harness = await openHarness(kind, { settings: { KEYWARD_REQUEST_LOG: 'on' } });
      t.after(() => harness.close());
      const answers: TestAnswer[] = [];
      const handedOut: string[] = [];
      const send = async (request: Parameters<Harness['send']>[0]) => {
        const answer = await harness.send(request);
        answers.push(answer);
        return answer;
      };
      const own = async (request: Parameters<Harness['send']>[0], field: string): Promise<string> => {
        const answer = await harness.send(request);
        const secret: unknown = answer.body?.[field];
        assert.equal(typeof secret, 'string', answer.text);
        handedOut.push(secret as string);
        return secret as string;
      };
      const { cookie } = harness.owner;
      const capture = { environments: { production: true } };
      const changed = await harness.send({
        method: 'PATCH',
        url: '/api/v1/settings',
        cookie,
        body: { capture },
      });
      assert.equal(changed.status, 200, changed.text);
      const admin = await harness.createKey({
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 1_000, burst: 1_000, perDay: 10_000 },
      });
      handedOut.push(admin.secret);
      const first = await own(
        {
          url: '/api/v1/api-keys',
          key: admin.secret,
          body: { name: 'Leak — test', scopes: ['knowledge:read'] },
          headers: { 'idempotency-key': 'once' },
        },
        'secret',
      );
      const listed = await send({ url: '/api/v1/api-keys', key: admin.secret });
      const { id } = listed.body.data.find((key: { name: string }) => key.name === 'Leak — test');
      await send({
        url: '/api/v1/api-keys',
        key: admin.secret,
        body: { name: 'Leak — test', scopes: ['knowledge:read'] },
        headers: { 'idempotency-key': 'once' },
      });
      const rotated = await own(
        { method: 'POST', url: `/api/v1/api-keys/${id}/rotate`, key: admin.secret },
        'secret',
      );
      const regenerated = await own(
        { method: 'POST', url: `/api/v1/api-keys/${id}/regenerate`, cookie },
        'secret',
      );
      await own(
        {
          method: 'POST',
          url: `/api/v1/api-keys/${id}/replace`,
          key: admin.secret,
          body: { scopes: ['contacts:read'] },
        },
        'secret',
      );
      const link = await own(
        { url: '/api/v1/invitations', cookie, body: { email: 'new@example.com', role: 'viewer' } },
        'link',
      );
      handedOut.push(new URL(link).hash.replace('#token=', ''));
      handedOut.push(password, ...sessionTokens(cookie));
      for (const secret of [first, rotated, regenerated, admin.secret]) {
        await send({ url: '/api/v1/me', key: secret });
        await send({ url: '/api/v1/me', key: `${secret}x` });
        await send({ url: '/api/v1/me', key: ` ${secret}` });
        await send({ url: '/api/v1/me', key: secret.slice(0, -1) });
        await send({ url: `/api/v1/me?key=${secret}` });
        await send({ url: `/api/v1/nothing/${secret}` });
        await send({ url: `/api/v1/nothing/${secret.slice(0, 40)}` });
        await send({ url: `/api/v1/kb/articles/${encodeURIComponent(secret)}`, key: admin.secret });
        await send({ url: '/api/v1/api-keys', key: admin.secret, body: { name: secret } });
        await send({ url: '/api/v1/api-keys', key: admin.secret, body: `{"name": "${secret}"` });
        await send({ url: '/api/v1/api-keys', key: admin.secret, body: { [secret]: 1 } });
        await send({ url: '/api/v1/api-keys/verify', key: admin.secret, body: { key: secret } });
        for (const field of [{ scopes: [secret] }, { ip: secret }, { customerId: secret }]) {
          const body = { key: admin.secret, dryRun: true, ...field };
          const verified = await send({ url: '/api/v1/api-keys/verify', key: admin.secret, body });
          assert.equal(verified.status, 400, verified.text);
        }
        await send({ url: '/api/v1/api-keys/test', cookie, body: { secret } });
        await send({ url: '/api/v1/me', headers: { authorization: secret } });
        await send({
          url: '/api/v1/me',
          headers: {
            'user-agent': secret,
            'x-request-id': secret,
            authorization: `Basic ${Buffer.from(`x:${secret}`).toString('base64')}`,
          },
        });
      }
      await send({
        url: '/api/auth/sign-in/email',
        body: { email: 'owner@example.com', password: `${password}!` },
      });
      await send({ url: '/api/v1/members', cookie });
      await send({ url: '/api/v1/invitations', cookie });
      await send({ url: '/api/v1/tenant', cookie });
      await send({ url: '/api/auth/list-sessions', cookie });
      await send({ url: '/api/auth/get-session', cookie });
      await new Promise((resolve) => setImmediate(resolve));
      await harness.app.requestLog!.flush();
      const stored = await everythingStored(harness);
      const logged = harness.logged.join('\n');
      assert.ok(stored.includes(id), 'the search looks at what is really stored');
      for (const secret of handedOut) {
        const hidden = hiddenPartOf(secret);
        assert.equal(stored.includes(hidden), false, `stored: ${secret.slice(0, 18)}`);
        assert.equal(logged.includes(hidden), false, `logged: ${secret.slice(0, 18)}`);
        for (const answer of answers) {
          const where = JSON.stringify(answer.headers) + answer.text;
          assert.equal(where.includes(hidden), false, `answered again: ${answer.text}`);
        }
      }
      harness = await harness.restart();
      assert.equal(
        (await everythingStored(harness)).includes(hiddenPartOf(first)),
        false,
        'after a clean stop, too',
      );
    });
  });
});

/** What of a secret is secret: all of it but the public part. */
function hiddenPartOf(secret: string): string {
  return /_(live|test)_/.test(secret) ? secret.slice(-38) : secret;
}

function sessionTokens(cookie: string): string[] {
  return cookie.split('; ').flatMap((pair) => {
    const value = decodeURIComponent(pair.slice(pair.indexOf('=') + 1));
    return value.length > 20 ? [value, value.split('.')[0]!] : [];
  });
}
