import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Output } from '../../src/cli/output.ts';
import { createProgram } from '../../src/cli/program.ts';
import { makeCertificate } from '../certificate.ts';
import { onEachDatabase } from '../databases.ts';
import {
  type FirstKey,
  freePort,
  type Installation,
  keyward,
  newInstallation,
  owner,
  startServer,
} from '../faults/process.ts';

const newPassword = 'another battery staple';

/** The command line in this process, where it begins half a second sooner; with input, in one of its own. */
async function run(installation: Installation, args: readonly string[], input?: string) {
  const { code, stdout, stderr } =
    input === undefined ? await here(installation, args) : await keyward(installation, args, input);
  return { code, stderr, stdout, json: stdout.startsWith('{') ? JSON.parse(stdout) : null };
}

async function here({ env }: Installation, args: readonly string[]) {
  const told = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof told) =>
    ({
      write: (text: string) => {
        told[name] += text;
        return true;
      },
    }) as unknown as NodeJS.WriteStream;
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    await createProgram(new Output({ stdout: stream('stdout'), stderr: stream('stderr') })).run(args);
    return { code: process.exitCode ?? 0, ...told };
  } finally {
    process.exitCode = undefined;
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

async function init(installation: Installation): Promise<FirstKey> {
  const { email, password } = owner;
  const { code, json, stderr } = await run(installation, [
    'init',
    '--email',
    email,
    '--password',
    password,
    '--json',
  ]);
  assert.equal(code, 0, stderr);
  return json;
}

async function signIn(url: string, password: string): Promise<{ status: number; cookie: string }> {
  const answer = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: owner.email, password }),
  });
  await answer.arrayBuffer();
  const cookie = answer.headers.getSetCookie().map((text) => text.split(';')[0]);
  return { status: answer.status, cookie: cookie.join('; ') };
}

interface Findings {
  readonly ok: boolean;
  readonly findings: readonly { level: string; check: string; message: string; action: string | null }[];
}

function problemsIn({ findings }: Findings): string[] {
  return findings.filter(({ level }) => level !== 'ok').map(({ check, message }) => `${check}: ${message}`);
}

onEachDatabase((kind, skip) => {
  describe(`commands on the data, on ${kind}`, { skip }, () => {
    test('migrate says which steps ran, and --check changes nothing', async (t) => {
      const installation = await newInstallation(kind);
      t.after(() => installation.remove());
      const before = await run(installation, ['migrate', '--check', '--json']);
      assert.equal(before.code, 1);
      assert.ok(before.json.pending.includes('initial') && before.json.pending.length > 2);
      const first = await run(installation, ['migrate', '--json']);
      assert.deepEqual([first.code, first.json.applied], [0, before.json.pending]);
      const second = await run(installation, ['migrate']);
      assert.match(second.stdout, /up to date: nothing was pending/);
      const after = await run(installation, ['migrate', '--check', '--json']);
      assert.deepEqual([after.code, after.json], [0, { pending: [] }]);
    });

    test('tenants are made with an owner, and listed also beside a running server', async (t) => {
      const installation = await newInstallation(kind);
      t.after(() => installation.remove());
      const create = ['tenants', 'create', '--name', 'Acme', '--email', owner.email];
      const made = await run(installation, [...create, '--json'], `${owner.password}\n`);
      assert.equal(made.code, 0, made.stderr);
      assert.deepEqual(Object.keys(made.json).sort(), ['tenantId', 'userId']);
      const withPassword = [...create, '--password', owner.password];
      const again = await run(installation, withPassword);
      assert.deepEqual([again.code, again.stderr.includes('already')], [5, true]);
      assert.equal((await run(installation, create, '')).code, 2, 'without a password');
      const server = await startServer(installation);
      const refused = await run(installation, withPassword);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /^Another Keyward is using [^\n]+ stop it first[^\n]*\.\n$/);
      const { json } = await run(installation, ['tenants', 'list', '--json']);
      const [{ createdAt, ...tenant }] = json.data;
      assert.deepEqual(tenant, { id: made.json.tenantId, name: 'Acme', members: 1, keys: 0 });
      assert.match(createdAt, /^\d{4}-\d\d-\d\dT/);
      assert.equal((await signIn(server.url, owner.password)).status, 200);
    });

    test('a password is reset: sessions end, the old one is over, and the new one lets in', async (t) => {
      const installation = await newInstallation(kind);
      t.after(() => installation.remove());
      await init(installation);
      let server = await startServer(installation);
      const { cookie } = await signIn(server.url, owner.password);
      server.signal('SIGTERM');
      await server.ended;
      const reset = ['users', 'reset-password'];
      assert.equal((await run(installation, [...reset, 'nobody@example.com', '--generate'])).code, 4);
      const short = await run(installation, [...reset, owner.email], 'short');
      assert.deepEqual([short.code, /password must have/.test(short.stderr)], [1, true], short.stderr);
      const done = await run(installation, [...reset, owner.email, '--json'], newPassword);
      assert.deepEqual([done.json.endedSessions, done.json.twoFactorRemoved], [1, false], done.stderr);
      assert.equal(done.stdout.includes(newPassword), false);
      const generated = await run(installation, [
        ...reset,
        owner.email,
        '--generate',
        '--remove-two-factor',
        '--json',
      ]);
      assert.equal(generated.json.twoFactorRemoved, true);
      server = await startServer(installation);
      assert.equal(
        (await fetch(`${server.url}/api/auth/list-sessions`, { headers: { cookie } })).status,
        401,
      );
      assert.equal((await signIn(server.url, owner.password)).status, 401);
      assert.equal((await signIn(server.url, newPassword)).status, 401);
      assert.equal((await signIn(server.url, generated.json.password)).status, 200);
    });

    test('doctor finds nothing wrong with a good installation, running or not, and says what is wrong with others', async (t) => {
      const installation = await newInstallation(kind);
      t.after(() => installation.remove());
      const doctor = async (settings: Record<string, string> = {}) => {
        const env = { ...installation.env, ...settings };
        const { code, json } = await run({ ...installation, env }, ['doctor', '--json']);
        assert.equal(code, json.ok ? 0 : 1);
        for (const { level, action } of json.findings) assert.equal(action === null, level === 'ok');
        return json as Findings;
      };
      const empty = await doctor();
      assert.equal(empty.ok, true, problemsIn(empty).join('\n'));
      await init(installation);
      assert.deepEqual(problemsIn(await doctor()), []);
      const server = await startServer(installation);
      const running = await doctor();
      assert.deepEqual(problemsIn(running), []);
      assert.match(JSON.stringify(running), /is running and answers on 127\.0\.0\.1/);
      const elsewhere = await doctor({ KEYWARD_PORT: String(await freePort()) });
      assert.match(problemsIn(elsewhere).join(), /server: A Keyward is running .*nothing answers/);
      server.signal('SIGTERM');
      await server.ended;
      const certificate = makeCertificate();
      const files = ['cert', 'key'].map((name) => join(installation.directory, name));
      writeFileSync(files[0]!, certificate.cert);
      writeFileSync(files[1]!, makeCertificate().key);
      const broken = await doctor({
        KEYWARD_SECRET: 'another secret, which is long enough as well',
        KEYWARD_PUBLIC_URL: 'http://keys.example.com',
        KEYWARD_TLS_CERT: files[0]!,
        KEYWARD_TLS_KEY: files[1]!,
        KEYWARD_PROT: '1',
      });
      const said = problemsIn(broken).join('\n');
      for (const pattern of [
        /settings: KEYWARD_PROT is not a setting/,
        /public address: Nobody can sign in/,
        /certificate: KEYWARD_TLS_KEY is not the key/,
        /certificate: The certificate is not for keys\.example\.com/,
        /secret: The secret is not the one/,
      ])
        assert.match(said, pattern);
      assert.match(problemsIn(await doctor({ KEYWARD_PORT: 'abc' })).join('\n'), /KEYWARD_PORT/);
    });
  });
});

test('a back-up beside a server that writes holds every key acknowledged before it began, and starts', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const admin = await init(installation);
  const server = await startServer(installation);
  const headers = { authorization: `Bearer ${admin.secret}`, 'content-type': 'application/json' };
  const acknowledged: string[] = [];
  let isOver = false;
  const write = async () => {
    while (!isOver) {
      const body = JSON.stringify({ name: `Written — ${acknowledged.length}`, scopes: ['knowledge:read'] });
      const answer = await fetch(`${server.url}/api/v1/api-keys`, { method: 'POST', headers, body });
      assert.equal(answer.status, 201);
      acknowledged.push(((await answer.json()) as { secret: string }).secret);
    }
  };
  const writers = Promise.all([write(), write(), write()]);
  while (acknowledged.length < 20) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = [...acknowledged];
  const backup = join(installation.directory, 'backup');
  const made = await run(installation, ['backup', backup, '--json']);
  const during = acknowledged.length - before.length;
  isOver = true;
  await writers;
  assert.equal(made.code, 0, made.stderr);
  assert.ok(during > 0, 'writes went on');
  assert.equal(made.json.manifest.audit.isWhole, true);
  assert.ok(made.json.manifest.counts.keys > before.length);
  const refused = await run(installation, ['restore', backup, '--force']);
  assert.deepEqual([refused.code, /Another Keyward is using/.test(refused.stderr)], [1, true]);

  const env = {
    ...installation.env,
    KEYWARD_DATA_DIR: join(installation.directory, 'restored'),
    KEYWARD_PORT: String(await freePort()),
  };
  const target = { ...installation, env };
  const restored = await run(target, ['restore', backup, '--json']);
  assert.deepEqual([restored.code, restored.json?.replacedPath], [0, null], restored.stderr);
  const again = await startServer(target);
  for (const secret of before) {
    const answer = await fetch(`${again.url}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
    await answer.arrayBuffer();
    assert.equal(answer.status, 200);
  }
  const doctor = await run(target, ['doctor', '--json']);
  assert.deepEqual([doctor.code, problemsIn(doctor.json)], [0, []]);
  again.signal('SIGTERM');
  await again.ended;
});

test('doctor names damage, and what was changed past Keyward, by the check that found it', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  await init(installation);
  const data = installation.env.KEYWARD_DATA_DIR!;
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(join(data, 'keyward.db'));
  db.exec("update audit_entries set actor_id = 'usr_forged' where seq = 2");
  db.close();
  writeFileSync(join(data, 'telemetry.db.damaged-1700000000000'), '');
  const changed = (await run(installation, ['doctor', '--json'])).json as Findings;
  assert.equal(changed.ok, false);
  assert.match(
    problemsIn(changed).join('\n'),
    /audit log: .* broken at entry 2: the entry is not what was written/,
  );
  assert.match(problemsIn(changed).join('\n'), /telemetry: telemetry\.db was damaged once/);
  const path = join(data, 'keyward.db');
  writeFileSync(path, readFileSync(path).fill(0xa5, 20_000, 60_000));
  const damaged = await run(installation, ['doctor']);
  assert.equal(damaged.code, 1);
  assert.match(
    damaged.stdout,
    /ERROR {3}database: keyward\.db is damaged[^\n]+\n {8}Stop Keyward, and restore/,
  );
});

test('config shows where settings come from and no secret; PostgreSQL is copied by its own tools', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  const shown = await run(installation, ['config', '--json']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(shown.json.settings.length > 20, true);
  const password = 'topsecret-canary';
  const env = {
    ...installation.env,
    KEYWARD_DATABASE_URL: `postgres://keyward:${password}@127.0.0.1:1/keyward`,
    KEYWARD_SECRET: `${password}-which-is-long-enough-for-this`,
  };
  for (const [args, code, expected] of [
    [['config'], 0, /KEYWARD_DATABASE_URL +environment +set\n/],
    [['backup'], 1, /pg_dump --format=custom --file keyward\.dump "\$KEYWARD_DATABASE_URL"/],
    [['restore', 'x'], 1, /pg_restore .*"\$KEYWARD_DATABASE_URL"/],
    [['doctor'], 1, /PostgreSQL at 127\.0\.0\.1:1\/keyward cannot be reached/],
    [['tenants', 'list'], 1, /PostgreSQL at 127\.0\.0\.1:1\/keyward cannot be read/],
  ] as const) {
    const answer = await run({ ...installation, env }, args);
    const said = answer.stdout + answer.stderr;
    assert.equal(answer.code, code, said);
    assert.match(said, expected);
    assert.doesNotMatch(said, /canary|\n\s+at /);
  }
});
