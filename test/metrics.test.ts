import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadConfig } from '../src/config.ts';
import { StartError } from '../src/errors.ts';
import { createMetricsListener } from '../src/http/metrics-listener.ts';
import { startKeyward } from '../src/main.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestKey, type TestRequest } from './harness.ts';

const token = 'an-operators-token-that-is-long-enough';
const dayMs = 86_400_000;

/** Series → value, of one metric. */
function seriesOf(text: string, name: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => [line.slice(name.length, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

onEachDatabase((kind, skip) => {
  describe(`the metrics of a tenant on ${kind}`, { skip }, () => {
    let t: Harness;
    let reader: TestKey;
    const scrape = (key: string, more: Partial<TestRequest> = {}) =>
      t.send({ url: '/metrics', key, ...more });
    before(async () => {
      t = await openHarness(kind, { settings: { KEYWARD_METRICS_TOKEN: token } });
      reader = await t.createKey({ scopes: ['analytics:read'] });
    });
    after(() => t.close());

    test('are requests by key, class of status and outcome, and what is left of its limits', async () => {
      const key = await t.createKey({ scopes: ['knowledge:read'] });
      await t.send({ url: '/api/v1/me', key: key.secret });
      await t.send({ url: '/api/v1/kb/articles', key: key.secret });
      await t.send({ url: '/api/v1/kb/articles/art_none', key: key.secret });
      await t.send({ url: '/metrics', key: key.secret });
      const { status, text, headers } = await scrape(reader.secret);
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
      assert.equal(headers['cache-control'], 'no-store');
      assert.ok(headers['x-ratelimit-remaining']);
      const labels = `environment="production",key_id="${key.id}"`;
      const requests = seriesOf(text, 'keyward_key_requests_total');
      assert.equal(requests[`{${labels},status="2xx",outcome="ok"}`], 2);
      assert.equal(requests[`{${labels},status="4xx",outcome="not_found"}`], 1);
      assert.equal(requests[`{${labels},status="4xx",outcome="insufficient_scope"}`], 1);
      const limits = seriesOf(text, 'keyward_key_limit');
      const left = seriesOf(text, 'keyward_key_limit_remaining');
      assert.equal(limits[`{${labels},window="minute"}`], 70);
      assert.equal(left[`{${labels},window="minute"}`], 67);
      assert.equal(left[`{${labels},window="day"}`], 9_997);
    });

    test('are OpenMetrics where that is accepted', async () => {
      const headers = { accept: 'application/openmetrics-text; version=1.0.0' };
      const answer = await scrape(reader.secret, { headers });
      assert.match(answer.headers['content-type']!, /^application\/openmetrics-text; version=1\.0\.0/);
      assert.match(answer.text, /\n# EOF\n$/);
    });

    test('hold nothing of another tenant or environment, no secret, and nothing that a request brought', async () => {
      const { tenantId } = await t.createTenant();
      const stranger = await t.createKey({ tenantId, scopes: ['knowledge:read', 'analytics:read'] });
      const sandbox = await t.createKey({ environment: 'sandbox', scopes: ['knowledge:read'] });
      const own = await t.createKey({ scopes: ['knowledge:read'], name: 'Shop — a name of its own' });
      const path = '/api/v1/kb/articles/a-path-of-its-own';
      const headers = { 'user-agent': 'an-agent-of-its-own' };
      await t.send({ url: path, key: own.secret, headers, ip: '198.51.100.77' });
      await t.send({ url: path, key: stranger.secret });
      await t.send({ url: path, key: sandbox.secret, host: hostOf('sandbox') });
      const { text } = await scrape(reader.secret);
      assert.ok(text.includes(own.id));
      const absent = [
        ...[stranger.id, sandbox.id, tenantId, 'a-path-of-its-own', 'an-agent-of-its-own', '198.51.100.77'],
        ...['a name of its own', 'keyward_http_', 'process_', 'nodejs_', token],
        ...[own.secret, reader.secret, stranger.secret].flatMap((secret) => [secret, secret.slice(0, 18)]),
      ];
      for (const part of absent) assert.ok(!text.includes(part), part);
      const theirs = await scrape(stranger.secret);
      assert.ok(theirs.text.includes(stranger.id));
      assert.ok(!theirs.text.includes(own.id) && !theirs.text.includes(reader.id));
    });

    test('a key that was deleted is in them no more', async () => {
      const key = await t.createKey({ scopes: ['knowledge:read', 'api_keys:write'] });
      await t.send({ url: '/api/v1/me', key: key.secret });
      assert.ok((await scrape(reader.secret)).text.includes(key.id));
      const url = `/api/v1/api-keys/${key.id}`;
      assert.equal((await t.send({ method: 'DELETE', url, cookie: t.owner.cookie })).status, 200);
      assert.ok(!(await scrape(reader.secret)).text.includes(key.id));
    });

    test('keys are counted by status, and those that expire soon or are not used', async () => {
      const u = await openHarness(kind);
      try {
        const now = u.clock.wallMs();
        const at = (days: number) => now + days * dayMs;
        const far = await u.createKey({ scopes: ['analytics:read'], expiresAt: at(400) });
        await u.createKey({ scopes: ['analytics:read'], expiresAt: at(20) });
        await u.createKey({ scopes: ['analytics:read'], expiresAt: at(35) });
        await u.createKey({ scopes: ['analytics:read'], environment: 'sandbox' });
        const revoked = await u.createKey({ scopes: ['analytics:read'] });
        const url = `/api/v1/api-keys/${revoked.id}/revoke`;
        assert.equal((await u.send({ method: 'POST', url, cookie: u.owner.cookie })).status, 200);
        u.clock.advance(31 * dayMs);
        await u.createKey({ scopes: ['analytics:read'] });
        await u.send({ url: '/api/v1/me', key: far.secret });
        await u.app.uses.flush(u.app.database);
        const { text } = await u.send({ url: '/metrics', key: far.secret });
        const ofStatus = (status: string) => `{environment="production",status="${status}"}`;
        assert.deepEqual(seriesOf(text, 'keyward_keys'), {
          [ofStatus('active')]: 3,
          [ofStatus('inactive')]: 1,
          [ofStatus('expired')]: 1,
        });
        const here = '{environment="production"}';
        assert.deepEqual(seriesOf(text, 'keyward_keys_expiring_soon'), { [here]: 1 });
        assert.deepEqual(seriesOf(text, 'keyward_keys_unused'), { [here]: 1 });
      } finally {
        await u.close();
      }
    });

    const refused: [
      who: string,
      request: (key: TestKey) => Partial<TestRequest>,
      status: number,
      code: string,
    ][] = [
      ['nobody', () => ({}), 401, 'missing_key'],
      ['a key without the scope', ({ secret }) => ({ key: secret }), 403, 'insufficient_scope'],
      ['another token', () => ({ key: `${token}x` }), 401, 'malformed_key'],
      ['the token in the URL', () => ({ url: `/metrics?token=${token}` }), 401, 'missing_key'],
      ['the token as Basic', () => ({ headers: { authorization: `Basic ${token}` } }), 401, 'malformed_key'],
      ['the token elsewhere', () => ({ url: '/api/v1/me', key: token }), 401, 'malformed_key'],
    ];
    for (const [who, request, status, code] of refused) {
      test(`${who} is refused`, async () => {
        const key = await t.createKey({ scopes: ['knowledge:read'] });
        const answer = await t.send({ url: '/metrics', ...request(key) });
        assert.equal(answer.status, status);
        assert.equal(answer.body.code, code);
        assert.doesNotMatch(answer.text, /keyward_/);
        assert.ok(!answer.text.includes(token));
      });
    }
  });

  describe(`the metrics of the operator on ${kind}`, { skip }, () => {
    let t: Harness;
    before(async () => {
      t = await openHarness(kind, {
        settings: { KEYWARD_METRICS_TOKEN: token, KEYWARD_REQUEST_LOG: 'on' },
      });
    });
    after(() => t.close());

    test('with the token in the place of a key: the installation, without ids, paths, addresses or secrets', async () => {
      const key = await t.createKey({ scopes: ['knowledge:read'] });
      const path = '/api/v1/kb/articles/a-path-of-its-own';
      await t.send({ url: path, key: key.secret, ip: '198.51.100.77' });
      await t.send({ url: path, key: 'garbage' });
      await t.send({ url: '/nowhere/at-all' });
      await t.app.requestLog!.flush();
      const { status, text, headers } = await t.send({ url: '/metrics', key: token });
      assert.equal(status, 200);
      assert.equal(headers['x-ratelimit-limit'], undefined);
      const requests = seriesOf(text, 'keyward_http_requests_total');
      const labels = 'method="GET",route="/api/v1/kb/articles/{id}",status="4xx"';
      assert.equal(requests[`{${labels},outcome="not_found"}`], 1);
      assert.equal(requests[`{${labels},outcome="malformed_key"}`], 1);
      assert.equal(requests['{method="GET",route="none",status="4xx",outcome="not_found"}'], 1);
      const decisions = seriesOf(text, 'keyward_guard_decisions_total');
      assert.deepEqual(decisions, { '{decision="admitted"}': 1, '{decision="malformed_key"}': 1 });
      assert.equal(seriesOf(text, 'keyward_log_records_written_total')[''], 2);
      assert.equal(seriesOf(text, 'keyward_store_up')[''], 1);
      assert.ok(seriesOf(text, 'keyward_audit_entries_total')['']! > 0);
      const absent = [key.id, key.secret, key.secret.slice(0, 18), t.tenantId, token, 'garbage'];
      for (const part of [...absent, 'of-its-own', 'at-all', '198.51.100.77', t.directory]) {
        assert.ok(!text.includes(part), part);
      }
    });

    test('on a listener of its own, with the token where there is one', async () => {
      const listener = createMetricsListener(t.app, null).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      const authorization = `Bearer ${token}`;
      const ask = async (path: string, init?: RequestInit) => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
        return { status: answer.status, headers: answer.headers, text: await answer.text() };
      };
      try {
        for (const path of ['/metrics', '/readyz']) {
          const closed = await ask(path);
          assert.equal(closed.status, 401);
          assert.match(closed.headers.get('www-authenticate')!, /^Bearer /);
          assert.ok(!closed.text.includes(token));
          assert.equal((await ask(path, { headers: { authorization: 'Bearer nothing' } })).status, 401);
        }
        const metrics = await ask('/metrics?x=1', { headers: { authorization } });
        assert.equal(metrics.status, 200);
        assert.match(metrics.text, /^keyward_build_info\{/m);
        const ready = await ask('/readyz', { headers: { authorization } });
        assert.equal(JSON.parse(ready.text).checks.database.state, 'ok');
        assert.equal((await ask('/healthz')).status, 200);
        assert.equal((await ask('/api/v1/me', { headers: { authorization } })).status, 404);
        assert.equal((await ask('/metrics', { method: 'POST', headers: { authorization } })).status, 405);
      } finally {
        listener.closeAllConnections();
        listener.close();
      }
    });
  });
});

describe('the listener of a started server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-metrics-'));
  after(() => rmSync(directory, { recursive: true }));
  const start = (port: number) => {
    const env = { KEYWARD_DATA_DIR: directory, KEYWARD_PORT: '0', KEYWARD_METRICS_PORT: String(port) };
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const config = loadConfig({ ...env, KEYWARD_LOG_LEVEL: 'silent' });
    return { lines, running: startKeyward(config, { print, isInteractive: false }) };
  };

  test('is told, serves, and ends with the server; a port that is taken is named by its setting', async () => {
    const { lines, running } = start(0);
    const { metricsUrl, stop } = await running;
    assert.ok(lines.includes(`Metrics are on ${metricsUrl}/metrics.`));
    const answer = await fetch(`${metricsUrl}/metrics`);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /^process_start_time_seconds \d/m);
    await stop();
    await assert.rejects(fetch(`${metricsUrl}/metrics`));

    const taken = createNetServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      await assert.rejects(start((taken.address() as AddressInfo).port).running, (error: Error) => {
        assert.ok(error instanceof StartError);
        assert.match(error.message, /is in use: .* KEYWARD_METRICS_PORT/);
        return true;
      });
    } finally {
      taken.close();
    }
    // Nothing is left open: the same data can be used again.
    await (await start(0).running).stop();
  });
});

test('without a token nobody is the operator of the main port', async () => {
  const t = await openHarness('sqlite');
  try {
    for (const key of ['', 'null', 'undefined', 'Bearer']) {
      assert.equal((await t.send({ url: '/metrics', key })).status, 401);
    }
  } finally {
    await t.close();
  }
});

describe('the access log', () => {
  const lines = (t: Harness) =>
    t.logged.map((line) => JSON.parse(line)).filter(({ event }) => event === 'request');

  const table = [
    ['off', []],
    ['errors', [404, 400]],
    ['all', [200, 404, 400]],
  ] as const;
  for (const [setting, statuses] of table) {
    test(`${setting} has a line for ${statuses.join(', ') || 'nothing'}, without queries and secrets`, async () => {
      const t = await openHarness('sqlite', { settings: { KEYWARD_ACCESS_LOG: setting } });
      try {
        const key = await t.createKey({ scopes: ['knowledge:read'] });
        t.logged.length = 0;
        const ok = await t.send({ url: '/api/v1/kb/articles?q=words-of-a-person', key: key.secret });
        await t.send({ url: '/nothing?q=words-of-a-person' });
        await t.send({ url: `/api/v1/${key.secret}?q=words-of-a-person` });
        assert.deepEqual(
          lines(t).map(({ status }) => status),
          statuses,
        );
        const text = t.logged.join('');
        assert.ok(!text.includes(key.secret) && !text.includes('words-of-a-person'));
        if (setting !== 'all') return;
        const { durationMs, time, pid, hostname, ...line } = lines(t)[0]!;
        assert.ok(durationMs >= 0);
        assert.deepEqual(line, {
          level: 30,
          event: 'request',
          requestId: ok.headers['x-request-id'],
          method: 'GET',
          path: '/api/v1/kb/articles',
          route: '/api/v1/kb/articles',
          status: 200,
          code: null,
          ip: '203.0.113.7',
          tenantId: t.tenantId,
          environment: 'production',
          keyId: key.id,
          msg: 'A request was answered',
        });
      } finally {
        await t.close();
      }
    });
  }
});
