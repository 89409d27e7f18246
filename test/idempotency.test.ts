import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestKey } from './harness.ts';

onEachDatabase((kind, skip) => {
  describe(`Idempotency-Key on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;

    before(async () => {
      harness = await openHarness(kind);
      admin = await harness.createKey({
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 10_000, burst: 10_000, perDay: 1_000_000 },
      });
    });

    after(() => harness.close());

    const post = (path: string, idempotencyKey: string, body: unknown, key = admin.secret) =>
      harness.send({
        method: 'POST',
        url: `/api/v1${path}`,
        key,
        body,
        headers: { 'idempotency-key': idempotencyKey },
      });
    const count = async () =>
      (await harness.app.database.read.selectFrom('keys').select('id').execute()).length;
    const body = { name: 'Once — test', scopes: ['knowledge:read'] };

    test('a repeat gets the same status and body, without the secret, and makes nothing', async () => {
      const first = await post('/api-keys', 'a-1', body);
      const before = await count();
      const again = await post('/api-keys', '"a-1"', { scopes: ['knowledge:read'], name: 'Once — test' });
      assert.equal(again.status, 201);
      assert.deepEqual(again.body, { ...first.body, secret: null, secretAlreadyShown: true });
      assert.equal(await count(), before);
    });

    test('a repeat says again where it is and which version it was', async () => {
      const title = 'A category that is asked for twice';
      const first = await post('/kb/categories', 'a-3', { title });
      const again = await post('/kb/categories', 'a-3', { title });
      assert.equal(again.status, 201);
      assert.ok(first.headers.location && first.headers.etag);
      assert.equal(again.headers.location, first.headers.location);
      assert.equal(again.headers.etag, first.headers.etag);
    });

    test('the stored record holds neither secret nor digest', async () => {
      const { body: created } = await post('/api-keys', 'a-2', body);
      const rows = JSON.stringify(
        await harness.app.database.read.selectFrom('idempotency_records').selectAll().execute(),
      );
      assert.ok(rows.includes(created.id));
      assert.equal(rows.includes(created.secret), false);
      assert.equal(rows.includes(created.secret.slice(-38)), false);
    });

    test('every call that hands out a secret replays without it', async () => {
      const { body: key } = await post('/api-keys', 'b-1', body);
      for (const [path, payload] of [
        ['rotate', {}],
        ['regenerate', undefined],
        ['replace', { scopes: ['contacts:read'] }],
      ] as const) {
        const first = await post(`/api-keys/${key.id}/${path}`, `b-${path}`, payload);
        assert.ok(first.body.secret, first.text);
        const again = await post(`/api-keys/${key.id}/${path}`, `b-${path}`, payload);
        assert.equal(again.status, first.status);
        assert.equal(again.body.secret, null);
        assert.equal(again.body.secretAlreadyShown, true);
      }
    });

    test('another payload under the same key is 422', async () => {
      await post('/api-keys', 'c-1', body);
      const other = await post('/api-keys', 'c-1', { ...body, name: 'Other — test' });
      assert.equal(other.status, 422);
      assert.equal(other.body.code, 'idempotency_mismatch');
    });

    test('of many at once exactly one runs; the others replay or are told to wait', async () => {
      const before = await count();
      const answers = await Promise.all(Array.from({ length: 20 }, () => post('/api-keys', 'd-1', body)));
      assert.equal(await count(), before + 1);
      assert.equal(answers.filter((answer) => answer.body.secret).length, 1);
      for (const answer of answers) {
        if (answer.status !== 201) assert.equal(answer.body.code, 'idempotency_in_progress', answer.text);
      }
    });

    test('the record belongs to its caller, method and route', async () => {
      const other = await harness.createKey({
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 10_000, burst: 10_000, perDay: 1_000_000 },
      });
      const mine = await post('/api-keys', 'e-1', body);
      const theirs = await post('/api-keys', 'e-1', body, other.secret);
      assert.notEqual(theirs.body.id, mine.body.id);
      const tag = await post('/kb/tags', 'e-1', { name: 'Tag' });
      assert.equal(tag.status, 201, tag.text);
    });

    test('the guard runs before a replay: a revoked key replays nothing', async () => {
      const key = await harness.createKey({ scopes: ['api_keys:write', 'knowledge:read'] });
      const first = await post('/api-keys', 'f-1', body, key.secret);
      assert.equal(first.status, 201, first.text);
      await harness.send({
        method: 'POST',
        url: `/api/v1/api-keys/${key.id}/revoke`,
        key: admin.secret,
        body: {},
      });
      assert.equal((await post('/api-keys', 'f-1', body, key.secret)).status, 401);
    });

    test('a refused attempt is not stored, a failed one is', async () => {
      const weak = await harness.createKey({ scopes: ['api_keys:write'] });
      assert.equal((await post('/api-keys', 'g-1', body, weak.secret)).status, 403);
      const { body: target } = await post('/api-keys', 'g-2', body);
      await harness.send({
        method: 'POST',
        url: `/api/v1/api-keys/${target.id}/revoke`,
        key: admin.secret,
        body: {},
      });
      const failed = await post(`/api-keys/${target.id}/rotate`, 'g-3', {});
      assert.equal(failed.status, 409);
      await harness.send({
        method: 'POST',
        url: `/api/v1/api-keys/${target.id}/activate`,
        key: admin.secret,
      });
      const again = await post(`/api-keys/${target.id}/rotate`, 'g-3', {});
      assert.deepEqual([again.status, again.body], [409, failed.body]);
      assert.equal((await post(`/api-keys/${target.id}/rotate`, 'g-4', {})).status, 200);
    });

    test('after 24 hours the key is free again', async () => {
      const first = await post('/api-keys', 'h-1', body);
      harness.clock.advance(24 * 3_600_000 - 1);
      assert.equal((await post('/api-keys', 'h-1', body)).body.id, first.body.id);
      harness.clock.advance(1);
      assert.notEqual((await post('/api-keys', 'h-1', body)).body.id, first.body.id);
    });

    test('a key that is no key of ours is a 400', async () => {
      for (const bad of ['', ' ', 'x'.repeat(256), 'a b', admin.secret]) {
        const answer = await post('/api-keys', bad, body);
        assert.equal(answer.status, 400, JSON.stringify(bad));
      }
    });
  });
});
