import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { loadConfig } from '../src/config.ts';
import { createSecret } from '../src/core/secret.ts';
import { errorTable } from '../src/errors.ts';
import { type Running, startKeyward } from '../src/main.ts';
import { createKey } from '../src/services/keys/create.ts';
import { makeCertificate } from './certificate.ts';
import { type RawAnswer, RawConnection, type RawRequest, requestText } from './raw-http.ts';

const path = '/api/v1/kb/categories';
const host = 'Host: localhost\r\n';
const megabyte = 1_048_576;

interface Server {
  readonly running: Running;
  readonly port: number;
  readonly key: string;
  readonly directory: string;
}

async function start(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-test-'));
  const env = { KEYWARD_DATA_DIR: directory, KEYWARD_PORT: '0', KEYWARD_REFUSALS_PER_MINUTE: '100000' };
  const config = loadConfig({ ...env, ...settings });
  const running = await startKeyward(config, { print: () => {}, isInteractive: false });
  const { app } = running.composed;
  const { tenantId } = await app.people.createOwner({
    email: 'owner@example.com',
    password: 'correct horse',
  });
  const caller = { kind: 'system', id: 'test' } as const;
  const ctx = { tenantId, environment: 'production', requestId: null, ip: null, caller } as const;
  const rateLimit = { perMinute: 1_000_000, burst: 0, perDay: 1_000_000_000 };
  const { secret } = await createKey(app, ctx, {
    name: 'Sockets — test',
    scopes: ['knowledge:write', 'bulk:write'],
    rateLimit,
  });
  return { running, port: Number(new URL(running.url).port), key: secret, directory };
}

function checkProblem(answer: RawAnswer | null, status: number, code: string, what: string): void {
  assert.ok(answer, `${what}: no answer`);
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8', what);
  assert.equal(answer.body.code, code, what);
  assert.equal(answer.body.status, status, what);
  assert.equal(answer.body.title, errorTable[code as keyof typeof errorTable][1], what);
  assert.match(answer.body.detail, /^[A-Z].*\.$/, what);
  assert.equal(answer.body.requestId, answer.headers['x-request-id'], what);
  assert.equal(answer.headers['cache-control'], 'no-store', what);
}

describe('over TCP', () => {
  let server: Server;
  const stderr = mock.method(process.stderr, 'write');

  before(async () => {
    server = await start();
  });

  after(async () => {
    const said = stderr.mock.calls
      .map((call) => String(call.arguments[0]))
      .filter((line) => /"level":[56]0/.test(line));
    stderr.mock.restore();
    for (const connection of opened) connection.destroy();
    await server.running.stop();
    rmSync(server.directory, { recursive: true });
    assert.deepEqual(said, [], 'nothing that a stranger does is an error of ours');
  });

  const opened: RawConnection[] = [];
  const open = async (allowHalfOpen = false) => {
    const connection = await RawConnection.open({ port: server.port, allowHalfOpen });
    opened.push(connection);
    return connection;
  };
  const authorization = () => `Authorization: Bearer ${server.key}\r\n`;
  const write = (text: string) => requestText({ method: 'POST', key: server.key, body: text });
  const head = (line: string, ...lines: string[]) =>
    `${[line, ...lines].map((l) => `${l}\r\n`).join('')}\r\n`;

  const isServed = async () => {
    const connection = await open();
    connection.write(requestText({ key: server.key }));
    assert.equal((await connection.answer())?.status, 200);
    connection.destroy();
  };

  /** One broken request, its answer, and the end of the connection; null where it ends without a word. */
  const refusedWith = async (bytes: string | Buffer) => {
    const connection = await open();
    connection.write(bytes);
    const answer = await connection.answer();
    await connection.closed;
    assert.equal(connection.rest, '', 'one answer and no more');
    connection.destroy();
    return answer;
  };

  test('what is not HTTP/1.1, or could be read in two ways, is a 400 problem and the end of the connection', async () => {
    const body = 'Content-Type: application/json\r\n';
    const post = `POST ${path} HTTP/1.1\r\n${host}${authorization()}${body}`;
    const get = `GET ${path} HTTP/1.1\r\n${host}${authorization()}`;
    const cases: Record<string, string | Buffer> = {
      'two Host headers': `${get}${host}\r\n`,
      'two Host headers that differ': `${get}Host: sandbox.localhost\r\n\r\n`,
      'two Authorization headers': `${get}${authorization()}\r\n`,
      'no Host header': head(`GET ${path} HTTP/1.1`, authorization().trim()),
      'a word': 'HELLO\r\n\r\n',
      'an unknown method': `FOO ${path} HTTP/1.1\r\n${host}\r\n`,
      'a method in lower case': `get ${path} HTTP/1.1\r\n${host}\r\n`,
      'HTTP/0.9': `GET ${path}\r\n\r\n`,
      'HTTP/1.2': `GET ${path} HTTP/1.2\r\n${host}\r\n`,
      'HTTP/9.9': `GET ${path} HTTP/9.9\r\n${host}\r\n`,
      'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'a TLS handshake': Buffer.from('16030100f4010000f00303', 'hex'),
      'NUL in a header': `${get}X-Nothing: a\0b\r\n\r\n`,
      'NUL in a credential': `GET ${path} HTTP/1.1\r\n${host}Authorization: Bearer a\0b\r\n\r\n`,
      'bare LF everywhere': `GET ${path} HTTP/1.1\n${host}\n`,
      'a bare LF': `GET ${path} HTTP/1.1\r\nHost: localhost\n${authorization()}\r\n`,
      'a bare CR': `GET ${path} HTTP/1.1\r\nHost: localhost\rX-Nothing: 1\r\n\r\n`,
      'a folded header': `${get}X-Nothing: a\r\n b\r\n\r\n`,
      'a blank before the colon': `GET ${path} HTTP/1.1\r\nHost : localhost\r\n\r\n`,
      'a header without a name': `${get}: x\r\n\r\n`,
      'Content-Length and Transfer-Encoding': `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'Transfer-Encoding and Content-Length': `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      'two Content-Length headers': `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `,
      'the same Content-Length twice': `${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
      'a list as Content-Length': `${post}Content-Length: 2, 2\r\n\r\n{}`,
      'a negative Content-Length': `${post}Content-Length: -2\r\n\r\n{}`,
      'a Content-Length with a sign': `${post}Content-Length: +2\r\n\r\n{}`,
      'a Content-Length in hexadecimal': `${post}Content-Length: 0x2\r\n\r\n{}`,
      'a Content-Length beyond all numbers': `${post}Content-Length: 99999999999999999999999\r\n\r\n{}`,
      'an unknown Transfer-Encoding': `${post}Transfer-Encoding: xchunked\r\n\r\n{}`,
      'chunked not last': `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      'two Transfer-Encoding headers': `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
      'a control character before chunked': `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
      'a chunk without a size': `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      'a chunk longer than its size': `${post}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`,
      'a target that is no path': `GET api/v1 HTTP/1.1\r\n${host}\r\n`,
      'an asterisk': `GET * HTTP/1.1\r\n${host}\r\n`,
      'bytes beyond ASCII in the path': `GET /\xff\xfe HTTP/1.1\r\n${host}\r\n`,
      'an URL of another host': `GET http://sandbox.localhost${path} HTTP/1.1\r\n${host}${authorization()}\r\n`,
      'an URL with a user': `GET http://x@localhost${path} HTTP/1.1\r\n${host}${authorization()}\r\n`,
      'an URL of another scheme': `GET ftp://localhost${path} HTTP/1.1\r\n${host}${authorization()}\r\n`,
    };
    for (const [what, bytes] of Object.entries(cases)) {
      const answer = await refusedWith(bytes);
      checkProblem(answer, 400, 'invalid_request', what);
      assert.equal(answer!.headers.connection, 'close', what);
    }
    await isServed();
  });

  test('headers beyond 16 KB, or a thousand of them, are a 431 problem', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `X-${i}: 1`);
    const cases: Record<string, string> = {
      'a long header': head(`GET ${path} HTTP/1.1`, 'Host: localhost', `X-Nothing: ${'x'.repeat(17_000)}`),
      'a long path': head(`GET /${'x'.repeat(17_000)} HTTP/1.1`, 'Host: localhost'),
      'a long credential': head(
        `GET ${path} HTTP/1.1`,
        'Host: localhost',
        `Authorization: Bearer ${'x'.repeat(17_000)}`,
      ),
      'many headers': head(`GET ${path} HTTP/1.1`, 'Host: localhost', ...many),
      'no end of headers': `GET ${path} HTTP/1.1\r\n${'X: 1\r\n'.repeat(10_000)}`,
    };
    for (const [what, bytes] of Object.entries(cases))
      checkProblem(await refusedWith(bytes), 431, 'headers_too_large', what);
    const connection = await open();
    connection.write(
      head(
        `GET ${path} HTTP/1.1`,
        'Host: localhost',
        `X-Nothing: ${'x'.repeat(15_000)}`,
        authorization().trim(),
      ),
    );
    assert.equal((await connection.answer())?.status, 200, 'below it they are fine');
    connection.destroy();
  });

  test('CONNECT is refused, and every other method that a path does not have', async () => {
    checkProblem(
      await refusedWith(`CONNECT example.com:443 HTTP/1.1\r\n${host}\r\n`),
      405,
      'method_not_allowed',
      'CONNECT',
    );
    const connection = await open();
    for (const method of ['TRACE', 'PUT', 'PROPFIND', 'PURGE', 'LINK', 'M-SEARCH', 'QUERY']) {
      connection.write(requestText({ method, key: server.key }));
      const answer = await connection.answer();
      checkProblem(answer, 405, 'method_not_allowed', method);
      assert.equal(answer!.headers.allow, 'GET, HEAD, POST, OPTIONS');
    }
    connection.destroy();
  });

  test('a key in the path, however it is encoded, and whatever else is wrong with the path, is key_in_url', async () => {
    const { secret } = createSecret('sa', 'sandbox');
    const everyByte = [...secret].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');
    const paths = [
      secret,
      secret.replaceAll('_', '%5F'),
      everyByte,
      everyByte.replaceAll('%', '%25'),
      `%zz${secret}`,
    ];
    const connection = await open();
    for (const part of paths) {
      for (const target of [
        `/${part}`,
        `/api/v1/kb/articles/${part}`,
        `${path}?q=${part}`,
        `http://localhost/${part}`,
      ]) {
        connection.write(requestText({ path: target, key: server.key }));
        const answer = await connection.answer();
        checkProblem(answer, 400, 'key_in_url', target);
        assert.equal(answer!.text.includes(secret.slice(-38)), false);
      }
    }
    connection.destroy();
  });

  test('an URL as target is as good as its path', async () => {
    const connection = await open();
    connection.write(requestText({ path: `http://localhost${path}`, key: server.key }));
    assert.equal((await connection.answer())?.status, 200);
    connection.write(requestText({ path: `http://LOCALHOST/nothing`, key: server.key }));
    checkProblem(await connection.answer(), 404, 'not_found', 'a path that is not there');
    connection.write(requestText({ method: 'OPTIONS', path: '*' }));
    assert.equal((await connection.answer())?.status, 204);
    connection.destroy();
  });

  test('HTTP/1.0 is answered, with or without a Host header, and its connection closed', async () => {
    for (const lines of [[], ['Host: localhost']]) {
      const answer = await refusedWith(head(`GET ${path} HTTP/1.0`, ...lines, authorization().trim()));
      assert.equal(answer?.status, 200);
    }
  });

  test('HEAD has the headers of GET and no body', async () => {
    const connection = await open();
    connection.write(requestText({ key: server.key }));
    const get = await connection.answer();
    connection.write(requestText({ method: 'HEAD', key: server.key }) + requestText({ method: 'HEAD' }));
    const found = await connection.answer({ isHead: true });
    const refused = await connection.answer({ isHead: true });
    assert.equal(found?.status, 200);
    assert.equal(refused?.status, 401);
    assert.equal(found?.headers['content-length'], get?.headers['content-length']);
    connection.write(requestText({ path: '/healthz' }));
    assert.equal((await connection.answer())?.body.status, 'ok', 'nothing stood between the answers');
    connection.destroy();
  });

  test('requests sent at once are answered one by one, in their order', async () => {
    const connection = await open();
    const paths = [
      '/api/v1/kb/tags',
      '/healthz',
      '/api/v1/kb/articles',
      '/nothing',
      '/docs/errors/conflict',
      path,
    ];
    const asked: RawRequest[] = Array.from({ length: 60 }, (_, i) => ({
      path: paths[i % paths.length]!,
      headers: { 'x-request-id': `n-${i}` },
    }));
    connection.write(asked.map((request) => requestText({ ...request, key: server.key })).join(''));
    for (const [i, request] of asked.entries()) {
      const answer = await connection.answer();
      assert.equal(answer?.headers['x-client-request-id'], `n-${i}`);
      assert.equal(answer?.status, request.path === '/nothing' ? 404 : 200);
    }
    connection.destroy();
  });

  test('what is broken after a request never costs that request its answer', async () => {
    for (const broken of ['garbage\r\n\r\n', '}', `GET / HTTP/1.1\r\nHost : x\r\n\r\n`]) {
      const connection = await open();
      connection.write(write('{"title": "Answered"}') + broken);
      const answer = await connection.answer();
      assert.ok(answer?.status === 201 || answer?.status === 200, String(answer?.text));
      checkProblem(await connection.answer(), 400, 'invalid_request', broken);
      assert.equal(await connection.answer(), null);
      connection.destroy();
    }
  });

  test('a body beyond the limit is a 413 problem before it has been read, declared or not', async () => {
    const declared = { 'content-length': String(10 * megabyte) };
    const chunked = { 'content-length': '', 'transfer-encoding': 'chunked' };
    for (const headers of [declared, chunked]) {
      const connection = await open();
      connection.write(requestText({ method: 'POST', key: server.key, headers, body: '' }));
      let sent = 0;
      if (headers === chunked) connection.write(`${(10 * megabyte).toString(16)}\r\n`);
      const answer = connection.answer();
      let isAnswered = false;
      void answer.then(() => {
        isAnswered = true;
      });
      while (!isAnswered && sent < 10 * megabyte) {
        const isTaken = headers === declared ? true : connection.write('x'.repeat(65_536));
        if (headers === chunked) sent += 65_536;
        if (!isTaken) await Promise.race([once(connection.socket, 'drain'), answer]);
        await new Promise((resolve) => setImmediate(resolve));
      }
      checkProblem(await answer, 413, 'body_too_large', JSON.stringify(headers));
      assert.ok(sent < 5 * megabyte, `${sent} bytes were taken`);
      await connection.closed;
      connection.destroy();
    }
    await isServed();
  });

  test('a body that is refused at its first byte, or in the middle, is refused with an answer', async () => {
    const bodies = ['{}', 'x', `[${'{"title":"a"},'.repeat(100)}oops`, 'x'.repeat(4 * megabyte)];
    for (const body of bodies) {
      const answer = await refusedWith(
        `POST /api/v1/kb/import HTTP/1.1\r\n${host}${authorization()}` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      checkProblem(answer, 400, 'malformed_json', body.slice(0, 20));
    }
  });

  test('who sends all of a body before they read is answered, though it was refused at its beginning', async () => {
    const body = 'x'.repeat(8 * megabyte);
    const cases = [
      { request: { path }, status: 413, code: 'body_too_large' },
      { request: { path: '/api/v1/kb/import' }, status: 400, code: 'malformed_json' },
      {
        request: { path: '/api/v1/kb/import', headers: { 'content-type': 'text/csv' } },
        status: 415,
        code: 'unsupported_media_type',
      },
    ];
    for (const { request, status, code } of cases) {
      const connection = await open();
      connection.socket.pause();
      const text = requestText({ method: 'POST', key: server.key, body, ...request });
      const failure = await new Promise((resolve) => connection.socket.write(text, resolve));
      assert.ok(!failure, `${code}: ${failure}`);
      connection.socket.resume();
      checkProblem(await connection.answer(), status, code, code);
      await connection.closed;
      connection.destroy();
    }
    await isServed();
  });

  test('ten bodies of 10 MB at once are all refused, and none is kept', async () => {
    const body = Buffer.alloc(10 * megabyte, 'x');
    const heap = () => process.memoryUsage().arrayBuffers;
    const before = heap();
    const statuses = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const connection = await open();
        const headers = { 'content-length': '', 'transfer-encoding': 'chunked' };
        connection.write(requestText({ method: 'POST', key: server.key, headers, body: '' }));
        connection.write(`${body.length.toString(16)}\r\n`);
        connection.write(body);
        const answer = await connection.answer();
        connection.destroy();
        return answer?.status;
      }),
    );
    assert.deepEqual(new Set(statuses), new Set([413]));
    assert.ok(heap() - before < 40 * megabyte);
  });

  test('who is refused is answered before a byte of the body is read', async () => {
    const cases: { request: RawRequest; status: number }[] = [
      { request: {}, status: 401 },
      { request: { key: createSecret('sa', 'production').secret }, status: 401 },
      { request: { key: server.key, path: '/api/v1/api-keys' }, status: 403 },
      { request: { key: server.key, path: '/nothing' }, status: 404 },
      { request: { key: server.key, method: 'PUT' }, status: 405 },
    ];
    for (const { request, status } of cases) {
      const connection = await open();
      const declared = { 'content-length': String(10 * megabyte) };
      connection.write(requestText({ method: 'POST', ...request, headers: declared, body: '' }));
      assert.equal((await connection.answer())?.status, status);
      connection.destroy();
    }
  });

  test('100 Continue is for requests that are admitted and whose body will be read, and for nobody else', async () => {
    const expect = { expect: '100-continue', 'content-type': 'application/json', 'content-length': '24' };
    const cases: { request: RawRequest; statuses: number[] }[] = [
      { request: {}, statuses: [401] },
      { request: { key: server.key, path: '/api/v1/api-keys' }, statuses: [403] },
      { request: { key: server.key, path: '/nothing' }, statuses: [404] },
      { request: { key: server.key, method: 'PUT' }, statuses: [405] },
      { request: { key: server.key, headers: { ...expect, 'content-length': '10000000' } }, statuses: [413] },
      { request: { key: server.key, headers: { ...expect, 'content-type': 'text/plain' } }, statuses: [415] },
      { request: { key: server.key }, statuses: [100, 201] },
      { request: { key: server.key, headers: { ...expect, expect: '100-Continue' } }, statuses: [100, 200] },
    ];
    for (const { request, statuses } of cases) {
      const connection = await open();
      connection.write(requestText({ method: 'POST', headers: expect, ...request }));
      for (const status of statuses) {
        const answer = await connection.answer();
        assert.equal(answer?.status, status, String(answer?.text));
        if (status === 100) connection.write('{"title": "Expected"}'.padEnd(24));
      }
      connection.destroy();
    }
  });

  test('an expectation that nobody knows is no expectation', async () => {
    const connection = await open();
    connection.write(requestText({ key: server.key, headers: { expect: 'cake' } }));
    assert.equal((await connection.answer())?.status, 200);
    connection.destroy();
  });

  test('connections that break in the middle of anything harm nobody else', async () => {
    const half = requestText({
      method: 'POST',
      key: server.key,
      headers: { 'content-length': '100' },
      body: '{',
    });
    const many = requestText({ path: '/docs/api' }).repeat(20);
    for (let round = 0; round < 10; round++) {
      for (const bytes of [
        'GET /api',
        half,
        many,
        write('{"title": "Cut"}'),
        requestText({ key: server.key }).repeat(50),
      ]) {
        const connection = await open();
        connection.write(bytes);
        if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (round % 3 === 0) connection.socket.resetAndDestroy();
        else connection.destroy();
      }
    }
    await isServed();
  });

  test('who ends their side after a request gets its answer; who ends it within one, a 400', async () => {
    const whole = await open(true);
    whole.socket.end(Buffer.from(requestText({ key: server.key })));
    assert.equal((await whole.answer())?.status, 200);
    for (const bytes of [
      'GET /api',
      requestText({ method: 'POST', key: server.key, headers: { 'content-length': '9' }, body: '{' }),
    ]) {
      const cut = await open(true);
      cut.socket.end(Buffer.from(bytes));
      checkProblem(await cut.answer(), 400, 'invalid_request', bytes);
      cut.destroy();
    }
    whole.destroy();
  });

  test('what comes after a request that closes the connection is not looked at', async () => {
    for (const more of ['x', '\r\n', 'garbage\r\n\r\n', requestText({ path: '/healthz' })]) {
      const connection = await open();
      connection.write(requestText({ path: '/docs/api', headers: { connection: 'close' } }) + more);
      assert.equal((await connection.answer())?.status, 200);
      assert.equal(await connection.answer(), null);
    }
  });

  test('who is refused and never ends their side is cut off', async () => {
    const connection = await open(true);
    connection.write('garbage\r\n\r\n');
    checkProblem(await connection.answer(), 400, 'invalid_request', 'garbage');
    const gone = new Promise((resolve) => connection.socket.on('close', resolve));
    const knocking = setInterval(() => connection.write('x'), 100);
    await gone;
    clearInterval(knocking);
  });
});

describe('slow clients', () => {
  let server: Server;

  before(async () => {
    server = await start({ KEYWARD_REQUEST_TIMEOUT_SECONDS: '1' });
  });

  after(async () => {
    await server.running.stop();
    rmSync(server.directory, { recursive: true });
  });

  /** Sends the first part at once, then a byte every 50 ms; the last answer before the connection ended. */
  const trickle = async (first: string, rest: string): Promise<RawAnswer[]> => {
    const connection = await RawConnection.open({ port: server.port });
    connection.write(first);
    let i = 0;
    const timer = setInterval(() => connection.write(rest[i++] ?? ''), 50);
    const answers: RawAnswer[] = [];
    for (let answer = await connection.answer(); answer; answer = await connection.answer())
      answers.push(answer);
    clearInterval(timer);
    assert.equal(connection.rest, '');
    connection.destroy();
    return answers;
  };

  test('headers and bodies that do not arrive in time are a 408 problem; idle and half-open connections harm nobody', async () => {
    const started = performance.now();
    const { key, port } = server;
    const hundred = { 'content-length': '100' };
    const chunked = { 'content-length': '', 'transfer-encoding': 'chunked' };
    const slow = [
      trickle('', ''),
      trickle('GET /api', ''),
      trickle(`GET ${path} HTTP/1.1\r\n`, `Host: localhost\r\nX-Nothing: ${'x'.repeat(1_000)}`),
      trickle(requestText({ method: 'POST', key, headers: hundred, body: '{' }), ' '.repeat(1_000)),
      trickle(requestText({ method: 'POST', key, headers: chunked, body: '1' }), ';a=b'.repeat(1_000)),
      trickle(
        requestText({ method: 'POST', key, headers: { ...hundred, expect: '100-continue' }, body: '' }),
        '',
      ),
    ];
    const halfOpen = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const connection = await RawConnection.open({ port, allowHalfOpen: true });
        connection.socket.end(Buffer.from(requestText({ key })));
        return connection;
      }),
    );
    const idle = await Promise.all(Array.from({ length: 500 }, () => RawConnection.open({ port })));
    const other = await RawConnection.open({ port });
    for (let i = 0; i < 20; i++) {
      const asked = performance.now();
      other.write(requestText({ key }));
      assert.equal((await other.answer())?.status, 200);
      assert.ok(performance.now() - asked < 1_000, 'others are served at once');
    }
    for (const [i, answers] of (await Promise.all(slow)).entries()) {
      assert.deepEqual(
        answers.slice(0, -1).map(({ status }) => status),
        i === 5 ? [100] : [],
      );
      checkProblem(answers.at(-1)!, 408, 'request_timeout', `case ${i}`);
    }
    await Promise.all(idle.map((connection) => connection.closed));
    for (const connection of halfOpen) {
      assert.equal((await connection.answer())?.status, 200, 'who only listens is answered');
    }
    assert.ok(performance.now() - started < 6_000);
    for (const connection of [...idle, ...halfOpen, other]) connection.destroy();
  });

  test('a refused request whose body never comes is answered once, and its connection cut', async () => {
    const answers = await trickle(
      requestText({ method: 'POST', headers: { 'content-length': '100' }, body: '' }),
      '',
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401],
    );
  });
});

test('bound to localhost, every address of it has the same server', async () => {
  const server = await start({ KEYWARD_BIND: 'localhost' });
  for (const host of ['127.0.0.1', '::1']) {
    const connection = await RawConnection.open({ port: server.port, host }).catch(() => null);
    connection?.write('garbage\r\n\r\n');
    if (connection) checkProblem(await connection.answer(), 400, 'invalid_request', host);
    else assert.equal(host, '::1', 'IPv4 is always there');
    connection?.destroy();
  }
  await server.running.stop();
  rmSync(server.directory, { recursive: true });
});

describe('over TLS', () => {
  test('requests are served, and the limits of slow and large requests are the same', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-test-'));
    const { cert, key } = makeCertificate();
    writeFileSync(join(directory, 'cert.pem'), cert);
    writeFileSync(join(directory, 'key.pem'), key);
    const server = await start({
      KEYWARD_TLS_CERT: join(directory, 'cert.pem'),
      KEYWARD_TLS_KEY: join(directory, 'key.pem'),
      KEYWARD_REQUEST_TIMEOUT_SECONDS: '1',
    });
    const exchange = async (bytes: string): Promise<string> => {
      const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      socket.write(bytes);
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      return text;
    };
    const close = { connection: 'close' };
    assert.match(await exchange(requestText({ key: server.key, headers: close })), /^HTTP\/1\.1 200 /);
    assert.match(await exchange('GET /api'), /^HTTP\/1\.1 408 [\s\S]*"request_timeout"/);
    assert.match(
      await exchange(requestText({ headers: { host: '', ...close } })),
      /^HTTP\/1\.1 400 [\s\S]*"invalid_request"/,
    );
    assert.match(await exchange(requestText({ headers: { x: 'y'.repeat(17_000) } })), /^HTTP\/1\.1 431 /);
    await server.running.stop();
    for (const folder of [directory, server.directory]) rmSync(folder, { recursive: true });
  });
});
