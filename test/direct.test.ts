import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createSecret } from '../src/core/secret.ts';
import { type Harness, openHarness, type TestKey } from './harness.ts';
import { type RawAnswer, RawConnection, type RawRequest, requestText } from './raw-http.ts';

const verify = '/api/v1/api-keys/verify';
const categories = '/api/v1/kb/categories';

/** One way through the server, with keys of its own that are like those of the other way. */
interface Way {
  readonly name: 'way1' | 'way2';
  readonly headers: Readonly<Record<string, string>>;
  readonly caller: TestKey;
  readonly asked: TestKey;
  readonly elsewhere: TestKey;
}

interface Case {
  readonly title: string;
  readonly request: (way: Way) => RawRequest;
}

const post = (path: string, body: (way: Way) => string, headers: Record<string, string> = {}) => {
  return (way: Way) => ({ method: 'POST', path, key: way.caller.secret, headers, body: body(way) });
};
const asking = (more: object = {}) =>
  post(verify, ({ asked }) => JSON.stringify({ key: asked.secret, ...more }));
const raw = (body: string, headers: Record<string, string> = {}) => post(verify, () => body, headers);
const random = createSecret('sa', 'production').secret;

const cases: readonly Case[] = [
  { title: 'a valid key', request: asking() },
  { title: 'scopes that it has and one that it lacks', request: asking({ scopes: ['knowledge:read'] }) },
  { title: 'a scope that it lacks', request: asking({ scopes: ['licenses:write'] }) },
  { title: 'a cost', request: asking({ cost: 3 }) },
  { title: 'a cost beyond the limit', request: asking({ cost: 1_000_000 }) },
  { title: 'an address', request: asking({ ip: '203.0.113.9' }) },
  { title: 'an address that is none', request: asking({ ip: 'nowhere' }) },
  { title: 'a dry run', request: asking({ dryRun: true, scopes: ['knowledge:read'] }) },
  { title: 'another environment', request: asking({ environment: 'sandbox' }) },
  { title: 'a field that is not known', request: asking({ surprise: 1 }) },
  { title: 'a field of a wrong type', request: asking({ scopes: 'knowledge:read' }) },
  {
    title: 'a key of another environment',
    request: post(verify, (way) => `{"key":"${way.elsewhere.secret}"}`),
  },
  { title: 'an unknown key', request: raw(`{"key":"${random}"}`) },
  { title: 'a malformed key', request: raw('{"key":"sa_live_short"}') },
  { title: 'text that is not JSON', request: raw('{"key":') },
  { title: 'a list', request: raw('[]') },
  { title: 'null', request: raw('null') },
  { title: 'too many levels', request: raw('['.repeat(200)) },
  { title: '__proto__', request: raw('{"key":"a","__proto__":{"polluted":1}}') },
  { title: 'half of a surrogate pair', request: raw('{"key":"\\ud800"}') },
  { title: 'bytes that are not UTF-8', request: raw('{"key":"\xff"}', { 'content-length': '11' }) },
  { title: 'an empty body', request: raw('') },
  { title: 'a body beyond the limit', request: raw(`"${'a'.repeat(2_000)}"`) },
  { title: 'a body of just the limit', request: raw(`"${'a'.repeat(1_022)}"`) },
  { title: 'another media type', request: raw('{}', { 'content-type': 'text/plain' }) },
  { title: 'no media type', request: raw('{}', { 'content-type': '' }) },
  { title: 'a media type that is none', request: raw('{}', { 'content-type': 'json' }) },
  { title: 'a charset', request: raw('{}', { 'content-type': 'application/json; charset=utf-8' }) },
  { title: 'another charset', request: raw('{}', { 'content-type': 'application/json; charset=latin1' }) },
  { title: 'a type in capitals', request: raw('{}', { 'content-type': 'Application/JSON' }) },
  { title: 'a request id of the client', request: raw('{}', { 'x-request-id': 'mine-1' }) },
  { title: 'an origin', request: raw('{}', { origin: 'https://console.example' }) },
  { title: 'a credential of nobody', request: () => ({ method: 'POST', path: verify, body: '{}' }) },
  {
    title: 'a key without the scope',
    request: ({ asked }) => ({ method: 'POST', path: verify, key: asked.secret, body: '{}' }),
  },
  { title: 'a list of items', request: ({ caller }) => ({ path: categories, key: caller.secret }) },
  {
    title: 'a query that is wrong',
    request: ({ caller }) => ({ path: `${categories}?limit=0`, key: caller.secret }),
  },
  {
    title: 'HEAD',
    request: ({ caller }) => ({ method: 'HEAD', path: categories, key: caller.secret }),
  },
  {
    title: 'GET with a body',
    request: ({ caller }) => ({ path: categories, key: caller.secret, body: '{}' }),
  },
  {
    title: 'an item that is not there',
    request: ({ caller }) => ({ path: `${categories}/cat_nothing`, key: caller.secret }),
  },
  { title: 'a new item', request: post(categories, ({ name }) => `{"title":"${name}"}`) },
  {
    title: 'an idempotency key',
    request: post(categories, ({ name }) => `{"title":"Once ${name}"}`, { 'idempotency-key': 'one' }),
  },
  {
    title: 'a merge patch',
    request: ({ caller }) => ({
      method: 'PATCH',
      path: `${categories}/cat_nothing`,
      key: caller.secret,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"title":"New"}',
    }),
  },
  {
    title: 'DELETE',
    request: ({ caller }) => ({ method: 'DELETE', path: `${categories}/cat_nothing`, key: caller.secret }),
  },
  {
    title: 'a method that is not allowed',
    request: ({ caller }) => ({ method: 'DELETE', path: verify, key: caller.secret }),
  },
  {
    title: 'a preflight',
    request: () => ({ method: 'OPTIONS', path: verify, headers: { origin: 'https://console.example' } }),
  },
  { title: 'a path that is not there', request: () => ({ path: '/api/v1/nothing' }) },
  { title: 'a page', request: () => ({ path: '/docs/errors' }) },
];

/** What must be alike: all but ids that are drawn, and the date. */
function comparable(answer: RawAnswer | null, way: Way): string {
  assert.ok(answer, 'no answer');
  const { date: _date, ...headers } = answer.headers;
  let text = JSON.stringify([answer.status, headers, answer.text]);
  for (const name of ['caller', 'asked', 'elsewhere'] as const) {
    text = text.replaceAll(way[name].id, `<${name}>`);
  }
  text = text.replaceAll(way.name, '<way>');
  return text.replaceAll(/\breq_[0-9A-Za-z]+/g, '<request>').replaceAll(/\bcat_[0-9A-Z]\w+/g, '<category>');
}

describe('a request that skips the steps of Fastify', () => {
  let t: Harness;
  let port: number;

  async function wayWith(name: Way['name'], headers: Way['headers']): Promise<Way> {
    const limits = { perMinute: 1_000, burst: 0, perDay: 10_000 };
    const scopes = ['api_keys:verify', 'knowledge:write'];
    const caller = await t.createKey({ name: 'Caller — test', scopes, rateLimit: limits });
    const asked = await t.createKey({ name: 'Asked "—" test', scopes: ['knowledge:read'] });
    const elsewhere = await t.createKey({ name: 'Elsewhere — test', environment: 'staging' });
    return { name, headers, caller, asked, elsewhere };
  }

  async function ask({ request }: Case, way: Way): Promise<string> {
    const asked = request(way);
    const text = requestText({ ...asked, headers: { ...asked.headers, ...way.headers } });
    const connection = await RawConnection.open({ port });
    connection.write(text);
    const answer = await connection.answer({ isHead: asked.method === 'HEAD' });
    connection.destroy();
    return comparable(answer, way);
  }

  before(async () => {
    const settings = {
      KEYWARD_BODY_LIMIT_BYTES: '1024',
      KEYWARD_CORS_ORIGINS: 'https://console.example',
      KEYWARD_REFUSALS_PER_MINUTE: '100000',
    };
    t = await openHarness('sqlite', { settings });
    await t.server.listen({ port: 0, host: '127.0.0.1' });
    port = (t.server.server.address() as AddressInfo).port;
  });
  after(() => t.close());

  test('is answered to the byte as one that does not', async () => {
    const direct = await wayWith('way1', {});
    // An expectation that nobody knows is ignored, and is unusual enough to take the long way.
    const long = await wayWith('way2', { expect: 'nothing' });
    for (const one of cases) assert.equal(await ask(one, direct), await ask(one, long), one.title);
  });

  test('may come in pieces', async () => {
    const way = await wayWith('way1', {});
    const connection = await RawConnection.open({ port });
    const text = requestText(asking()(way));
    for (const [from, to] of [
      [0, -30],
      [-30, -12],
      [-12, text.length],
    ]) {
      connection.write(text.slice(from, to));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answer = await connection.answer();
    assert.equal(answer?.status, 200);
    assert.equal(answer.body.keyId, way.asked.id);
    connection.destroy();
  });

  test('is answered in its turn when many come at once', async () => {
    const way = await wayWith('way1', {});
    const connection = await RawConnection.open({ port });
    const list = { path: categories, key: way.caller.secret };
    connection.write([asking()(way), list, raw('[]')(way), asking()(way)].map(requestText).join(''));
    const statuses: (number | undefined)[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await connection.answer())?.status);
    assert.deepEqual(statuses, [200, 200, 400, 200]);
    connection.destroy();
  });

  test('is forgotten when its client hangs up in the middle of the body', async () => {
    const way = await wayWith('way1', {});
    const connection = await RawConnection.open({ port });
    const begun = once(t.server.server, 'request') as Promise<[IncomingMessage]>;
    connection.write(requestText(asking()(way)).slice(0, -5));
    const [request] = await begun;
    const closed = new Promise((resolve) => request.once('close', resolve));
    connection.destroy();
    await closed;
    assert.match(await ask({ title: '', request: asking() }, way), /^\[200,/);
  });
});
