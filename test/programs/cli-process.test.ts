import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cliFile, compileCache, type Ran, runChild } from '../cli.ts';
import {
  type FirstKey,
  freePort,
  type Installation,
  init,
  newInstallation,
  type ServerProcess,
  startServer,
} from '../faults/process.ts';

const secretShape = /sa_(live|test)_[0-9A-Za-z]{48}/;
const escapeSequence = new RegExp(String.fromCharCode(27));

function hasScript(): boolean {
  return spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0;
}

describe('the command line as a process, against a server over TCP', () => {
  let installation: Installation;
  let server: ServerProcess;
  let admin: FirstKey;
  let elsewhere: string;

  before(async () => {
    installation = await newInstallation('sqlite');
    admin = await init(installation);
    server = await startServer(installation);
    elsewhere = join(installation.directory, 'elsewhere');
    mkdirSync(elsewhere);
  });
  after(() => installation?.remove());

  const env = () => ({ KEYWARD_URL: server.url, KEYWARD_API_KEY: admin.secret });
  const keyward = (...args: string[]) => runChild(args, { env: env(), cwd: elsewhere });

  /** In a pseudo-terminal, with a person who types once there is a question. */
  async function onTerminal(
    command: string,
    typed?: string,
    settings: Record<string, string> = {},
  ): Promise<Ran> {
    const inner = `stty cols 160 -echo; ${command.replace('keyward', `'${process.execPath}' '${cliFile}'`)}`;
    const child = spawn('script', ['-qec', inner, '/dev/null'], {
      cwd: elsewhere,
      env: {
        // Nothing else of ours: CI, for one, means no colours.
        PATH: process.env.PATH,
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        ...compileCache,
        ...env(),
        ...settings,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (typed !== undefined && /(delete it: |\(yes\/no\) )$/.test(stdout)) child.stdin.write(typed);
    });
    const [code] = (await once(child, 'close')) as [number];
    child.stdin.destroy();
    return { code, stdout, stderr: '' };
  }

  test('the key comes from the environment, from a file that it names, or from .env', async () => {
    const file = join(installation.directory, 'key');
    writeFileSync(file, `${admin.secret}\n`);
    const folder = join(installation.directory, 'with-env');
    mkdirSync(folder);
    writeFileSync(join(folder, '.env'), `KEYWARD_URL=${server.url}\nKEYWARD_API_KEY=${admin.secret}\n`);
    const runs = await Promise.all([
      keyward('me'),
      runChild(['me'], { env: { KEYWARD_URL: server.url, KEYWARD_API_KEY_FILE: file }, cwd: elsewhere }),
      runChild(['me'], { env: {}, cwd: folder }),
      runChild(['me', '--url', server.url], { env: { KEYWARD_API_KEY: admin.secret }, cwd: elsewhere }),
    ]);
    for (const { code, stdout, stderr } of runs) {
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(admin.keyId));
    }
    const without = await runChild(['me'], { env: { KEYWARD_URL: server.url }, cwd: elsewhere });
    assert.equal(without.code, 3);
    assert.match(without.stderr, /KEYWARD_API_KEY/);
  });

  test('a server that is away is exit code 7, and so is one that is no Keyward', async () => {
    const nobody = `http://localhost:${await freePort()}`;
    const away = await runChild(['keys', 'list', '--json'], { env: { ...env(), KEYWARD_URL: nobody } });
    assert.equal(away.code, 7);
    assert.equal(away.stdout, '');
    assert.match(away.stderr, /Is the server running/);
    const other = createHttpServer((_request, response) => response.writeHead(200).end('<html>hello')).listen(
      0,
    );
    const url = `http://localhost:${(other.address() as AddressInfo).port}`;
    const strange = await runChild(['keys', 'list'], { env: { ...env(), KEYWARD_URL: url } });
    other.close();
    assert.equal(strange.code, 7);
    assert.match(strange.stderr, /^[^\n]*not as Keyward does[^\n]*\n$/);
  });

  test('a refusal is a problem document on standard output with --json, and a sentence on standard error', async () => {
    const refused = await keyward('keys', 'show', 'key_01m7xxxhjvs2yy9ep2n4c8q4t6', '--json');
    assert.equal(refused.code, 4);
    assert.equal(JSON.parse(refused.stdout).code, 'not_found');
    assert.match(refused.stderr, /no such key/);
    assert.doesNotMatch(refused.stderr, /\n {4}at /);
  });

  test('a reader that has enough ends the command without a word', async () => {
    const command = `'${process.execPath}' '${cliFile}' keys list | true; echo \${PIPESTATUS[0]}`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', command], { encoding: 'utf8', env: env() });
    assert.equal(stdout, '141\n');
    assert.equal(stderr, '');
  });

  test('a secret that nobody could read is not lost in silence', async () => {
    for (const option of ['--quiet', '--json']) {
      const command = `'${process.execPath}' '${cliFile}' keys create 'Gone — Reader' --bundle basic ${option} | true; echo \${PIPESTATUS[0]}`;
      const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', command], {
        encoding: 'utf8',
        env: env(),
      });
      assert.equal(stdout, '141\n');
      assert.match(
        stderr,
        /gone, and with it the secret.*\nGet a new one: keyward keys regenerate key_\w+\n$/,
      );
    }
    const full = openSync('/dev/full', 'w');
    const ran = await runChild(['keys', 'list'], { env: env(), stdout: full });
    closeSync(full);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /^The output cannot be written: .*\n$/);
  });

  test('Ctrl-C during a wait ends the command as a shell expects, without a stack trace', async () => {
    const busy = createHttpServer((_request, response) =>
      response
        .writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '60' })
        .end('{"code":"overloaded","title":"The server is busy","status":503}'),
    ).listen(0);
    const url = `http://localhost:${(busy.address() as AddressInfo).port}`;
    const ran = await runChild(['keys', 'list'], {
      env: { ...env(), KEYWARD_URL: url },
      onStart: (child) => child.stderr!.once('data', () => child.kill('SIGINT')),
    });
    busy.close();
    assert.equal(ran.code, 'SIGINT');
    assert.equal(ran.stderr, 'The server is busy; waiting 60 s.\n');
  });

  test('a pipe gets no colours, also with FORCE_COLOR', async () => {
    const settings = { ...env(), FORCE_COLOR: '3' };
    for (const args of [['keys', 'list'], ['me'], ['keys', '--help'], ['keys', 'list', '--json']]) {
      const { stdout, stderr } = await runChild(args, { env: settings, cwd: elsewhere });
      assert.doesNotMatch(stdout + stderr, escapeSequence);
    }
  });

  describe('on a terminal', { skip: hasScript() ? false : 'there is no script(1) to make one' }, () => {
    test('lists are coloured, unless NO_COLOR is set', async () => {
      assert.match((await onTerminal('keyward keys list')).stdout, escapeSequence);
      const plain = await onTerminal('keyward keys list', undefined, { NO_COLOR: '1' });
      assert.doesNotMatch(plain.stdout, escapeSequence);
    });

    test('delete shows the last use and asks for the name', async () => {
      await keyward('keys', 'create', 'Ask — Delete', '--bundle', 'basic');
      const command = "keyward keys delete 'Ask — Delete'";
      const wrong = await onTerminal(command, 'yes\n');
      assert.equal(wrong.code, 1);
      assert.match(wrong.stdout, /Last used: never.*Type its name.*nothing was deleted/s);
      const stopped = await onTerminal(command, '\u0003');
      assert.equal(stopped.code, 130);
      assert.doesNotMatch(stopped.stdout, /\n {4}at /);
      assert.equal((await onTerminal(command, 'Ask — Delete\n')).code, 0);
      assert.equal((await keyward('keys', 'show', 'Ask — Delete')).code, 4);
    });

    test('create asks before a key inherits everything, and shows the secret with its warning', async () => {
      const command = "keyward keys create 'Ask — Inherit'";
      const no = await onTerminal(command, 'no\n');
      assert.equal(no.code, 1);
      assert.doesNotMatch(no.stdout, secretShape);
      const yes = await onTerminal(command, 'yes\n');
      assert.equal(yes.code, 0);
      assert.match(yes.stdout, secretShape);
      assert.match(yes.stdout, /only time that the secret is shown/);
    });
  });
});
