import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import pg from 'pg';
import { onEachDatabase } from '../databases.ts';
import {
  failToStart,
  freePort,
  type Installation,
  init,
  keyward,
  newInstallation,
  owner,
  type StartFailure,
  startServer,
} from './process.ts';

const root = join(import.meta.dirname, '../..');

/** One clear sentence, no stack, no credentials, a non-zero exit. */
function assertSentence(failure: StartFailure | { code: number; stderr: string }, expected: RegExp): void {
  assert.equal(failure.code, 1, failure.stderr);
  assert.match(failure.stderr, expected);
  assert.equal(failure.stderr.trim().split('\n').length, 1, failure.stderr);
  assert.doesNotMatch(failure.stderr, /\bat .*\.ts:|Error:|node:internal|PRIVATE KEY|topsecret/);
}

function contentOf(directory: string): string {
  return readdirSync(directory)
    .filter((name) => !/-(wal|shm|journal)$/.test(name))
    .sort()
    .map((name) => `${name} ${readFileSync(join(directory, name), 'base64')}`)
    .join('\n');
}

async function get(url: string, key?: string): Promise<number> {
  const answer = await fetch(url, { headers: key ? { authorization: `Bearer ${key}` } : {} });
  await answer.arrayBuffer();
  return answer.status;
}

test('the first start makes a private directory and hands out the set-up link in a private file', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const data = installation.env.KEYWARD_DATA_DIR!;
  const server = await startServer(installation);
  t.diagnostic(`listening ${Math.round(server.startedInMs)} ms after the process was made`);
  assert.ok(server.startedInMs < 3_000, 'a second on a quiet machine');
  assert.equal(statSync(data).mode & 0o777, 0o700);
  for (const name of readdirSync(data)) assert.equal(statSync(join(data, name)).mode & 0o077, 0, name);
  const path = join(data, 'setup-link');
  assert.ok(server.output.some((line) => line.includes(path)));
  const link = readFileSync(path, 'utf8').trim();
  assert.equal(
    server.output.some((line) => line.includes(link)),
    false,
    'not where a log would keep it',
  );
  const setUp = await fetch(`${server.url}/api/auth/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: new URL(link).hash.slice('#token='.length), name: 'Ada', ...owner }),
  });
  assert.equal(setUp.status, 201);
  server.signal('SIGTERM');
  assert.equal(await server.ended, 0);
  assert.equal(existsSync(path), false, 'a used link is of no use to anybody');
});

test('the admin variables make the owner once, and bad ones are named', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  assertSentence(await failToStart(installation, { KEYWARD_ADMIN_EMAIL: owner.email }), /go together/);
  assertSentence(
    await failToStart(installation, { KEYWARD_ADMIN_EMAIL: owner.email, KEYWARD_ADMIN_PASSWORD: 'short' }),
    /KEYWARD_ADMIN_PASSWORD/,
  );
  const variables = { KEYWARD_ADMIN_EMAIL: owner.email, KEYWARD_ADMIN_PASSWORD: owner.password };
  for (const wasMade of [true, false]) {
    const server = await startServer(installation, variables);
    assert.equal(
      server.output.some((line) => line.includes('was created')),
      wasMade,
    );
    assert.equal(
      server.output.some((line) => line.includes('First start')),
      false,
    );
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
  }
});

test('init makes the owner and a key, later asks for the password, and prints a list for several environments', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const first = await init(installation);
  assert.deepEqual(Object.keys(first).sort(), ['environment', 'keyId', 'secret', 'tenantId', 'userId']);
  assert.equal(first.environment, 'production');
  const wrong = await keyward(installation, [
    'init',
    '--email',
    owner.email,
    '--password',
    'not the right one',
    '--json',
  ]);
  assertSentence(wrong, /not theirs/);
  assert.equal(wrong.stdout, '');
  const several = await keyward(
    installation,
    ['init', '--email', owner.email, '--json', '--environment', 'sandbox', '--environment', 'staging'],
    `${owner.password}\n`,
  );
  assert.equal(several.code, 0, several.stderr);
  const keys = JSON.parse(several.stdout) as { environment: string; userId: string; secret: string }[];
  assert.deepEqual(
    keys.map((key) => key.environment),
    ['sandbox', 'staging'],
  );
  assert.ok(keys.every((key) => key.userId === first.userId && key.secret.startsWith('sa_test_')));
  const server = await startServer(installation);
  assertSentence(
    await keyward(installation, ['init', '--email', owner.email, '--password', owner.password]),
    /Another Keyward/,
  );
  assert.equal(await get(`${server.url}/api/v1/me`, first.secret), 200);
  server.signal('SIGTERM');
  assert.equal(await server.ended, 0);
});

test('a setting that cannot be used stops the start with a sentence that names it', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const pem = join(installation.directory, 'key.pem');
  writeFileSync(pem, '-----BEGIN PRIVATE KEY-----\ntopsecret\n-----END PRIVATE KEY-----\n');
  const cases: [Record<string, string>, RegExp][] = [
    [{ KEYWARD_PORT: 'abc' }, /KEYWARD_PORT/],
    [{ KEYWARD_PORT: '70000' }, /KEYWARD_PORT/],
    [{ KEYWARD_PUBLIC_URL: 'example.com' }, /KEYWARD_PUBLIC_URL/],
    [{ KEYWARD_HOSTS: 'a=nowhere' }, /KEYWARD_HOSTS/],
    [{ KEYWARD_TRUST_PROXY: '10.0.0.0/99' }, /KEYWARD_TRUST_PROXY/],
    [{ KEYWARD_KEY_PREFIX: 'TOO-LOUD' }, /KEYWARD_KEY_PREFIX/],
    [{ KEYWARD_SECRET: 'topsecret' }, /KEYWARD_SECRET.*32 characters/],
    [{ KEYWARD_DATABASE_URL: 'mysql://u:topsecret@h/d' }, /KEYWARD_DATABASE_URL/],
    [{ KEYWARD_DATABASE_URL: 'postgres://u:topsecret@127.0.0.1:1/d' }, /KEYWARD_SECRET is required/],
    [{ KEYWARD_REDIS_URL: 'redis://127.0.0.1' }, /KEYWARD_REDIS_URL/],
    [{ KEYWARD_TLS_CERT: pem }, /go together/],
    [{ KEYWARD_TLS_CERT: pem, KEYWARD_TLS_KEY_FILE: pem }, /KEYWARD_TLS_CERT and KEYWARD_TLS_KEY/],
    [{ KEYWARD_TLS_CERT: '/nowhere', KEYWARD_TLS_KEY: pem }, /KEYWARD_TLS_CERT.*ENOENT/],
    [{ KEYWARD_ADMIN_PASSWORD_FILE: '/nowhere' }, /KEYWARD_ADMIN_PASSWORD_FILE/],
  ];
  for (const [settings, expected] of cases)
    assertSentence(await failToStart(installation, settings), expected);
});

test('a directory that is none, belongs to others or cannot be made is refused and left as it is', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const file = join(installation.directory, 'file');
  writeFileSync(file, 'mine', { mode: 0o644 });
  const shared = join(installation.directory, 'shared');
  mkdirSync(shared, { mode: 0o755 });
  writeFileSync(join(shared, 'else'), 'theirs');
  for (const directory of [file, join(file, 'below'), shared, '/proc/keyward']) {
    assertSentence(await failToStart(installation, { KEYWARD_DATA_DIR: directory }), /data directory/);
  }
  assert.equal(statSync(file).mode & 0o777, 0o644);
  assert.equal(statSync(shared).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(shared), ['else']);
});

test('without the file that holds its key, or with another key, the data is not touched', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  await init(installation);
  const data = installation.env.KEYWARD_DATA_DIR!;
  const path = join(data, 'secret');
  const kept = readFileSync(path);
  const before = contentOf(data);
  assertSentence(
    await failToStart(installation, { KEYWARD_SECRET: 'x'.repeat(40) }),
    /not the one this database was written with/,
  );
  rmSync(path);
  assertSentence(await failToStart(installation), /secret is missing/);
  writeFileSync(path, kept, { mode: 0o600 });
  assert.equal(contentOf(data), before);
  const server = await startServer(installation);
  server.signal('SIGTERM');
  assert.equal(await server.ended, 0);
});

test('a port in use is said so, and the program that has it goes on', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const squatter = createServer((socket) => socket.end('here'));
  squatter.listen(Number(installation.env.KEYWARD_PORT), '127.0.0.1');
  await once(squatter, 'listening');
  assertSentence(await failToStart(installation), /Port \d+ on 127\.0\.0\.1 is in use/);
  const [greeting] = (await once(connect(Number(installation.env.KEYWARD_PORT), '127.0.0.1'), 'data')) as [
    Buffer,
  ];
  assert.equal(greeting.toString(), 'here');
  squatter.close();
});

test('an address that is none of this machine is named', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  for (const address of ['192.0.2.1', 'nothing.invalid']) {
    const failure = await failToStart(installation, { KEYWARD_BIND: address });
    assertSentence(failure, new RegExp(`${address} .*KEYWARD_BIND`));
  }
});

test('a damaged database is named and left as it is; damaged telemetry is set aside', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  await init(installation);
  const data = installation.env.KEYWARD_DATA_DIR!;
  const path = join(data, 'keyward.db');
  const kept = readFileSync(path);
  const damaged = 'This is no database, although it is long enough to be one. '.repeat(100);
  writeFileSync(path, damaged);
  assertSentence(await failToStart(installation), /keyward\.db/);
  assert.equal(readFileSync(path, 'utf8'), damaged);
  writeFileSync(path, kept);
  writeFileSync(join(data, 'telemetry.db'), damaged);
  const server = await startServer(installation);
  assert.equal(await get(`${server.url}/readyz`), 200);
  assert.ok(readdirSync(data).some((name) => name.startsWith('telemetry.db.damaged-')));
  server.signal('SIGTERM');
  assert.equal(await server.ended, 0);
});

onEachDatabase((kind, skip) => {
  describe(`start and stop on ${kind}`, { skip }, () => {
    async function raiseSchema({ env }: Installation): Promise<void> {
      const statement = "insert into schema_migrations (version, name, applied_at) values (999, 'future', 0)";
      if (kind === 'sqlite') {
        const { DatabaseSync } = await import('node:sqlite');
        const db = new DatabaseSync(join(env.KEYWARD_DATA_DIR!, 'keyward.db'));
        db.exec(statement);
        db.close();
        return;
      }
      const client = new pg.Client({ connectionString: env.KEYWARD_DATABASE_URL });
      await client.connect();
      await client.query(statement);
      await client.end();
    }

    test('a second server on the same data is refused, and the first goes on', async (t) => {
      const installation = await newInstallation(kind);
      t.after(() => installation.remove());
      const admin = await init(installation);
      const server = await startServer(installation);
      const second = await failToStart(installation, { KEYWARD_PORT: String(await freePort()) });
      assertSentence(second, /Another Keyward is using/);
      assert.equal(await get(`${server.url}/api/v1/me`, admin.secret), 200);
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
    });

    test('a database from a newer version is refused', async (t) => {
      const installation = await newInstallation(kind);
      t.after(() => installation.remove());
      await init(installation);
      await raiseSchema(installation);
      assertSentence(await failToStart(installation), /newer version of Keyward \(schema 999/);
    });

    test('SIGTERM lets a request in flight finish, closes idle connections, writes what is in memory, and exits 0', async (t) => {
      const installation = await newInstallation(kind);
      t.after(() => installation.remove());
      const admin = await init(installation);
      const server = await startServer(installation);
      const agent = new Agent({ keepAlive: true });
      const idle = connect(Number(new URL(server.url).port), '127.0.0.1');
      await once(idle, 'connect');
      const idleClosed = once(idle, 'close');
      const key = await create(server.url, admin.secret, agent);
      for (let i = 0; i < 3; i++)
        assert.equal(await get(`${server.url}/api/v1/kb/categories`, key.secret), 200);
      const began = openPost(server.url, admin.secret, agent);
      await once(began, 'continue');
      server.signal('SIGTERM');
      await idleClosed;
      await assert.rejects(get(`${server.url}/healthz`), 'nothing new is accepted');
      began.end(JSON.stringify({ title: 'Written while stopping', slug: 'late' }));
      const [answer] = (await once(began, 'response')) as [IncomingMessage];
      answer.resume();
      assert.equal(answer.statusCode, 201);
      assert.equal(await server.ended, 0);
      const again = await startServer(installation);
      const late = await fetch(`${again.url}/api/v1/kb/categories`, {
        headers: { authorization: `Bearer ${key.secret}` },
      });
      assert.equal(late.headers.get('x-ratelimit-remaining'), '1', 'five, three before and this one');
      assert.match(await late.text(), /Written while stopping/);
      const read = await fetch(`${again.url}/api/v1/api-keys/${key.id}`, {
        headers: { authorization: `Bearer ${admin.secret}` },
      });
      assert.ok(((await read.json()) as { lastUsedAt: string | null }).lastUsedAt);
      again.signal('SIGTERM');
      assert.equal(await again.ended, 0);
    });
  });
});

async function create(url: string, admin: string, agent: Agent): Promise<{ id: string; secret: string }> {
  const rateLimit = { perMinute: 5, burst: 0, perDay: 100 };
  const outgoing = request(`${url}/api/v1/api-keys`, {
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
  });
  outgoing.end(JSON.stringify({ name: 'Stopping — test', scopes: ['knowledge:read'], rateLimit }));
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as { id: string; secret: string };
}

/** Sends the headers and waits with the body; the server says when it has let them in. */
function openPost(url: string, admin: string, agent: Agent): ClientRequest {
  const outgoing = request(`${url}/api/v1/kb/categories`, {
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json', expect: '100-continue' },
  });
  outgoing.flushHeaders();
  return outgoing;
}

test('through the launcher, SIGTERM drains and the exit code is 0', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const server = await startServer(installation, {}, [join(root, 'scripts/run.cjs'), 'src/main.ts']);
  assert.equal(await get(`${server.url}/healthz`), 200);
  server.signal('SIGTERM');
  assert.equal(await server.ended, 0);
});

test('PostgreSQL that cannot be reached is said so, without the password', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const url = `postgres://keyward:topsecret@127.0.0.1:${await freePort()}/keyward`;
  const failure = await failToStart(installation, {
    KEYWARD_DATABASE_URL: url,
    KEYWARD_SECRET: 'x'.repeat(40),
  });
  assertSentence(failure, /PostgreSQL at 127\.0\.0\.1:\d+\/keyward cannot be reached/);
});

onEachDatabase((kind, skip) => {
  if (kind === 'sqlite') return;

  test('PostgreSQL that refuses the connection is named without its credentials', { skip }, async (t) => {
    const installation = await newInstallation('postgres');
    t.after(() => installation.remove());
    const good = installation.env.KEYWARD_DATABASE_URL!;
    const variant = (part: 'password' | 'pathname' | 'hostname', value: string) => {
      const url = new URL(good);
      url[part] = value;
      return url.href;
    };
    const cases: [url: string, expected: RegExp][] = [
      [variant('password', 'topsecret'), /password/],
      [variant('pathname', '/nothing_here'), /nothing_here/],
      [variant('hostname', 'nothing.invalid'), /nothing\.invalid/],
      ['postgres://keyward:topsecret@[', /PostgreSQL|KEYWARD_DATABASE_URL/],
      ['postgres://keyward:topsecret@localhost:99999/x', /PostgreSQL|KEYWARD_DATABASE_URL/],
    ];
    for (const [url, expected] of cases) {
      const failure = await failToStart(installation, { KEYWARD_DATABASE_URL: url });
      assertSentence(failure, expected);
      assert.equal(failure.stderr.includes(new URL(good).password), false);
    }
  });
});
