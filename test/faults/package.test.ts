import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { onEachDatabase } from '../databases.ts';
import { type FirstKey, type Installation, newInstallation, owner } from './process.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const oldest: string = /^>=(\d+\.\d+\.\d+)$/.exec(manifest.engines.node)![1]!;
const directory = mkdtempSync(join(tmpdir(), 'keyward-package-'));
const modules = join(directory, 'node_modules');
const program = join(modules, '.bin/keyward');

/** The package that holds nothing but Node's binary for this platform: it needs no install script. */
const nodePackage = `node${process.platform === 'darwin' && process.arch === 'arm64' ? '-bin' : ''}-${process.platform}-${process.arch}`;
const nodes = {
  [`the oldest Node that it allows (${oldest})`]: join(modules, nodePackage, 'bin/node'),
  [`the Node of this run (${process.versions.node})`]: process.execPath,
};

before(async () => {
  await run('npm', ['pack', '--pack-destination', directory], { cwd: root });
  writeFileSync(join(directory, 'package.json'), '{"private": true}');
  const packages = [tarball(), `${nodePackage}@${oldest}`];
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', ...options, ...packages], { cwd: directory });
});

after(() => rmSync(directory, { recursive: true, force: true }));

function tarball(): string {
  return join(directory, readdirSync(directory).find((name) => name.endsWith('.tgz'))!);
}

/** The environment of somebody whose only Node is this one. */
function environment(node: string, installation: Installation): NodeJS.ProcessEnv {
  return { ...installation.env, PATH: `${dirname(node)}${delimiter}${installation.env.PATH}` };
}

async function keyward(args: readonly string[], env: NodeJS.ProcessEnv) {
  try {
    return { code: 0, ...(await run(program, args, { cwd: directory, env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

async function serve(env: NodeJS.ProcessEnv, installation: Installation) {
  const child: ChildProcess = spawn(program, ['serve'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  installation.children.add(child);
  const ended = once(child, 'close');
  let errors = '';
  child.stderr!.on('data', (chunk) => {
    errors += String(chunk);
  });
  for await (const line of createInterface(child.stdout!)) {
    if (line.includes('is listening on')) break;
  }
  child.stdout!.resume();
  const stop = async () => {
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    return { code, signal, errors };
  };
  return { url: `http://127.0.0.1:${installation.env.KEYWARD_PORT}`, stop };
}

async function healthcheck(node: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const [code] = await once(spawn(node, [join(root, 'packaging/healthcheck.cjs')], { env }), 'close');
  return code;
}

describe('the packed program', () => {
  test('holds what it runs and what its owner reads, and no source, test, map or data', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball()]);
    const files = stdout
      .trim()
      .split('\n')
      .map((file) => file.replace('package/', ''));
    const allowed =
      /^(dist\/.+\.(js|css)|dist\/console\/(index\.html|build\.json|assets\/[\w.-]+)|docs\/guides\/[\w-]+\.md|packaging\/keyward\.service|scripts\/(keyward|run)\.cjs|[A-Z]+\.md|LICENSE|package\.json)$/;
    assert.deepEqual(
      files.filter((file) => !allowed.test(file) || file.includes('.test.')),
      [],
    );
    for (const file of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'dist/cli/index.js',
      'dist/console/index.html',
    ])
      assert.ok(files.includes(file), file);
  });

  test('needs no package that runs a script when it is installed', () => {
    const installed = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
    const packages = Object.entries<{ hasInstallScript?: true }>(installed.packages);
    assert.ok(packages.length > Object.keys(manifest.dependencies).length);
    assert.deepEqual(
      packages.filter(([, { hasInstallScript }]) => hasInstallScript),
      [],
    );
  });

  onEachDatabase((kind, skip) => {
    for (const [name, node] of Object.entries(nodes)) {
      test(`makes a first key, serves, examines itself and stops on ${name}, on ${kind}`, {
        skip,
      }, async () => {
        const installation = await newInstallation(kind);
        const env = environment(node, installation);
        try {
          const version = await keyward(['--version'], env);
          assert.deepEqual([version.code, version.stdout, version.stderr], [0, `${manifest.version}\n`, '']);
          const account = ['--email', owner.email, '--password', owner.password];
          const init = await keyward(['init', '--json', ...account], env);
          assert.deepEqual([init.code, init.stderr], [0, '']);
          const { keyId, secret } = JSON.parse(init.stdout) as FirstKey;

          assert.equal(await healthcheck(node, env), 1);
          const server = await serve(env, installation);
          assert.equal(await healthcheck(node, env), 0);
          const ask = async (path: string, headers = {}) =>
            (await fetch(server.url + path, { headers })).status;
          assert.equal(await ask('/api/v1/kb/articles'), 401);
          assert.equal(await ask('/api/v1/kb/articles', { authorization: `Bearer ${secret}` }), 200);
          for (const page of [
            '/',
            '/setup',
            '/invitation',
            '/docs/api',
            '/docs/errors',
            '/api/openapi.json',
          ]) {
            assert.equal(await ask(page), 200, page);
          }
          const page = await (await fetch(`${server.url}/keys`)).text();
          const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1];
          assert.equal(await ask(script!), 200, page);
          const me = await keyward(['me', '--json'], {
            ...env,
            KEYWARD_URL: server.url,
            KEYWARD_API_KEY: secret,
          });
          assert.deepEqual([me.code, me.stderr, JSON.parse(me.stdout).id], [0, '', keyId]);
          const doctor = await keyward(['doctor', '--json'], env);
          assert.deepEqual([doctor.code, doctor.stderr, JSON.parse(doctor.stdout).ok], [0, '', true]);
          assert.deepEqual(await server.stop(), { code: 0, signal: null, errors: '' });
        } finally {
          installation.remove();
        }
      });
    }
  });

  test('refuses an older Node with one sentence, and starts nothing', async () => {
    const installation = await newInstallation('sqlite');
    const [major, minor] = oldest.split('.').map(Number);
    const claim = join(installation.directory, 'older-node.cjs');
    const version = `${major}.${minor! - 1}.9`;
    writeFileSync(claim, `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`);
    try {
      const env = { ...environment(process.execPath, installation), NODE_OPTIONS: `--require=${claim}` };
      const { code, stdout, stderr } = await keyward(['--version'], env);
      assert.deepEqual([code, stdout], [1, '']);
      assert.equal(stderr, `Keyward needs Node ${major}.${minor} or later, and this is ${version}.\n`);
    } finally {
      installation.remove();
    }
  });

  test('names the Node that the tests run on as the one of the image', () => {
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    assert.equal(/^ARG NODE_VERSION=(.+)$/m.exec(dockerfile)?.[1], manifest.devDependencies.node);
  });
});
