import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { checkpointText, isSignedBy, signText } from '../src/core/audit-seal.ts';
import { auditKeysOf, verifyExport } from '../src/services/audit-verify.ts';
import { onEachDatabase } from './databases.ts';
import {
  type Harness,
  hostOf,
  openHarness,
  type TestKey,
  type TestPerson,
  type TestRequest,
} from './harness.ts';

const log = '/api/v1/audit-log';
const keys = auditKeysOf('a secret for tests, long enough to be one');

onEachDatabase((kind, skip) => {
  describe(`the audit log over HTTP on ${kind}`, { skip }, () => {
    let t: Harness;
    let reader: TestKey;
    let sandboxReader: TestKey;
    let bare: TestKey;
    let inheriting: TestKey;
    let changed: TestKey;
    let elsewhere: TestKey;
    let foreign: TestKey;
    let people: Record<string, TestPerson>;
    const secrets: string[] = [];

    before(async () => {
      t = await openHarness(kind);
      const make = async (input: Parameters<Harness['createKey']>[0]) => {
        t.clock.advance(1_000);
        const key = await t.createKey(input);
        secrets.push(key.secret);
        return key;
      };
      reader = await make({ scopes: ['audit:read'] });
      sandboxReader = await make({ scopes: ['audit:read'], environment: 'sandbox' });
      bare = await make({ scopes: ['knowledge:read'] });
      inheriting = await make({});
      changed = await make({ name: 'Changed — Test', scopes: ['knowledge:read'] });
      elsewhere = await make({ name: 'Elsewhere — Test', environment: 'sandbox' });
      foreign = await make({ name: 'Foreign — Test', tenantId: (await t.createTenant()).tenantId });
      people = { owner: t.owner, admin: await t.signUp('admin'), developer: await t.signUp('developer') };
      people.viewer = await t.signUp('viewer');
      const url = `/api/v1/api-keys/${changed.id}`;
      await t.send({
        method: 'PATCH',
        url,
        cookie: t.owner.cookie,
        body: { name: 'Renamed — Test' },
      });
    });
    after(() => t.close());

    const all = async (request: TestRequest) => {
      const found = [];
      const [path, query = ''] = request.url.split('?');
      for (let cursor = ''; ; ) {
        const answer = await t.send({ ...request, url: `${path}?limit=3&${query}${cursor}` });
        assert.equal(answer.status, 200, answer.text);
        found.push(...answer.body.data);
        if (answer.body.nextCursor === null) return found;
        cursor = `&cursor=${answer.body.nextCursor}`;
      }
    };

    test('who may read it, and nobody else', async () => {
      const callers: [string, TestRequest, number, string?][] = [
        ['nobody', { url: '' }, 401, 'missing_key'],
        ['a key with another scope', { url: '', key: bare.secret }, 403, 'insufficient_scope'],
        ['a key that inherits', { url: '', key: inheriting.secret }, 403, 'insufficient_scope'],
        ['a key of another environment', { url: '', key: sandboxReader.secret }, 401, 'environment_mismatch'],
        ['a developer', { url: '', cookie: people.developer!.cookie }, 403, 'role_not_allowed'],
        ['a viewer', { url: '', cookie: people.viewer!.cookie }, 403, 'role_not_allowed'],
        ['an admin', { url: '', cookie: people.admin!.cookie }, 200],
        ['an owner', { url: '', cookie: people.owner!.cookie }, 200],
        ['a key that names the scope', { url: '', key: reader.secret }, 200],
      ];
      for (const [who, request, status, code] of callers) {
        for (const path of [log, `${log}/export`]) {
          const answer = await t.send({ ...request, url: path });
          assert.deepEqual([answer.status, answer.body?.code], [status, code], `${who}: ${path}`);
          for (const secret of secrets) assert.ok(!answer.text.includes(secret), `${who} sees a secret`);
          assert.ok(!answer.text.includes(foreign.id), `${who} sees another tenant`);
        }
      }
    });

    test('an entry says who, what, before and after, when, from where and in which request', async () => {
      const [entry] = await all({
        url: `${log}?targetId=${changed.id}&action=key.updated`,
        cookie: t.owner.cookie,
      });
      const { id, seq, before: was, after: is, requestId, ...rest } = entry;
      assert.match(id, /^aud_/);
      assert.match(requestId, /^req_/);
      assert.ok(seq > 1);
      assert.deepEqual([was.name, is.name], ['Changed — Test', 'Renamed — Test']);
      assert.deepEqual(rest, {
        at: new Date(t.clock.wallMs()).toISOString(),
        environment: 'production',
        actor: { type: 'user', id: t.owner.userId },
        action: 'key.updated',
        targetId: changed.id,
        ip: '203.0.113.7',
      });
    });

    test('newest first, page by page, and every filter gives what it says', async () => {
      const entries = await all({ url: log, cookie: t.owner.cookie });
      const byPlace = [...entries].sort((a, b) => (a.at === b.at ? b.seq - a.seq : a.at < b.at ? 1 : -1));
      assert.deepEqual(entries, byPlace);
      assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
      const middle = entries[Math.floor(entries.length / 2)];
      const filters: [string, (entry: (typeof entries)[number]) => boolean][] = [
        ['action=key.created', (entry) => entry.action === 'key.created'],
        [`actorId=${t.owner.userId}`, (entry) => entry.actor.id === t.owner.userId],
        [`targetId=${bare.id}`, (entry) => entry.targetId === bare.id],
        ['environment=sandbox', (entry) => entry.environment === 'sandbox'],
        [`from=${middle.at}`, (entry) => entry.at >= middle.at],
        [`to=${middle.at}`, (entry) => entry.at < middle.at],
        [
          `action=key.created&environment=sandbox&actorId=test&to=${middle.at}`,
          (e) =>
            e.action === 'key.created' &&
            e.environment === 'sandbox' &&
            e.actor.id === 'test' &&
            e.at < middle.at,
        ],
        ['action=key.never', () => false],
      ];
      for (const [query, fits] of filters) {
        assert.deepEqual(
          await all({ url: `${log}?${query}`, cookie: t.owner.cookie }),
          entries.filter(fits),
          query,
        );
      }
    });

    test('a key sees its own environment, and nothing that belongs to none', async () => {
      const entry = await t.app.database.read
        .selectFrom('audit_entries')
        .selectAll()
        .where('tenant_id', '=', t.tenantId)
        .limit(1)
        .executeTakeFirstOrThrow();
      const ofTenant = { ...entry, id: 'aud_of_the_tenant', seq: 9_000, environment: null };
      await t.app.database.write.insertInto('audit_entries').values(ofTenant).execute();
      const own = await all({ url: log, key: reader.secret });
      const sandboxed = await all({ url: log, key: sandboxReader.secret, host: hostOf('sandbox') });
      const whole = await all({ url: log, cookie: t.owner.cookie });
      await t.app.database.write.deleteFrom('audit_entries').where('id', '=', ofTenant.id).execute();
      assert.deepEqual(new Set(own.map(({ environment }) => environment)), new Set(['production']));
      assert.deepEqual(new Set(sandboxed.map(({ environment }) => environment)), new Set(['sandbox']));
      assert.equal(own.length + sandboxed.length + 1, whole.length);
      assert.ok(whole.some(({ id }) => id === ofTenant.id));
      assert.deepEqual(await all({ url: `${log}?environment=sandbox`, key: reader.secret }), []);
      const exported = await t.send({ url: `${log}/export`, key: reader.secret });
      assert.ok(!exported.text.includes(elsewhere.id) && exported.text.includes(changed.id));
    });

    test('what cannot be meant is refused by name', async () => {
      const wrong: [string, string][] = [
        ['limit=0', 'limit'],
        ['cursor=x', 'cursor'],
        ['environment=moon', 'environment'],
        ['from=yesterday', 'from'],
      ];
      for (const [query, path] of wrong) {
        const answer = await t.send({ url: `${log}?${query}`, key: reader.secret });
        assert.deepEqual([answer.status, answer.body.errors?.[0]?.path], [400, path], query);
      }
      const answer = await t.send({ url: `${log}/export?format=xml`, key: reader.secret });
      assert.deepEqual([answer.status, answer.body.code], [400, 'validation_failed']);
      assert.equal(answer.headers['content-disposition'], undefined);
    });

    test('the checkpoint is signed, and its public key checks it', async () => {
      const row = { tenant_id: t.tenantId, seq: 5, hash: 'a'.repeat(64), at: t.clock.wallMs() };
      const checkpoint = { ...row, tenantId: t.tenantId };
      await t.app.database.write.deleteFrom('audit_checkpoints').execute();
      const none = await t.send({ url: `${log}/checkpoint`, key: reader.secret });
      assert.deepEqual([none.status, none.body.code], [404, 'not_found']);
      const signature = signText(keys.signing, checkpointText(checkpoint));
      await t.app.database.write
        .insertInto('audit_checkpoints')
        .values({ ...row, signature })
        .execute();
      const { body, status } = await t.send({ url: `${log}/checkpoint`, key: reader.secret });
      assert.deepEqual([status, body.seq, body.hash], [200, 5, row.hash]);
      const publicKey = createPublicKey(body.publicKey);
      const text = checkpointText({ ...checkpoint, at: Date.parse(body.at) });
      assert.ok(isSignedBy({ ...keys.signing, publicKey }, text, body.signature));
    });

    for (const format of ['ndjson', 'csv']) {
      test(`an export as ${format} is streamed and can be verified; HEAD has no body`, async () => {
        const url = `${log}/export?format=${format}`;
        const answer = await t.send({ url, cookie: t.owner.cookie });
        assert.equal(answer.headers['content-length'], undefined);
        assert.match(
          answer.headers['content-type']!,
          format === 'csv' ? /^text\/csv/ : /^application\/x-ndjson/,
        );
        const report = await verifyExport(Readable.from([answer.text]), keys);
        assert.deepEqual([report.fault, report.tenantId, report.environment], [null, t.tenantId, null]);
        const confined = await t.send({ url, key: reader.secret });
        const part = await verifyExport(Readable.from([confined.text]), keys);
        assert.deepEqual([part.fault, part.environment], [null, 'production']);
        const head = await t.send({ method: 'HEAD', url, key: reader.secret });
        assert.deepEqual([head.status, head.text], [200, '']);
      });
    }

    describe('a long export', () => {
      let port: number;
      before(async () => {
        const [entry] = await t.app.database.read
          .selectFrom('audit_entries')
          .selectAll()
          .where('tenant_id', '=', t.tenantId)
          .execute();
        const after = JSON.stringify('x'.repeat(100_000));
        for (let i = 0; i < 400; i += 20) {
          const rows = Array.from({ length: 20 }, (_, n) => ({
            ...entry!,
            id: `aud_long_${i + n}`,
            seq: 10_001 + i + n,
            after,
          }));
          await t.app.database.write.insertInto('audit_entries').values(rows).execute();
        }
        await t.app.database.write
          .updateTable('audit_heads')
          .set({ seq: 10_400 })
          .where('tenant_id', '=', t.tenantId)
          .execute();
        await t.server.listen({ port: 0, host: '127.0.0.1' });
        port = (t.server.server.address() as { port: number }).port;
      });

      /** A client that reads nothing, and the server's side of its answer. */
      async function open(key: string): Promise<{ client: IncomingMessage; answer: ServerResponse }> {
        const seen = once(t.server.server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
        const headers = { authorization: `Bearer ${key}` };
        const request = get({ port, host: '127.0.0.1', path: `${log}/export`, headers });
        const [client] = (await once(request, 'response')) as [IncomingMessage];
        client.on('error', () => {});
        const [, answer] = await seen;
        return { client, answer };
      }

      test('ends within a second of the revocation of its key, without its signed end', async () => {
        const doomed = await t.createKey({ scopes: ['audit:read'] });
        const { client, answer } = await open(doomed.secret);
        const url = `/api/v1/api-keys/${doomed.id}/revoke`;
        const revoked = await t.send({ method: 'POST', url, cookie: t.owner.cookie });
        assert.equal(revoked.status, 200);
        const since = performance.now();
        await once(answer, 'close');
        assert.ok(performance.now() - since < 1_000);
        let text = '';
        const read = async () => {
          for await (const piece of client) text += piece;
        };
        await assert.rejects(read());
        assert.equal(client.complete, false);
        assert.ok(!text.includes('"seal"') && text.length < 40_000_000);
      });

      test('waits for a slow client, and stops for one that hangs up', async () => {
        const { client, answer } = await open(reader.secret);
        assert.ok(answer.writableLength < 30_000_000, 'the rest is not held in memory');
        client.destroy();
        await once(answer, 'close');
        assert.deepEqual(
          t.logged.filter((line) => /"level":(50|60)/.test(line)),
          [],
        );
      });

      test('reaches a client that reads, with its signed end', async () => {
        const { client } = await open(reader.secret);
        let end = '';
        for await (const piece of client) end = (end + piece).slice(-2_000);
        assert.equal(client.complete, true);
        assert.match(end, /\{"seal":\{.*"signature":"[\w-]{86}"\}\}\n$/);
      });
    });
  });
});
