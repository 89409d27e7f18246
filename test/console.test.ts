import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { BuildState } from '../src/http/console-builder.ts';
import { ConsoleFiles, manifestName } from '../src/http/console-files.ts';
import { isConsolePath } from '../src/http/pages/console-paths.ts';
import { routes } from '../src/http/routes/index.ts';
import { createServer } from '../src/http/server.ts';
import { type Harness, openHarness } from './harness.ts';
import { RawConnection, requestText } from './raw-http.ts';

const script = `export const text = ${JSON.stringify('a line that is said again. '.repeat(50))};\n`;
const marker = 'this stands beside the console and is nobody’s business';

function pageOf(title: string): string {
  return `<!doctype html><meta property="csp-nonce" nonce="KEYWARD_NONCE"><title>${title}</title><script type="module" nonce="KEYWARD_NONCE" src="/assets/index-a1.js"></script>`;
}

/** A console as the build leaves it, put in its place at once. */
function build(folder: string, title: string, files: Readonly<Record<string, string>>): void {
  const made = `${folder}-new`;
  mkdirSync(join(made, 'assets'), { recursive: true });
  writeFileSync(join(made, 'index.html'), pageOf(title));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(made, 'assets', name), text);
    if (!name.endsWith('.js')) continue;
    writeFileSync(join(made, 'assets', `${name}.br`), brotliCompressSync(text));
    writeFileSync(join(made, 'assets', `${name}.gz`), gzipSync(text));
  }
  writeFileSync(join(made, manifestName), JSON.stringify({ sources: title }));
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
}

const decoders = { br: brotliDecompressSync, gzip: gunzipSync };

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe('the console', () => {
  let t: Harness;
  let directory: string;
  let folder: string;
  let state: BuildState;
  let server: ReturnType<typeof createServer>;
  before(async () => {
    t = await openHarness('sqlite', { settings: { KEYWARD_REQUEST_LOG: 'on' } });
  });
  after(() => t.close());
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'keyward-console-'));
    folder = join(directory, 'console');
    writeFileSync(join(directory, 'beside.js'), marker);
    state = { kind: 'idle' };
    server = createServer(t.app, routes, {
      hostRules: [],
      isTrustedProxy: () => false,
      corsOrigins: [],
      bodyLimitBytes: 1_000_000,
      requestTimeoutMs: 10_000,
      tls: null,
      console: { files: new ConsoleFiles(folder), buildState: () => state },
    });
  });
  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function ask(url: string, { method = 'GET', headers = {} }: Asked = {}) {
    const answer = await server.inject({
      method: method as 'GET',
      url,
      headers: { host: 'localhost', ...headers },
      remoteAddress: '203.0.113.7',
    });
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, raw: answer.rawPayload };
  }

  test('is a page under a strict policy, with a nonce that no other answer has', async () => {
    build(folder, 'one', { 'index-a1.js': script });
    const nonces = new Set<string>();
    for (const path of ['/', '/setup', '/keys', '/keys/key_01h?env=sandbox', '/sign-in/']) {
      const { status, headers, text } = await ask(path);
      assert.equal(status, 200, path);
      const [, nonce] = /<meta property="csp-nonce" nonce="([A-Za-z0-9+/]{22}==)">/.exec(text)!;
      nonces.add(nonce!);
      assert.equal(text, pageOf('one').replaceAll('KEYWARD_NONCE', nonce!));
      assert.equal(
        headers['content-security-policy'],
        `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
      );
      assert.equal(headers['content-type'], 'text/html; charset=utf-8');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.match(String(headers['permissions-policy']), /camera=\(\),.*microphone=\(\),/);
      assert.match(String(headers['permissions-policy']), /clipboard-write=\(self\)/);
      assert.equal(headers['set-cookie'], undefined);
      assert.equal(headers.etag, undefined);
    }
    assert.equal(nonces.size, 5);
  });

  test('has files that are kept for ever, each in the encoding that was asked for', async () => {
    build(folder, 'one', { 'index-a1.js': script, 'icon-b2.svg': '<svg/>' });
    const cases: readonly (readonly [accepted: string | undefined, encoding: 'br' | 'gzip' | undefined])[] = [
      [undefined, undefined],
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip;q=1.0, BR;q=0.5', 'br'],
      ['br;q=0, gzip', 'gzip'],
      ['br;q=0.000, gzip;q=0', undefined],
      ['identity', undefined],
      ['brotli, x-gzip', undefined],
    ];
    const tags = new Map<string, string>();
    for (const [accepted, encoding] of cases) {
      const answer = await ask('/assets/index-a1.js', {
        headers: accepted ? { 'accept-encoding': accepted } : {},
      });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-encoding'], encoding, String(accepted));
      const text = encoding ? decoders[encoding](answer.raw) : answer.raw;
      assert.equal(text.toString(), script);
      assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8');
      assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
      assert.equal(answer.headers.vary, 'Accept-Encoding');
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.match(String(answer.headers.etag), /^"[\w-]{22}(-br|-gzip)?"$/);
      tags.set(String(encoding), String(answer.headers.etag));
    }
    assert.equal(new Set(tags.values()).size, 3);
    const icon = await ask('/assets/icon-b2.svg', { headers: { 'accept-encoding': 'br' } });
    assert.equal(icon.text, '<svg/>');
    assert.equal(icon.headers['content-encoding'], undefined);
    assert.equal(icon.headers['content-type'], 'image/svg+xml');
  });

  test('sends no file again that the reader has, and no body to HEAD', async () => {
    build(folder, 'one', { 'index-a1.js': script });
    const url = '/assets/index-a1.js';
    const { headers } = await ask(url, { headers: { 'accept-encoding': 'br' } });
    const etag = String(headers.etag);
    for (const known of [etag, `"other", W/${etag}`, '*']) {
      const answer = await ask(url, { headers: { 'accept-encoding': 'br', 'if-none-match': known } });
      assert.equal(answer.status, 304, known);
      assert.equal(answer.text, '');
      assert.equal(answer.headers.etag, etag);
      assert.equal(answer.headers['content-length'], undefined);
    }
    const other = await ask(url, { headers: { 'accept-encoding': 'gzip', 'if-none-match': etag } });
    assert.equal(other.status, 200);
    const head = await ask(url, { method: 'HEAD', headers: { 'accept-encoding': 'br' } });
    assert.deepEqual([head.status, head.text, head.headers.etag], [200, '', etag]);
    assert.equal(head.headers['content-length'], headers['content-length']);
    const page = await ask('/keys', { method: 'HEAD' });
    assert.deepEqual([page.status, page.text], [200, '']);
  });

  test('is nothing else: unknown paths and files are problems, and no path leads out of its folder', async () => {
    build(folder, 'one', { 'index-a1.js': script });
    const unknown = [
      '/nothing',
      '/Keys',
      '/overview/x',
      '/keys//x',
      '/keys/../x',
      '/keys/a/b/c/d/e',
      '/keys/%00',
      '/keys/a%2fb',
      '//',
      '//keys',
      '/%6beys',
      '/favicon.ico',
      '/index.html',
      '/build.json',
      '/console/index.html',
      '/assets',
      '/assets/',
      '/assets/index-a1.js.br',
      '/assets/index-a1.js/',
      '/assets/../index.html',
      '/assets/../../beside.js',
      '/assets/%2e%2e%2f%2e%2e%2fbeside.js',
      '/assets/..%2f..%2fbeside.js',
      '/assets/..%5c..%5cbeside.js',
      '/assets/..\\..\\beside.js',
      '/assets/....//....//beside.js',
      '/assets/%252e%252e%252f%252e%252e%252fbeside.js',
      `/assets/${encodeURIComponent(join(directory, 'beside.js'))}`,
      '/assets/index-a1.js%00',
      '/assets/index-a1.js%00.css',
      '/assets/constructor',
      '/assets/__proto__',
    ];
    // What calls the server by a library has its path tidied up before it is sent.
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const connection = await RawConnection.open({ port });
    const get = async (path: string) => {
      connection.write(requestText({ path }));
      return (await connection.answer())!;
    };
    for (const path of unknown) {
      const { status, headers, text, body } = await get(path);
      assert.equal(status, 404, path);
      assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8', path);
      assert.equal(headers['cache-control'], 'no-store', path);
      assert.equal(body.code, 'not_found');
      assert.ok(!text.includes(marker) && !text.includes('<'), path);
    }
    assert.equal((await get('http://localhost/keys')).status, 200);
    assert.equal((await get('http://localhost/assets/index-a1.js')).text, script);
    connection.socket.destroy();
    assert.equal((await ask('/keys/%zz')).status, 400);
    const { secret } = await t.createKey({});
    const refused = await ask(`/keys/${secret}`);
    assert.equal(JSON.parse(refused.text).code, 'key_in_url');
    assert.ok(!refused.text.includes(secret));
  });

  test('is read only', async () => {
    build(folder, 'one', { 'index-a1.js': script });
    for (const path of ['/keys', '/', '/assets/index-a1.js']) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
        const { status, headers, text } = await ask(path, { method });
        assert.equal(status, 405, `${method} ${path}`);
        assert.equal(headers.allow, 'GET, HEAD, OPTIONS');
        assert.equal(JSON.parse(text).code, 'method_not_allowed');
      }
      const options = await ask(path, { method: 'OPTIONS' });
      assert.deepEqual([options.status, options.headers.allow], [204, 'GET, HEAD, OPTIONS']);
    }
  });

  test('takes nothing of a key, is in no log of requests, and has one name in the metrics', async () => {
    build(folder, 'one', { 'index-a1.js': script });
    const { id, secret } = await t.createKey({ rateLimit: { perMinute: 5, burst: 0, perDay: 5 } });
    const headers = { authorization: `Bearer ${secret}` };
    assert.equal((await ask('/api/v1/me', { headers })).headers['x-ratelimit-remaining'], '4');
    for (const path of ['/', '/keys/key_1', '/assets/index-a1.js', '/assets/nothing.js']) {
      const answer = await ask(path, { headers });
      assert.equal(answer.headers['x-ratelimit-remaining'], undefined);
    }
    await ask('/keys', { method: 'POST', headers });
    assert.equal((await ask('/api/v1/me', { headers })).headers['x-ratelimit-remaining'], '3');
    await t.app.requestLog!.flush();
    const logged = await t.send({ url: `/api/v1/logs?keyId=${id}`, cookie: t.owner.cookie });
    assert.deepEqual(
      logged.body.data.map(({ path }: { path: string }) => path),
      ['/api/v1/me', '/api/v1/me'],
    );
    const labels = t.app.requests
      .families()
      .flatMap(({ samples }) => samples)
      .map((sample) => sample.labels?.route);
    assert.ok(labels.includes('console'));
    assert.ok(!labels.some((label) => label?.startsWith('/keys') || label?.startsWith('/assets')));
  });

  test('is no operation of the API, and shares no path with one', async () => {
    const document = JSON.parse((await ask('/api/openapi.json')).text);
    for (const path of Object.keys(document.paths)) {
      assert.ok(!isConsolePath(path.replaceAll(/\{\w+\}/g, 'x')), path);
      assert.ok(!path.startsWith('/assets'), path);
    }
  });

  test('that is built anew is served from then on, and the one before until that is complete', async () => {
    build(folder, 'one', { 'index-a1.js': script });
    assert.match((await ask('/')).text, /<title>one</);
    renameSync(folder, `${folder}-old`);
    assert.match((await ask('/')).text, /<title>one</);
    assert.equal((await ask('/assets/index-a1.js')).status, 200);
    mkdirSync(folder);
    writeFileSync(join(folder, manifestName), '{}');
    assert.match((await ask('/')).text, /<title>one</);
    build(folder, 'two', { 'index-c3.js': script });
    assert.match((await ask('/keys')).text, /<title>two</);
    assert.equal((await ask('/assets/index-c3.js')).status, 200);
    assert.equal((await ask('/assets/index-a1.js')).status, 404);
  });

  describe('while there is none', () => {
    const states: readonly (readonly [BuildState, RegExp])[] = [
      [{ kind: 'building', seconds: 7 }, /<h1>The console is being built<\/h1>[\s\S]* 7 s /],
      [{ kind: 'failed' }, /<h1>The console could not be built<\/h1>[\s\S]*npm run build/],
      [{ kind: 'idle' }, /<h1>The console is not built<\/h1>[\s\S]*npm run build/],
    ];
    for (const [there, expected] of states) {
      test(`says so: ${there.kind}`, async () => {
        state = there;
        for (const path of ['/', '/setup', '/keys/key_1']) {
          const { status, headers, text } = await ask(path);
          assert.equal(status, 200);
          assert.match(text, expected);
          assert.doesNotMatch(text, /<img|\son\w+="|http:|https:/);
          const scripts = [...text.matchAll(/<script>(.*?)<\/script>/gs)].map((match) => match[1]!);
          assert.deepEqual(
            scripts,
            there.kind === 'building' ? ['setTimeout(() => location.reload(), 2000);'] : [],
          );
          const policy = String(headers['content-security-policy']);
          assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+'; /);
          const hashes = scripts.map((line) => createHash('sha256').update(line).digest('base64'));
          assert.deepEqual(
            /script-src ([^;]*)/.exec(policy)?.[1],
            hashes.map((hash) => `'sha256-${hash}'`)[0],
          );
          assert.equal(headers['cache-control'], 'no-store');
          assert.equal(text.includes('http-equiv="refresh" content="2"'), there.kind === 'building');
        }
        assert.equal((await ask('/assets/index-a1.js')).status, 404);
        assert.equal((await ask('/healthz')).status, 200);
      });
    }
  });
});
