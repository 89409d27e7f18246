import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestPerson } from './harness.ts';
import { RawConnection } from './raw-http.ts';

onEachDatabase((kind, skip) => {
  describe(`requests whose body comes after a change, on ${kind}`, { skip }, () => {
    let harness: Harness;
    let port: number;

    before(async () => {
      harness = await openHarness(kind);
      await harness.server.listen({ port: 0, host: '127.0.0.1' });
      port = (harness.server.server.address() as AddressInfo).port;
    });
    after(() => harness.close());

    const byKey = (secret: string) => `Authorization: Bearer ${secret}`;
    const byPerson = ({ cookie }: TestPerson) =>
      `Cookie: ${cookie}\r\nOrigin: ${harness.config.publicUrl}\r\nSec-Fetch-Site: same-origin`;

    /** Sends a request but for its body, which comes once `meanwhile` is done. `100 Continue` says that the guard has admitted it. */
    async function late(who: string, path: string, body: unknown, meanwhile: () => Promise<unknown>) {
      const text = JSON.stringify(body);
      const connection = await RawConnection.open({ port });
      const type = path.endsWith('import') ? 'application/x-ndjson' : 'application/json';
      connection.socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${who}\r\nContent-Type: ${type}\r\n` +
          `Content-Length: ${Buffer.byteLength(text)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
      );
      while (!connection.rest.includes('100 Continue')) await once(connection.socket, 'data');
      await meanwhile();
      connection.socket.write(text);
      await connection.closed;
      const [, status, code] = /HTTP\/1\.1 (\d{3}) (?!Continue)[\s\S]*?(?:"code":"(\w+)"|$)/.exec(
        connection.rest,
      )!;
      assert.ok(Number(status) < 300 || !/sa_(live|test)_\w{20}/.test(connection.rest));
      return [Number(status), code];
    }
    const asOwner = async (method: string, url: string, body?: unknown) => {
      const answer = await harness.send({ method, url: `/api/v1${url}`, cookie: harness.owner.cookie, body });
      assert.ok(answer.status < 300, answer.text);
    };
    const newKey = { name: 'late — test', scopes: ['knowledge:read'] };
    const keys = () => harness.app.database.read.selectFrom('keys').select('id').execute();

    test('a key that was revoked meanwhile makes nothing', async () => {
      const { id, secret } = await harness.createKey({
        scopes: ['api_keys:write', 'knowledge:read', 'contacts:write', 'bulk:write'],
      });
      const before = await keys();
      const revoke = () => asOwner('POST', `/api-keys/${id}/revoke`, { reason: 'compromised' });
      const refused = [401, 'inactive_key'];
      assert.deepEqual(await late(byKey(secret), '/api/v1/api-keys', newKey, revoke), refused);
      assert.deepEqual(await keys(), before);
      await asOwner('POST', `/api-keys/${id}/regenerate`);
    });

    test('an import of a key that was revoked meanwhile makes no job', async () => {
      const { id, secret } = await harness.createKey({ scopes: ['contacts:write', 'bulk:write'] });
      const revoke = () => asOwner('POST', `/api-keys/${id}/revoke`);
      const contact = { email: 'ada@example.com' };
      const answer = await late(byKey(secret), '/api/v1/contacts/import', contact, revoke);
      assert.deepEqual(answer, [401, 'inactive_key']);
      const jobs = await harness.app.database.read.selectFrom('jobs').selectAll().execute();
      assert.deepEqual(
        jobs.filter(({ kind: name }) => name === 'contacts.import'),
        [],
      );
    });

    test('who was demoted or removed meanwhile gets no secret, and makes no key that outlives it', async () => {
      const { id } = await harness.createKey({ scopes: ['knowledge:read'] });
      const demoted = await harness.signUp('admin');
      const demote = () => asOwner('PATCH', `/members/${demoted.userId}`, { role: 'viewer' });
      const rotate = `/api/v1/api-keys/${id}/rotate`;
      assert.deepEqual(await late(byPerson(demoted), rotate, {}, demote), [401, 'missing_key']);

      const removed = await harness.signUp('admin');
      const scopes = ['api_keys:write', 'knowledge:read'];
      const made = await harness.send({
        url: '/api/v1/me/api-keys',
        cookie: removed.cookie,
        body: { name: 'maker — test', scopes },
      });
      const remove = () => asOwner('DELETE', `/members/${removed.userId}?personalKeys=revoke`);
      const before = await keys();
      const answer = await late(byKey(made.body.secret), '/api/v1/api-keys', newKey, remove);
      assert.deepEqual(answer, [401, 'inactive_key']);
      assert.deepEqual(await keys(), before);
    });

    test('a request goes on with the rights of the moment in which its body is there', async () => {
      const person = await harness.signUp('developer');
      const made = await harness.send({
        url: '/api/v1/me/api-keys',
        cookie: person.cookie,
        body: { name: 'writer — test', scopes: ['knowledge:write'] },
      });
      const demote = () => asOwner('PATCH', `/members/${person.userId}`, { role: 'viewer' });
      const tag = await late(byKey(made.body.secret), '/api/v1/kb/tags', { name: 'Late' }, demote);
      assert.deepEqual(tag, [403, 'insufficient_scope']);
      const { secret } = await harness.createKey({ scopes: ['knowledge:write'] });
      const other = () => harness.createKey({});
      const raise = () => asOwner('PATCH', '/tenant', { name: 'Acme 2' });
      for (const change of [other, raise])
        assert.match(
          `${await late(byKey(secret), '/api/v1/kb/tags', { name: 'Late' }, change)}`,
          /^20[01],$/,
        );
    });
  });
});
