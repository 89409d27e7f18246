import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Harness, openHarness } from '../../../test/harness.ts';
import { errorTable } from '../../errors.ts';
import { version } from '../../version.ts';
import { createServer } from '../server.ts';
import { routes } from './index.ts';

describe('what Keyward says about itself, to anyone', () => {
  let t: Harness;
  before(async () => {
    t = await openHarness('sqlite');
  });
  after(() => t.close());

  test('the OpenAPI document, with an entity tag that stays', async () => {
    const first = await t.send({ url: '/api/openapi.json' });
    const second = await t.send({ url: '/api/openapi.json' });
    assert.equal(first.status, 200);
    assert.match(first.headers['content-type']!, /^application\/json/);
    assert.match(first.headers.etag!, /^"[\w-]{22}"$/);
    assert.equal(first.headers.etag, second.headers.etag);
    assert.equal(first.body.openapi, '3.1.0');
    assert.equal(first.body.info.version, version);
    const count = Object.values<object>(first.body.paths).flatMap((methods) => Object.keys(methods)).length;
    assert.equal(count, routes.length);
  });

  const pages = [
    '/docs/api',
    '/docs/errors',
    ...Object.keys(errorTable).map((code) => `/docs/errors/${code}`),
  ];
  for (const url of pages) {
    test(`${url} is a page under a strict policy`, async () => {
      const answer = await t.send({ url });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
      assert.match(
        answer.headers['content-security-policy']!,
        /^default-src 'none'; style-src 'sha256-[\w+/]+=*'; /,
      );
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.match(answer.text, /^<!doctype html>/);
      assert.equal(answer.headers['x-ratelimit-limit'], undefined);
    });
  }

  for (const code of ['nothing', 'toString', '__proto__', '%3Cscript%3E']) {
    test(`/docs/errors/${code} is a problem, not a page`, async () => {
      const answer = await t.send({ url: `/docs/errors/${code}` });
      assert.equal(answer.status, 404);
      assert.equal(answer.body.code, 'not_found');
      assert.ok(!answer.text.includes('<script>'));
    });
  }

  test('the `type` of a problem is the address of a page', async () => {
    const refused = await t.send({ url: '/api/v1/me' });
    const { pathname, origin } = new URL(refused.body.type);
    assert.equal(origin, t.config.publicUrl);
    assert.equal((await t.send({ url: pathname })).status, 200);
  });

  test('HEAD is answered as GET, without the body', async () => {
    const answer = await t.send({ method: 'HEAD', url: '/docs/api' });
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '');
  });

  test('what takes long to make is made once the server listens, before anybody asks', async () => {
    const slow = routes.filter(({ prepare }) => prepare !== undefined);
    const made: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const watched = slow.map((route) => ({
      ...route,
      prepare: () => {
        if (made.push(route.path) === slow.length) resolve();
      },
    }));
    const server = createServer(t.app, watched, {
      hostRules: [],
      isTrustedProxy: () => false,
      corsOrigins: [],
      bodyLimitBytes: 1_024,
      requestTimeoutMs: 1_000,
      tls: null,
    });
    await server.listen({ port: 0, host: '127.0.0.1' });
    await promise;
    await server.close();
    assert.deepEqual(made, ['/api/openapi.json', '/docs/api']);
  });

  test('health says that the process lives', async () => {
    const answer = await t.send({ url: '/healthz' });
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys(answer.body), ['status', 'version', 'uptimeSeconds']);
    assert.equal(answer.body.status, 'ok');
    assert.ok(Number.isInteger(answer.body.uptimeSeconds));
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  test('readiness says that the database answers', async () => {
    const answer = await t.send({ url: '/readyz' });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { status: 'ready', checks: { database: 'ok', migrations: 'ok' } });
  });
});

test('without its database Keyward lives, is not ready, and says nothing of the inside', async () => {
  const t = await openHarness('sqlite');
  try {
    await t.app.database.read.destroy();
    const answer = await t.send({ url: '/readyz' });
    assert.equal(answer.status, 503);
    assert.equal(answer.body.code, 'store_unavailable');
    assert.deepEqual(answer.body.checks, { database: 'failed', migrations: 'failed' });
    assert.equal(answer.headers['retry-after'], '1');
    assert.doesNotMatch(answer.text, /driver|destroy|sqlite/i);
    assert.equal((await t.send({ url: '/healthz' })).status, 200);
  } finally {
    await t.close();
  }
});
