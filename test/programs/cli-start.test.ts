import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runChild } from '../cli.ts';

const root = join(import.meta.dirname, '../..');

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/** What a command line loads of ours and of packages: V8 itself names every script that it compiled. */
async function modulesOf(args: readonly string[], env: Record<string, string>, code: number) {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-modules-'));
  try {
    const ran = await runChild(args, { env: { ...env, NODE_V8_COVERAGE: directory } });
    assert.equal(ran.code, code, ran.stderr);
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
    const urls = files.flatMap((text) => (JSON.parse(text) as Coverage).result.map(({ url }) => url));
    const paths = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
    return paths.filter((path) => path.startsWith(root)).map((path) => path.slice(root.length + 1));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const ofTheStore =
  /^src\/(compose|main|store|services|limiter|http|cli\/(local|installation|doctor))\b|^node_modules\/(kysely|pg|pino|better-auth|fastify)\//;
const ofRequests = /^src\/(config|contract|cli\/client)\b|^node_modules\/(zod|micromark|yaml|diff)\b/;

describe('what a command line loads', () => {
  const server = createServer((_request, response) =>
    response
      .writeHead(401, { 'content-type': 'application/problem+json' })
      .end('{"status":401,"code":"unknown_key","title":"The key is not known"}'),
  );
  const folder = mkdtempSync(join(tmpdir(), 'keyward-folder-'));
  let env: Record<string, string>;

  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    env = {
      KEYWARD_URL: `http://127.0.0.1:${port}`,
      KEYWARD_API_KEY: 'sa_live_none',
      KEYWARD_DATA_DIR: folder,
    };
    writeFileSync(join(folder, 'a.md'), '# A\n\n[b](b.md)\n');
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const args of [['--version'], ['--help'], ['keys', 'create', '--help'], ['completion', 'zsh']]) {
    test(`keyward ${args.join(' ')} loads neither the store nor what requests need`, async () => {
      const modules = await modulesOf(args, env, 0);
      assert.ok(modules.includes('src/cli/program.ts'));
      assert.deepEqual(
        modules.filter((path) => ofTheStore.test(path) || ofRequests.test(path)),
        [],
      );
    });
  }

  for (const args of [
    ['me'],
    ['me', 'revoke', '--yes'],
    ['keys', 'list'],
    ['keys', 'revoke', 'key_01m7xxxhjvs2yy9ep2n4c8q4t6'],
    ['keys', 'create', 'A name', '--bundle', 'basic'],
    ['audit', 'checkpoint'],
    ['audit', 'export'],
    ['kb', 'search', 'word'],
    ['kb', 'pull', join(folder, 'pulled')],
    ['kb', 'push', folder],
  ]) {
    test(`keyward ${args.slice(0, 2).join(' ')} talks to the server without loading the store`, async () => {
      const modules = await modulesOf(args, env, 3);
      assert.ok(modules.includes('src/cli/client.ts'));
      assert.deepEqual(
        modules.filter((path) => ofTheStore.test(path)),
        [],
      );
    });
  }

  test('keyward doctor does load the store: it would be seen', async () => {
    const modules = await modulesOf(['doctor'], { ...env, KEYWARD_PORT: '0' }, 0);
    for (const path of ['src/store/inspect.ts', 'src/cli/local.ts']) assert.ok(modules.includes(path), path);
    assert.ok(modules.some((path) => path.startsWith('node_modules/kysely/')));
  });
});
