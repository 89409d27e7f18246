import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync } from 'node:zlib';
import { type Installation, newInstallation, type ServerProcess, startServer } from '../faults/process.ts';

const root = join(import.meta.dirname, '../..');
const buildTimeoutMs = 50_000;
/** What people wait for before they see anything. */
const maxScriptBytes = 200_000;

/** Scripts that the page loads at once, as it names them. */
function scriptsOf(page: string): string[] {
  return [...page.matchAll(/(?:src|href)="\/assets\/([^"]+\.js)"/g)].map((match) => match[1]!);
}

describe('a checkout whose console was never built', () => {
  let checkout: string;
  let installation: Installation;
  before(async () => {
    checkout = mkdtempSync(join(tmpdir(), 'keyward-checkout-'));
    for (const name of ['src', 'console', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']) {
      cpSync(join(root, name), join(checkout, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
    installation = await newInstallation('sqlite');
  });
  after(() => {
    installation.remove();
    rmSync(checkout, { recursive: true, force: true });
  });

  const start = (...args: string[]) =>
    startServer(installation, {}, [join(checkout, 'src/main.ts'), ...args]);

  async function stop(server: ServerProcess): Promise<void> {
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
  }

  const pageOf = async (server: ServerProcess) => (await fetch(`${server.url}/keys`)).text();

  async function pageWithout(server: ServerProcess, text: string): Promise<string> {
    const deadline = performance.now() + buildTimeoutMs;
    for (;;) {
      const page = await pageOf(server);
      if (!page.includes(text)) return page;
      assert.ok(performance.now() < deadline, `late: ${page}`);
      await delay(100);
    }
  }

  const built = () => readdirSync(join(checkout, 'dist'));

  test('says so where nobody asked for a build, and builds nothing', async () => {
    const server = await start();
    assert.match(await pageOf(server), /The console is not built/);
    assert.ok(server.output.some((line) => /^The console is at http:\/\/localhost:\d+\/\.$/.test(line)));
    await stop(server);
    assert.throws(built, { code: 'ENOENT' });
  });

  test('gives up its build when the server stops, and leaves nothing half-done', async () => {
    const server = await start('--build-console');
    assert.match(await pageOf(server), /The console is being built/);
    await delay(500);
    await stop(server);
    assert.deepEqual(built(), []);
    assert.deepEqual(server.errors, []);
  });

  test('builds it beside the listening API, then serves it', async (t) => {
    const server = await start('--build-console');
    const listeningAt = performance.now();
    assert.match(await pageOf(server), /The console is being built/);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    assert.equal((await fetch(`${server.url}/api/v1/me`)).status, 401);
    const page = await pageWithout(server, 'The console is being built');
    t.diagnostic(`built ${Math.round(performance.now() - listeningAt)} ms after the server listened`);
    assert.match(page, /<div id="root">/);
    assert.doesNotMatch(page, /KEYWARD_NONCE|https?:/);
    const scripts = scriptsOf(page);
    let bytes = 0;
    for (const name of scripts) {
      const answer = await fetch(`${server.url}/assets/${name}`, { headers: { 'accept-encoding': 'br' } });
      assert.equal(answer.headers.get('content-encoding'), 'br');
      bytes += brotliCompressSync(await answer.text()).length;
    }
    t.diagnostic(`${scripts.length} scripts at once, ${bytes} bytes`);
    assert.ok(bytes > 10_000 && bytes <= maxScriptBytes, `${bytes} bytes`);
    await stop(server);
    assert.deepEqual(built(), ['console']);
    assert.match(server.errors.join(''), /^\{[^\n]*"event":"console\.built"[^\n]*\n$/);
  });

  test('serves at once what is built, also to who asks for no build', async () => {
    for (const args of [['--build-console'], []]) {
      const server = await start(...args);
      assert.match(await pageOf(server), /<div id="root">/);
      await delay(1_000);
      assert.match(await pageOf(server), /<div id="root">/);
      await stop(server);
      assert.ok(!server.output.some((line) => line.includes('being built')));
    }
  });

  test('says that a build failed, why in the log alone, and shows the console once somebody has mended it', async () => {
    const source = join(checkout, 'console/main.tsx');
    const whole = readFileSync(source, 'utf8');
    writeFileSync(source, `${whole}\nconst broken: = "<script>alert(1)</script>";\n`);
    const server = await start('--build-console');
    await pageWithout(server, '<div id="root">');
    const page = await pageWithout(server, 'The console is being built');
    assert.match(page, /The console could not be built/);
    assert.ok(!page.includes('main.tsx'), 'whoever asks is told nothing of the files here');
    assert.doesNotMatch(page, /<script/);
    assert.match(server.errors.join(''), /"event":"console\.failed".*main\.tsx/);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    writeFileSync(join(checkout, 'dist/console/build.json'), '{"sources": "built by hand"}');
    assert.match(await pageOf(server), /<div id="root">/);
    await stop(server);
    assert.deepEqual(built(), ['console']);
  });
});
