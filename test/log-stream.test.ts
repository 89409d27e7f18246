import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestKey } from './harness.ts';

const token = 'an-operators-token-that-is-long-enough';

interface StreamEvent {
  readonly id: string;
  readonly data: { readonly requestId: string; readonly path: string };
}

/** What a browser's EventSource would make of it. */
class Reader {
  readonly #answer: Response;
  readonly #chunks: AsyncIterator<string>;
  #text = '';

  constructor(answer: Response) {
    this.#answer = answer;
    this.#chunks = answer.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  }

  get answer(): Response {
    return this.#answer;
  }

  /** The next event; null when the stream has ended. */
  async next(): Promise<StreamEvent | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end === -1) {
        const { value, done } = await this.#chunks.next().catch(() => ({ value: undefined, done: true }));
        if (done) return null;
        this.#text += value;
        continue;
      }
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (block.startsWith(':')) continue;
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      assert.equal(fields.get('event'), 'request');
      return { id: fields.get('id')!, data: JSON.parse(fields.get('data')!) };
    }
  }
}

onEachDatabase((kind, skip) => {
  describe(`following the request log on ${kind}`, { skip, timeout: 30_000 }, () => {
    let harness: Harness;
    let origin: string;
    let reader: TestKey;
    let app: TestKey;
    const ending = new AbortController();

    before(async () => {
      harness = await openHarness(kind, {
        settings: { KEYWARD_REQUEST_LOG: 'on', KEYWARD_METRICS_TOKEN: token },
      });
      await harness.server.listen({ port: 0, host: '127.0.0.1' });
      origin = `http://127.0.0.1:${(harness.server.server.address() as AddressInfo).port}`;
      reader = await harness.createKey({ name: 'tail', scopes: ['logs:read', 'api_keys:write'] });
      app = await harness.createKey({ name: 'billing-sync', scopes: ['knowledge:read'] });
    });
    after(async () => {
      ending.abort();
      await harness.close();
    });

    const follow = async (query = '', headers: Record<string, string> = {}, key = reader) =>
      new Reader(
        await fetch(`${origin}/api/v1/logs/stream${query}`, {
          headers: { authorization: `Bearer ${key.secret}`, ...headers },
          signal: ending.signal,
        }),
      );
    const use = (url = '/api/v1/kb/tags') => harness.send({ url, key: app.secret });

    test('tells each request that passes the filters once, soon after its answer', async () => {
      const stream = await follow(`?keyId=${app.id}&statusClass=4xx`);
      assert.equal(stream.answer.status, 200);
      assert.equal(stream.answer.headers.get('content-type'), 'text/event-stream');
      const expected: string[] = [];
      for (let i = 0; i < 4; i++) {
        await use();
        const refused = await use('/api/v1/kb/articles/none');
        expected.push(refused.body.requestId);
      }
      for (const requestId of expected) assert.equal((await stream.next())?.data.requestId, requestId);
    });

    test('who comes back with the last id misses nothing and hears nothing twice', async () => {
      const first = await follow(`?keyId=${app.id}`);
      const before = await use();
      const heard = await first.next();
      assert.equal(heard!.data.requestId, before.headers['x-request-id']);
      const missed = [await use(), await use('/api/v1/kb/categories')];
      await harness.app.requestLog!.flush();
      const second = await follow(`?keyId=${app.id}`, { 'last-event-id': heard!.id });
      for (const answer of missed) {
        assert.equal((await second.next())?.data.requestId, answer.headers['x-request-id']);
      }
      const refused = await follow('', { 'last-event-id': 'x' });
      assert.equal(refused.answer.status, 400);
    });

    test('how long somebody listens is no latency', async () => {
      const listener = await harness.createKey({ name: 'patient', scopes: ['logs:read', 'analytics:read'] });
      const listening = new AbortController();
      const answer = await fetch(`${origin}/api/v1/logs/stream?keyId=${app.id}`, {
        headers: { authorization: `Bearer ${listener.secret}` },
        signal: listening.signal,
      });
      await answer.body!.getReader().read();
      await delay(1_500);
      listening.abort();
      const requestId = answer.headers.get('x-request-id');
      const find = () => harness.send({ url: `/api/v1/logs/${requestId}`, key: listener.secret });
      let entry = await find();
      for (; entry.status === 404; entry = await find()) await harness.app.requestLog!.flush();
      assert.ok(entry.body.durationMs < 1_000, String(entry.body.durationMs));
      await harness.app.requestLog!.flush();
      const usage = await harness.send({
        url: `/api/v1/api-keys/${listener.id}/usage?interval=day`,
        cookie: harness.owner.cookie,
      });
      const ofStream = usage.body.byEndpoint.find(
        ({ route }: { route: string }) => route === '/api/v1/logs/stream',
      );
      assert.equal(ofStream.total, 1);
      assert.ok(usage.body.latency.p99Ms < 1_000);
      const { text } = await harness.send({ url: '/metrics', key: token });
      const bucket = 'keyward_http_request_duration_seconds_bucket{method="GET",route="/api/v1/logs/stream"';
      const counts = ['1.0', '+Inf'].map((le) => text.split(`${bucket},le="${le}"} `)[1]!.split('\n', 1)[0]);
      assert.equal(counts[0], counts[1]);
    });

    test('ends within a second of the revocation of the key that reads', async () => {
      const key = await harness.createKey({ name: 'revoked soon', scopes: ['logs:read'] });
      const stream = await follow(`?keyId=${app.id}`, {}, key);
      await use();
      assert.notEqual(await stream.next(), null);
      await harness.send({
        url: `/api/v1/api-keys/${key.id}/revoke`,
        cookie: harness.owner.cookie,
        body: {},
      });
      const revokedAt = performance.now();
      assert.equal(await stream.next(), null);
      assert.ok(performance.now() - revokedAt < 1_000);
    });
  });
});
