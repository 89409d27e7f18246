import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Environment } from '../src/core/environments.ts';
import { onEachDatabase } from './databases.ts';
import {
  type Harness,
  hostOf,
  openHarness,
  type TestAnswer,
  type TestKey,
  type TestRequest,
} from './harness.ts';
import { everythingStored } from './stored.ts';

const tags = '/api/v1/kb/tags';

onEachDatabase((kind, skip) => {
  describe(`bodies in the request log over HTTP on ${kind}`, { skip }, () => {
    let harness: Harness;
    let key: TestKey;

    before(async () => {
      harness = await openHarness(kind, { settings: { KEYWARD_REQUEST_LOG: 'on' } });
      key = await adminKey('sandbox');
    });
    after(() => harness.close());

    const adminKey = (environment: Environment, tenantId?: string) =>
      harness.createKey({
        name: 'bodies — test',
        environment,
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 10_000, burst: 1_000, perDay: 1_000_000 },
        ...(tenantId === undefined ? {} : { tenantId }),
      });

    const send = (request: Omit<TestRequest, 'key'>, by = key, environment: Environment = 'sandbox') =>
      harness.send({ host: hostOf(environment), key: by.secret, ...request });

    /** The entry of a request, once it is written. */
    async function entryOf(answer: TestAnswer, by = key, environment: Environment = 'sandbox') {
      await harness.app.requestLog!.flush();
      const url = `/api/v1/logs/${answer.headers['x-request-id']}`;
      const { status, body, text } = await send({ url }, by, environment);
      assert.equal(status, 200, text);
      return body;
    }

    async function configure(capture: unknown) {
      const { cookie } = harness.owner;
      const answer = await harness.send({
        method: 'PATCH',
        url: '/api/v1/settings',
        cookie,
        body: { capture },
      });
      assert.equal(answer.status, 200, answer.text);
      return answer.body.capture;
    }

    test('are there as they were, of what was created and of what was refused, and in no list', async () => {
      const body = { name: 'Tägs', slug: 'tags' };
      const created = await send({ url: tags, body });
      assert.equal(created.status, 201);
      const entry = await entryOf(created);
      assert.equal(entry.requestBody, JSON.stringify(body));
      assert.equal(entry.responseBody, created.text);
      assert.ok(!('requestBodyNote' in entry) && !('responseBodyNote' in entry));
      const refused = await send({ url: tags, body: '{"name": 1}' });
      const other = await entryOf(refused);
      assert.deepEqual([other.requestBody, other.responseBody], ['{"name": 1}', refused.text]);
      const list = await send({ url: '/api/v1/logs?method=POST' });
      assert.ok(list.body.data.length >= 2);
      for (const item of list.body.data)
        assert.deepEqual(
          Object.keys(item).filter((name) => /Body/.test(name)),
          [],
        );
      const explained = await send({ url: `/api/v1/logs/${refused.headers['x-request-id']}/explain` });
      assert.equal(explained.status, 200);
    });

    test('of production are not kept until that is switched on, and from then on until it is switched off', async () => {
      const production = await adminKey('production');
      const ask = async () => {
        const answer = await send({ url: tags, body: { name: 'p' } }, production, 'production');
        const { requestBody, responseBody } = await entryOf(answer, production, 'production');
        return [requestBody, responseBody === undefined ? undefined : 'there'];
      };
      assert.deepEqual(await ask(), [undefined, undefined]);
      const on = await configure({ environments: { production: true } });
      assert.deepEqual(on.environments, {
        production: true,
        staging: true,
        development: true,
        sandbox: true,
      });
      assert.deepEqual(await ask(), ['{"name":"p"}', 'there']);
      await configure({ environments: { production: null } });
      assert.deepEqual(await ask(), [undefined, undefined]);
      await configure({ environments: { sandbox: false } });
      const { requestBody } = await entryOf(await send({ url: tags, body: { name: 'q' } }));
      assert.equal(requestBody, undefined);
      await configure(null);
    });

    test('of another tenant are kept by its own settings', async () => {
      const { tenantId } = await harness.createTenant();
      const theirs = await adminKey('sandbox', tenantId);
      await configure({ environments: { sandbox: false }, maskFields: ['name'] });
      const { requestBody } = await entryOf(await send({ url: tags, body: { name: 'q' } }, theirs), theirs);
      assert.equal(requestBody, '{"name":"q"}');
      await configure(null);
    });

    test('settings name fields to hide; what is no field, or too many of them, is refused', async () => {
      await configure({ maskFields: ['Slug', 'errors.path'] });
      const answer = await send({ url: tags, body: { name: 'visible', slug: 'hidden value' } });
      const entry = await entryOf(answer);
      assert.equal(entry.requestBody, '{"name":"visible","slug":"…"}');
      assert.match(entry.responseBody, /"path":"…"/);
      const kept = await configure({ environments: { production: true } });
      assert.deepEqual(kept.maskFields, ['Slug', 'errors.path']);
      const { cookie } = harness.owner;
      const bad = [
        { maskFields: ['a'.repeat(101)] },
        { maskFields: Array.from({ length: 51 }, (_, i) => `f${i}`) },
        { maskFields: [''] },
        { maskFields: ['a..b'] },
        { maskFields: ['$'] },
        { maskFields: 'a' },
        { environments: { prod: true } },
        { environments: { production: 1 } },
      ];
      for (const capture of bad) {
        const body = { capture };
        const { status } = await harness.send({ method: 'PATCH', url: '/api/v1/settings', cookie, body });
        assert.equal(status, 400, JSON.stringify(capture));
      }
      await configure(null);
    });

    test('are cut at 4 KB with a note, and a hidden value at the edge stays hidden', async () => {
      for (let padding = 4_052; padding < 4_100; padding += 3) {
        const body = { pad: 'ä'.repeat(padding / 2), password: 'edge-canary-1234', a: 1 };
        const entry = await entryOf(await send({ url: tags, body }));
        assert.deepEqual(entry.requestBodyNote, {
          code: 'cut',
          message: `The beginning of ${entry.requestBytes} bytes; no more than 4 KB are kept.`,
        });
        assert.equal(entry.requestBytes, Buffer.byteLength(JSON.stringify(body)));
        assert.ok(Buffer.byteLength(entry.requestBody) <= 4_096);
        assert.ok(!/edge-|\ufffd/.test(entry.requestBody));
      }
    });

    test('that are no JSON, were not read or come in an odd way say what they were', async () => {
      const broken = await entryOf(await send({ url: tags, body: '{"password": "x" "canary"}' }));
      assert.equal(broken.requestBody, undefined);
      assert.deepEqual(broken.requestBodyNote, {
        code: 'not_json',
        message: '26 bytes of application/json that are not JSON.',
      });
      assert.equal(JSON.parse(broken.responseBody).code, 'malformed_json');
      const narrow = await harness.createKey({ environment: 'sandbox', scopes: ['contacts:read'] });
      const refused = await entryOf(await send({ url: tags, body: { name: 'n' } }, narrow));
      assert.equal(refused.requestBodyNote.code, 'not_read');
      assert.equal(JSON.parse(refused.responseBody).code, 'insufficient_scope');
      const headers = { 'content-type': 'application/json; charset="utf-8"' };
      const odd = await entryOf(await send({ url: tags, body: '{"name":"odd"}', headers }));
      assert.equal(odd.requestBody, '{"name":"odd"}');
      const headed = await entryOf(await send({ method: 'HEAD', url: tags }));
      assert.ok(!('responseBody' in headed) && !('responseBodyNote' in headed));
      const zip = { 'content-type': 'application/zip' };
      const unread = await entryOf(await send({ url: tags, body: 'PK', headers: zip }));
      assert.equal(unread.requestBodyNote.code, 'not_read');
    });

    test('of an upload are its first 4 KB', async () => {
      const lines = Array.from({ length: 200 }, (_, i) =>
        JSON.stringify({ title: `T${i}`, slug: `t-${i}`, content: 'c' }),
      );
      const headers = { 'content-type': 'application/x-ndjson' };
      const answer = await send({ url: '/api/v1/kb/import', body: lines.join('\n'), headers });
      assert.equal(answer.status, 202, answer.text);
      const entry = await entryOf(answer);
      assert.equal(entry.requestBodyNote.code, 'cut');
      assert.ok(lines.join('\n').startsWith(entry.requestBody));
      assert.ok(entry.requestBody.length > 4_000);
    });

    test('of the log and of the audit log are never kept, and of open routes neither', async () => {
      for (const url of ['/api/v1/logs', '/api/v1/audit-log']) {
        const answer = await send({ url });
        assert.equal(answer.status, 200, answer.text);
        const entry = await entryOf(answer);
        assert.ok(!('responseBody' in entry) && !('responseBodyNote' in entry), url);
      }
      const open = await entryOf(
        await send({ url: '/api/auth/sign-in/email', body: { email: 'a@b.c', password: 'x' } }),
      );
      assert.ok(!('requestBody' in open) && !('responseBody' in open));
    });

    test('are for nobody but readers of the log of that place', async () => {
      const answer = await send({ url: tags, body: { name: 'for readers only' } });
      await entryOf(answer);
      const url = `/api/v1/logs/${answer.headers['x-request-id']}`;
      const seen = async (request: TestRequest) => {
        const { status, text } = await harness.send({ host: hostOf('sandbox'), ...request, url });
        return [status, text.includes('for readers only')];
      };
      const { tenantId } = await harness.createTenant();
      const [viewer, developer] = [await harness.signUp('viewer'), await harness.signUp('developer')];
      const narrow = await harness.createKey({
        environment: 'sandbox',
        scopes: ['analytics:read', 'knowledge:read'],
      });
      assert.deepEqual(await seen({ url, cookie: viewer.cookie }), [403, false]);
      assert.deepEqual(await seen({ url, cookie: developer.cookie }), [200, true]);
      assert.deepEqual(await seen({ url, key: narrow.secret }), [403, false]);
      assert.deepEqual(await seen({ url, key: (await adminKey('sandbox', tenantId)).secret }), [404, false]);
      const staging = await adminKey('staging');
      assert.deepEqual(await seen({ url, host: hostOf('staging'), key: staging.secret }), [404, false]);
    });

    test('hold no secret that was handed out or sent in: not one byte of it is stored', async () => {
      const hidden: string[] = [];
      const secretIn = (answer: TestAnswer): string => {
        assert.equal(typeof answer.body?.secret, 'string', answer.text);
        hidden.push(answer.body.secret.slice(-38));
        return answer.body.secret;
      };
      const created = await send({
        url: '/api/v1/api-keys',
        body: { name: 'Bodies — created', scopes: ['knowledge:read'] },
        headers: { 'idempotency-key': 'once' },
      });
      const first = secretIn(created);
      const { id } = created.body;
      const post = (action: string, body?: unknown) =>
        send({
          method: 'POST',
          url: `/api/v1/api-keys/${id}/${action}`,
          ...(body === undefined ? {} : { body }),
        });
      secretIn(await post('rotate'));
      const last = secretIn(await post('regenerate'));
      secretIn(await post('replace', { scopes: ['contacts:read'] }));
      await send({
        url: '/api/v1/api-keys',
        body: { name: 'Bodies — created', scopes: ['knowledge:read'] },
        headers: { 'idempotency-key': 'once' },
      });
      const entry = await entryOf(created);
      assert.match(entry.responseBody, /"secret":"…"/);
      assert.ok(entry.responseBody.includes(id));
      const escaped = `{"name":"${first.replace('_live_', '\\u005flive\\u005F').replace('_test_', '\\u005ftest\\u005F')}"}`;
      await send({ url: tags, body: escaped });
      await send({ url: tags, body: { [last]: { deep: [last, `x${last}y`] } } });
      await send({ url: tags, body: `{"pad":"${'x'.repeat(4_060)}","a":"${last}"}` });
      await send({ url: '/api/v1/api-keys/verify', body: { key: last } });
      const legacy = 'legacy-canary-5e1f0c0ffee';
      const digest = createHash('sha256').update(legacy).digest('hex');
      const imported = await send({
        url: '/api/v1/api-keys/import',
        body: { keys: [{ name: 'Old — one', sha256: digest, scopes: ['knowledge:read'] }] },
      });
      assert.equal(imported.status, 201, imported.text);
      await send({ url: '/api/v1/api-keys/verify', body: { key: legacy } });
      const words = [
        ['password', 'canary-password-1'],
        ['Cookie', 'sid=canary-cookie-2'],
        ['set-cookie', 'sid=canary-cookie-3'],
        ['client_secret', 'canary-secret-4'],
        ['refreshToken', 'canary-token-5'],
        ['Authorization', 'Basic canary-basic-6'],
      ];
      for (const [name, value] of words) {
        await send({
          url: tags,
          body: { name: 'visible-canary', [name!]: value, list: [{ [name!]: [value] }] },
        });
        const escaped = name!.replace(/[aeo]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
        await send({
          url: tags,
          body: `{"${escaped}":"${value}","${name}":"${value}","${name}":{"a":"${value}"}}`,
        });
        await send({ url: tags, body: `{"${name}":"${value}",}` });
      }
      await harness.app.requestLog!.flush();
      const stored = await everythingStored(harness);
      assert.ok(
        stored.includes('Bodies — created') || stored.includes(id),
        'the search looks at what is stored',
      );
      assert.ok(stored.includes('sid') || kind === 'postgres' || stored.length > 0);
      for (const secret of [...hidden, legacy, ...words.map(([, value]) => value!)])
        assert.equal(stored.includes(secret), false, secret);
    });
  });
});
