import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../src/config.ts';
import { StartError } from '../../src/errors.ts';
import { onEachDatabase } from '../databases.ts';
import { init, newInstallation, owner, startServer } from '../faults/process.ts';
import { type Harness, hostOf, openHarness, password, type TestKey, type TestRequest } from '../harness.ts';
import { type Collector, openCollector, type ReceivedSpan } from '../otlp.ts';

const theirTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const theirSpan = '00f067aa0ba902b7';
const traceparent = `00-${theirTrace}-${theirSpan}-01`;

onEachDatabase((kind, skip) => {
  describe(`traces on ${kind}`, { skip, timeout: 60_000 }, () => {
    let t: Harness;
    let collector: Collector;
    let key: TestKey;
    let port: number;
    before(async () => {
      collector = await openCollector();
      t = await openHarness(kind, {
        settings: {
          KEYWARD_REQUEST_LOG: 'on',
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_EXPORTER_OTLP_HEADERS: 'x-team=ops,x-note=a%20b',
          OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
          OTEL_BSP_SCHEDULE_DELAY: '20',
        },
      });
      key = await t.createKey({ scopes: ['knowledge:write', 'logs:read', 'bulk:write', 'jobs:read'] });
      await t.server.listen({ port: 0, host: '127.0.0.1' });
      port = (t.server.server.address() as AddressInfo).port;
    });
    after(async () => {
      await t.close();
      await collector.close();
    });

    /** The span of a request; its children are sent before it, or with it. */
    const spanOf = (requestId: string | undefined) =>
      collector.find(({ attributes }) => attributes['keyward.request.id'] === requestId);
    const childrenOf = ({ spanId }: ReceivedSpan) =>
      collector.spans.filter(({ parentSpanId }) => parentSpanId === spanId);

    test('a request is one span, under the one of its caller, with what it was and who made it', async () => {
      const answer = await t.send({
        url: '/api/v1/kb/articles/art_none?q=words',
        key: key.secret,
        headers: { traceparent, tracestate: 'vendor=1', 'user-agent': 'sync/2.0' },
      });
      const span = await spanOf(answer.headers['x-request-id']);
      assert.deepEqual([span.traceId, span.parentSpanId], [theirTrace, theirSpan]);
      assert.equal(span.traceState, 'vendor=1');
      assert.deepEqual(
        [span.name, span.kind, span.isError],
        ['GET /api/v1/kb/articles/{id}', 'server', false],
      );
      assert.ok(span.endMs > span.startMs && Math.abs(Date.now() - span.endMs) < 60_000);
      assert.deepEqual(span.attributes, {
        'http.request.method': 'GET',
        'url.scheme': 'http',
        'url.path': '/api/v1/kb/articles/art_none',
        'server.address': 'localhost',
        'network.protocol.version': '1.1',
        'user_agent.original': 'sync/2.0',
        'http.route': '/api/v1/kb/articles/{id}',
        'http.response.status_code': 404,
        'http.response.body.size': answer.text.length,
        'client.address': '203.0.113.7',
        'keyward.request.id': answer.headers['x-request-id'],
        'keyward.environment': 'production',
        'keyward.tenant.id': t.tenantId,
        'keyward.key.id': key.id,
        'keyward.code': 'not_found',
      });
      const { resource } = span;
      assert.deepEqual(
        [resource['service.name'], resource['deployment.environment.name'], resource['telemetry.sdk.name']],
        ['keyward', 'test', 'opentelemetry'],
      );
      const [first] = collector.requests;
      assert.equal(first!.path, 'POST /v1/traces');
      assert.deepEqual([first!.headers['x-team'], first!.headers['x-note']], ['ops', 'a b']);
    });

    test('the decision of the guard, a transaction and the queries in it are its children', async () => {
      const made = await t.send({
        url: '/api/v1/kb/categories',
        key: key.secret,
        body: { title: 'Billing' },
      });
      assert.equal(made.status, 201, made.text);
      const span = await spanOf(made.headers['x-request-id']);
      assert.equal(span.parentSpanId, '');
      const children = childrenOf(span);
      assert.ok(children.every(({ traceId }) => traceId === span.traceId));
      const guard = children.find(({ name }) => name === 'guard');
      assert.deepEqual(guard?.attributes, { 'keyward.decision': 'admitted' });
      const transaction = children.find(({ name }) => name === 'transaction');
      assert.equal(transaction?.kind, 'internal');
      const insert = childrenOf(transaction!).find(({ attributes }) =>
        /^insert into "?kb_categories/.test(String(attributes['db.query.text'])),
      );
      assert.deepEqual([insert?.name, insert?.kind], ['INSERT', 'client']);
      assert.equal(insert?.attributes['db.system.name'], kind === 'sqlite' ? 'sqlite' : 'postgresql');
      assert.ok(!String(insert?.attributes['db.query.text']).includes('Billing'));
      assert.ok(insert!.startMs >= span.startMs - 2 && insert!.endMs <= span.endMs + 2);
    });

    test('a refusal names its code, and is no error of ours', async () => {
      const refused = await t.send({ url: '/api/v1/kb/tags', key: `${key.secret}x`, method: 'GET' });
      assert.equal(refused.status, 401);
      const span = await spanOf(refused.body.requestId);
      assert.equal(span.attributes['keyward.code'], 'malformed_key');
      assert.equal(span.attributes['keyward.key.id'], undefined);
      assert.equal(span.isError, false);
      const [guard] = childrenOf(span).filter(({ name }) => name === 'guard');
      assert.deepEqual(guard?.attributes, { 'keyward.decision': 'malformed_key' });
    });

    test('what goes wrong with us is an error, named by its code', async () => {
      const { read } = t.app.database;
      Object.assign(t.app.database, { read: null });
      const failed = await t.send({ url: '/api/v1/kb/tags', key: key.secret });
      Object.assign(t.app.database, { read });
      assert.equal(failed.status, 500);
      const span = await spanOf(failed.body.requestId);
      assert.equal(span.isError, true);
      assert.equal(span.attributes['error.type'], 'internal_error');
    });

    test('a person has a tenant and no key, and another environment is told', async () => {
      const answer = await t.send({
        url: '/api/v1/kb/tags',
        cookie: t.owner.cookie,
        host: hostOf('sandbox'),
      });
      const { attributes } = await spanOf(answer.headers['x-request-id']);
      assert.equal(attributes['keyward.tenant.id'], t.tenantId);
      assert.equal(attributes['keyward.key.id'], undefined);
      assert.equal(attributes['keyward.environment'], 'sandbox');
    });

    test('where there is no route the name has no path, and an unknown method no word of the caller', async () => {
      const nowhere = await t.send({ url: '/nowhere/at-all' });
      assert.equal((await spanOf(nowhere.body.requestId)).name, 'GET');
      const odd = await t.send({ url: '/api/v1/me', method: 'PROPFIND' });
      const span = await spanOf(odd.body.requestId);
      assert.deepEqual([span.name, span.attributes['http.request.method']], ['HTTP', '_OTHER']);
    });

    test('a query of the request log is a child of the request that waits for it', async () => {
      const answer = await t.send({ url: '/api/v1/logs', key: key.secret });
      const span = await spanOf(answer.headers['x-request-id']);
      assert.ok(childrenOf(span).some(({ name }) => name === 'request log logPage'));
    });

    test('each step of a job is a trace of its own', async () => {
      const started = await t.send({
        url: '/api/v1/kb/import',
        key: key.secret,
        body: '{"title":"One","content":"1"}\n',
        headers: { 'content-type': 'application/x-ndjson', traceparent },
      });
      assert.equal(started.status, 202, started.text);
      t.app.jobs.start();
      const step = await collector.find(({ attributes }) => attributes['keyward.job.id'] === started.body.id);
      assert.deepEqual([step.name, step.kind, step.parentSpanId], ['job kb.import', 'consumer', '']);
      assert.notEqual(step.traceId, theirTrace);
      assert.ok(childrenOf(step).some(({ name }) => name === 'transaction'));
      await t.app.jobs.stop();
    });

    test('no secret is ever in what is sent, wherever a request puts it', async () => {
      const { secret } = key;
      const places: TestRequest[] = [
        { url: `/api/v1/kb/tags?key=${secret}` },
        { url: `/api/v1/kb/articles/${secret}` },
        { url: '/api/v1/kb/tags', headers: { 'user-agent': `x ${secret}` } },
        { url: '/api/v1/kb/tags', headers: { 'x-request-id': secret } },
        { url: '/api/v1/kb/tags', headers: { traceparent, tracestate: `vendor=${secret}` } },
        { url: '/api/v1/kb/tags', headers: { traceparent: secret } },
        { url: '/api/v1/kb/tags', host: `${secret}.localhost` },
        { url: '/api/v1/kb/tags', body: { name: secret } },
        { url: '/api/auth/sign-in/email', body: { email: 'owner@example.com', password } },
      ];
      const answers = await Promise.all(places.map((place) => t.send({ key: secret, ...place })));
      for (const { headers } of answers) await spanOf(headers['x-request-id']);
      const sent = Buffer.concat([...collector.bodies]).toString('latin1');
      assert.ok(sent.includes('/api/v1/kb/tags'));
      const [session] = t.owner.cookie.split('=').slice(-1);
      for (const part of [secret, secret.slice(0, 24), secret.slice(20), session!, password]) {
        assert.ok(!sent.includes(part), part.slice(0, 8));
      }
    });

    test('who hangs up before the answer leaves a span that says so', async () => {
      const socket = connect(port, '127.0.0.1');
      const head = [
        'POST /api/v1/kb/tags HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${key.secret}`,
      ];
      socket.write(`${head.join('\r\n')}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`);
      await once(socket, 'connect');
      const guarded = once(t.server.server, 'request');
      await guarded;
      socket.destroy();
      const span = await collector.find(
        ({ attributes }) => attributes['error.type'] === 'client_disconnected',
      );
      assert.deepEqual([span.name, span.isError], ['POST', false]);
      assert.equal(span.attributes['http.response.status_code'], undefined);
    });

    test('a stream is a span from its request to its end', async () => {
      const ending = new AbortController();
      const stream = await fetch(`http://127.0.0.1:${port}/api/v1/logs/stream`, {
        headers: { authorization: `Bearer ${key.secret}` },
        signal: ending.signal,
      });
      await stream.body!.getReader().read();
      ending.abort();
      const span = await spanOf(stream.headers.get('x-request-id')!);
      assert.equal(span.attributes['http.response.status_code'], 200);
      assert.equal(span.attributes['error.type'], undefined);
    });
  });
});

describe('traces of a server', { timeout: 60_000 }, () => {
  async function open(t: TestContext) {
    const installation = await newInstallation('sqlite');
    t.after(() => installation.remove());
    return { installation, first: await init(installation) };
  }

  test('what was made before SIGTERM is sent, and lines of the log name its trace', async (t) => {
    const { installation, first } = await open(t);
    const collector = await openCollector();
    t.after(() => collector.close());
    const server = await startServer(installation, {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/custom`,
      OTEL_SERVICE_NAME: 'keys',
      KEYWARD_ACCESS_LOG: 'all',
    });
    const asked = { headers: { authorization: `Bearer ${first.secret}`, traceparent } };
    const answer = await fetch(`${server.url}/api/v1/me`, asked);
    assert.equal(answer.status, 200);
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
    assert.ok(server.output.includes(`Traces go to ${collector.url}/custom.`));
    const requestId = answer.headers.get('x-request-id');
    const span = collector.spans.find(({ attributes }) => attributes['keyward.request.id'] === requestId);
    assert.equal(span?.resource['service.name'], 'keys');
    assert.equal(collector.requests[0]!.path, 'POST /custom');
    const log = server.errors.join('').split('\n');
    const lines = log.filter((line) => line.includes(requestId!));
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ trace_id, span_id }) => [trace_id, span_id]),
      [[theirTrace, span!.spanId]],
    );
  });

  for (const [what, isHanging] of [
    ['is away', false],
    ['never answers', true],
  ] as const) {
    test(`where the collector ${what} requests are served, and the stop is not held up`, async (t) => {
      const { installation, first } = await open(t);
      const deaf = createServer().listen(0, '127.0.0.1');
      await once(deaf, 'listening');
      const { port } = deaf.address() as AddressInfo;
      t.after(() => deaf.close());
      if (!isHanging) deaf.close();
      const server = await startServer(installation, {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      });
      for (let i = 0; i < 20; i++) {
        const headers = { authorization: `Bearer ${first.secret}` };
        assert.equal((await fetch(`${server.url}/api/v1/me`, { headers })).status, 200);
      }
      const signaledAt = performance.now();
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
      assert.ok(performance.now() - signaledAt < 8_000);
    });
  }

  test('a collector that refuses is told of once, and once when it takes them again', async (t) => {
    const collector = await openCollector();
    const harness = await openHarness('sqlite', {
      settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '20' },
    });
    t.after(async () => {
      await harness.close();
      await collector.close();
    });
    const events = () => harness.logged.map((line) => JSON.parse(line).event);
    const ask = () => harness.send({ url: '/healthz' });
    const until = async (isTrue: () => boolean) => {
      while (!isTrue()) await delay(20);
    };
    collector.answer(400);
    await ask();
    await until(() => events().includes('traces.failing'));
    await ask();
    await until(() => collector.bodies.length > 1);
    collector.answer(200);
    const { headers } = await ask();
    await collector.find(({ attributes }) => attributes['keyward.request.id'] === headers['x-request-id']);
    await until(() => events().includes('traces.sent'));
    assert.deepEqual(
      events().filter((event) => String(event).startsWith('traces.')),
      ['traces.failing', 'traces.sent'],
    );
  });

  test('the sampler says which requests are traced, with or without the choice of the caller', async (t) => {
    const collector = await openCollector();
    t.after(() => collector.close());
    const traced = async (sampler: string) => {
      const harness = await openHarness('sqlite', {
        settings: {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_TRACES_SAMPLER: sampler,
          OTEL_TRACES_SAMPLER_ARG: '0',
        },
      });
      const own = await harness.send({ url: '/healthz' });
      const asked = await harness.send({ url: '/healthz', headers: { traceparent } });
      await harness.close();
      const ids = collector.spans.map(({ attributes }) => attributes['keyward.request.id']);
      return [own, asked].map(({ headers }) => ids.includes(headers['x-request-id']!));
    };
    assert.deepEqual(await traced('parentbased_traceidratio'), [false, true]);
    assert.deepEqual(await traced('traceidratio'), [false, false]);
    assert.deepEqual(await traced('always_on'), [true, true]);
  });

  test('nothing of OpenTelemetry is loaded where traces are off', async (t) => {
    const { installation, first } = await open(t);
    const coverage = mkdtempSync(join(tmpdir(), 'keyward-modules-'));
    t.after(() => rmSync(coverage, { recursive: true, force: true }));
    const server = await startServer(installation, {
      NODE_V8_COVERAGE: coverage,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_SDK_DISABLED: 'true',
      // Another program's: nobody asks whether we know it.
      OTEL_TRACES_SAMPLER: 'xray',
    });
    const key = { authorization: `Bearer ${first.secret}` };
    assert.equal((await fetch(`${server.url}/api/v1/kb/tags`, { headers: key })).status, 200);
    const signedIn = await fetch(`${server.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(owner),
    });
    assert.equal(signedIn.status, 200);
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
    const files = readdirSync(coverage).map((name) => readFileSync(join(coverage, name), 'utf8'));
    const urls = files.flatMap((text) =>
      (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
    );
    assert.ok(urls.some((url) => url.endsWith('/src/http/server.ts')));
    // better-auth takes names of attributes from the last of these.
    const loaded = urls.filter((url) =>
      /\/src\/tracing\/|\/@opentelemetry\/(?!semantic-conventions)/.test(url),
    );
    assert.deepEqual(loaded, []);
  });
});

test('settings of traces that cannot be used are named at the start, without their secrets', () => {
  const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318/' };
  assert.equal(loadConfig({}).traces, null);
  assert.equal(loadConfig({ ...base, OTEL_SDK_DISABLED: 'TRUE' }).traces, null);
  assert.equal(loadConfig(base).traces?.url, 'http://localhost:4318/v1/traces');
  const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
  assert.equal(loadConfig({ ...base, ...ratio }).traces?.ratio, 0.25);
  for (const [settings, expected] of [
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' }, /OTEL_EXPORTER_OTLP_ENDPOINT is not an http/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:hunter2@localhost' }, /OTEL_EXPORTER_OTLP_ENDPOINT is not/],
    [{ ...base, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /this version sends http\/protobuf/],
    [{ ...base, OTEL_EXPORTER_OTLP_HEADERS: 'hunter2' }, /OTEL_EXPORTER_OTLP_HEADERS is not a list/],
    [{ ...base, OTEL_EXPORTER_OTLP_HEADERS: 'a=%hunter2' }, /OTEL_EXPORTER_OTLP_HEADERS has a value/],
    [{ ...base, OTEL_TRACES_SAMPLER: 'xray' }, /OTEL_TRACES_SAMPLER is none of always_on/],
    [{ ...base, OTEL_TRACES_SAMPLER_ARG: '2' }, /OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1/],
    [{ ...base, OTEL_BSP_SCHEDULE_DELAY: '0' }, /OTEL_BSP_SCHEDULE_DELAY is not a whole number/],
  ] as const) {
    assert.throws(
      () => loadConfig(settings),
      (error: unknown) =>
        error instanceof StartError && expected.test(error.message) && !error.message.includes('hunter2'),
    );
  }
});
