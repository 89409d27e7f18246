import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { judgeRoom } from '../../src/cli/doctor/directory.ts';
import { makeCertificate } from '../certificate.ts';
import { cliFile, runHere } from '../cli.ts';
import { type DatabaseKind, onEachDatabase } from '../databases.ts';
import { type Installation, init, newInstallation, startServer } from '../faults/process.ts';

const dayMs = 86_400_000;
const isRoot = process.getuid?.() === 0;

interface Finding {
  readonly level: string;
  readonly check: string;
  readonly message: string;
}

async function open(t: TestContext, kind: DatabaseKind = 'sqlite'): Promise<Installation> {
  const installation = await newInstallation(kind);
  t.after(() => installation.remove());
  await init(installation);
  return installation;
}

/** What is not as it should be: `level check: message`. */
function problemsIn(json: string): string[] {
  const { findings } = JSON.parse(json) as { findings: Finding[] };
  return findings
    .filter(({ level }) => level !== 'ok')
    .map(({ level, check, message }) => `${level} ${check}: ${message}`);
}

async function doctor({ env }: Installation, settings: Record<string, string> = {}): Promise<string[]> {
  const { code, stdout } = await runHere(['doctor', '--json'], { ...env, ...settings });
  const problems = problemsIn(stdout);
  assert.equal(code, problems.some((text) => text.startsWith('error')) ? 1 : 0);
  return problems;
}

interface Chain {
  readonly head: { readonly tenant_id: string; readonly seq: number };
  readonly entries: readonly { readonly seq: number; readonly hash: string }[];
}

async function readChain({ env }: Installation, kind: DatabaseKind): Promise<Chain> {
  const head = 'select tenant_id, seq from audit_heads';
  const entries = 'select seq, hash from audit_entries order by seq';
  if (kind === 'sqlite') {
    using db = new DatabaseSync(join(env.KEYWARD_DATA_DIR!, 'keyward.db'));
    return { head: db.prepare(head).get(), entries: db.prepare(entries).all() } as unknown as Chain;
  }
  const client = new pg.Client({ connectionString: env.KEYWARD_DATABASE_URL! });
  await client.connect();
  try {
    const [{ rows: heads }, { rows }] = [await client.query(head), await client.query(entries)];
    const numbered = <T extends { seq: unknown }>(row: T) => ({ ...row, seq: Number(row.seq) });
    return { head: numbered(heads[0]), entries: rows.map(numbered) } as Chain;
  } finally {
    await client.end();
  }
}

async function onStore({ env }: Installation, kind: DatabaseKind, ...statements: string[]): Promise<void> {
  if (kind === 'postgres') return onDatabase(env.KEYWARD_DATABASE_URL!, ...statements);
  using db = new DatabaseSync(join(env.KEYWARD_DATA_DIR!, 'keyward.db'));
  for (const statement of statements) db.exec(statement);
}

async function onDatabase(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

onEachDatabase((kind, skip) => {
  test(`doctor holds each audit log against its newest signed checkpoint on ${kind}`, { skip }, async (t) => {
    const installation = await open(t, kind);
    const { code, stdout } = await runHere(['doctor', '--json'], installation.env);
    assert.equal(code, 0, stdout);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const messages = findings.filter(({ check }) => check.startsWith('audit')).map(({ message }) => message);
    assert.match(messages[0]!, /^All \d+ entries are as they were written\.$/);
    assert.deepEqual(messages.slice(1), ['The newest signed checkpoint fits the audit log.']);

    const before = await readChain(installation, kind);
    const { tenant_id: tenant, seq } = before.head;
    const broken = (at: number, reason: string) => [
      `error audit log: The audit log of ${tenant} is broken at entry ${at}: ${reason}.`,
    ];
    const forged = 'the checkpoint of this entry was not signed with the secret of this installation';
    await onStore(installation, kind, `update audit_checkpoints set at = at + 1 where seq = ${seq}`);
    assert.deepEqual(await doctor(installation), broken(seq, forged));
    await onStore(installation, kind, `update audit_checkpoints set at = at - 1 where seq = ${seq}`);
    assert.deepEqual(await doctor(installation), []);

    // Who can write to the database cuts off the end of the chain, and makes its head fit.
    const last = before.entries.at(-2)!;
    await onStore(
      installation,
      kind,
      `delete from audit_entries where seq = ${seq}`,
      `update audit_heads set seq = ${last.seq}, hash = '${last.hash}'`,
    );
    const [cut, ...others] = await doctor(installation);
    assert.match(
      cut!,
      new RegExp(`is broken at entry ${seq}: the end was cut off: the checkpoint of .* has ${seq} entries`),
    );
    assert.deepEqual(others, []);
    await onStore(installation, kind, 'delete from audit_checkpoints');
    assert.deepEqual(
      await doctor(installation),
      broken(seq, 'the signed checkpoint of this entry is missing'),
    );
  });

  if (kind === 'sqlite') return;

  test("doctor compares PostgreSQL's clock with this machine's", { skip }, async (t) => {
    const installation = await open(t, kind);
    const url = installation.env.KEYWARD_DATABASE_URL!;
    const database = new URL(url).pathname.slice(1);
    await onDatabase(url, 'create schema skewed');
    for (const [offset, expected] of [
      [
        "+ interval '90 seconds'",
        /^warning clock: PostgreSQL's clock is (90\.\d|89\.9) s ahead of this machine's\.$/,
      ],
      [
        "- interval '1 hour'",
        /^warning clock: PostgreSQL's clock is (3600\.\d|3599\.9) s behind this machine's\.$/,
      ],
      ["+ interval '0'", null],
    ] as const) {
      // A function of that name that is found first: the server itself tells another time.
      await onDatabase(
        url,
        `create or replace function skewed.clock_timestamp() returns timestamptz language sql volatile
         as $$ select pg_catalog.clock_timestamp() ${offset} $$`,
        `alter database ${database} set search_path = skewed, pg_catalog, public`,
      );
      const problems = await doctor(installation);
      assert.equal(problems.length, expected === null ? 0 : 1, problems.join('\n'));
      if (expected) assert.match(problems[0]!, expected);
    }
  });

  test('doctor says when the role may not create tables', { skip }, async (t) => {
    const installation = await open(t, kind);
    const url = new URL(installation.env.KEYWARD_DATABASE_URL!);
    const role = `reader_of_${url.pathname.slice(1)}`;
    const admin = url.href;
    await onDatabase(
      admin,
      `create role ${role} login password 'no secret'`,
      `grant select on all tables in schema public to ${role}`,
    );
    t.after(() => onDatabase(admin, `drop owned by ${role}`, `drop role ${role}`));
    url.username = role;
    url.password = 'no secret';
    const asReader = () => doctor(installation, { KEYWARD_DATABASE_URL: url.href });
    const [problem, ...others] = await asReader();
    assert.match(problem!, /^error database: This role may not create tables in its schema/);
    assert.deepEqual(others, []);
    await onDatabase(admin, `grant create on schema public to ${role}`);
    assert.deepEqual(await asReader(), []);
  });
});

test('doctor says how long the certificate is still good, beside the server that uses it', async (t) => {
  const installation = await open(t);
  const files = { KEYWARD_TLS_CERT: 'cert', KEYWARD_TLS_KEY: 'key' };
  const settings = Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, join(installation.directory, file)]),
  );
  const now = Date.now();
  const dates = async (fromDays: number, untilDays: number) => {
    const days = (count: number) => new Date(now + count * dayMs);
    const made = makeCertificate(days(fromDays), days(untilDays));
    writeFileSync(settings.KEYWARD_TLS_CERT!, made.cert);
    writeFileSync(settings.KEYWARD_TLS_KEY!, made.key);
    const problems = await doctor(installation, settings);
    return problems.filter((text) => !/is not for localhost/.test(text));
  };
  const dayOf = (days: number) => new Date(now + days * dayMs).toISOString().slice(0, 10);
  assert.deepEqual(await dates(-1, 22), []);
  assert.deepEqual(await dates(-1, 20.5), [
    `warning certificate: The certificate expires on ${dayOf(20.5)}, in 20 days.`,
  ]);
  assert.deepEqual(await dates(-10, -1), [`error certificate: The certificate expired on ${dayOf(-1)}.`]);
  const [early, ...others] = await dates(1, 90);
  assert.deepEqual([early?.startsWith('error certificate: The certificate counts from'), others], [true, []]);

  await dates(-1, 0.5);
  const server = await startServer(installation, settings);
  assert.match(server.url, /^https:/);
  assert.deepEqual(await dates(-1, 0.5), [
    `warning certificate: The certificate expires on ${dayOf(0.5)}, in 0 days.`,
  ]);
  server.signal('SIGTERM');
  assert.equal(await server.ended, 0);
});

test('doctor judges the room on a disk', () => {
  for (const [megabytes, level] of [
    [0, 'error'],
    [99, 'error'],
    [100, 'warning'],
    [999, 'warning'],
    [1_000, 'ok'],
  ] as const) {
    const finding = judgeRoom(megabytes * 1_000_000);
    assert.deepEqual(
      [finding.level, finding.message],
      [level, `${megabytes.toLocaleString('en-GB')} MB are free on its disk.`],
    );
  }
});

const fullDisk = '/proc';
const hasFullDisk = isRoot && process.platform === 'linux' && statfsSync(fullDisk).bavail === 0;

test('doctor reads the room of the disk that the data is on', {
  skip: hasFullDisk ? false : 'no file system that is always full can be written by this user',
}, async (t) => {
  const installation = await open(t);
  const problems = await doctor(installation, { KEYWARD_DATA_DIR: fullDisk });
  assert.ok(problems.includes('error disk: 0 MB are free on its disk.'), problems.join('\n'));
});

test('doctor says who else may enter the data directory, or read the secret', async (t) => {
  const installation = await open(t);
  const data = installation.env.KEYWARD_DATA_DIR!;
  chmodSync(data, 0o750);
  chmodSync(join(data, 'secret'), 0o640);
  assert.deepEqual(await doctor(installation), [
    `error data directory: Other users may enter ${data}.`,
    'error secret: Other users may read the file secret.',
  ]);
});

test('doctor says that the data belongs to another user', {
  skip: isRoot ? false : 'only root can give a directory away',
}, async (t) => {
  const installation = await open(t);
  const data = installation.env.KEYWARD_DATA_DIR!;
  chownSync(data, 12_345, 12_345);
  assert.deepEqual(await doctor(installation), [
    `warning data directory: ${data} belongs to user 12345, and this is user 0.`,
  ]);
});

/** Root reads everything, unless these two capabilities are taken from it. */
const unprivileged = isRoot ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : ['env'];
const canDrop = spawnSync(unprivileged[0]!, [...unprivileged.slice(1), 'true']).status === 0;

test('doctor says that this user cannot read the data directory', {
  skip: canDrop ? false : 'root keeps its privileges here: there is no setpriv(1)',
}, async (t) => {
  const installation = await open(t);
  const data = installation.env.KEYWARD_DATA_DIR!;
  chmodSync(data, 0o000);
  const [command, ...args] = [...unprivileged, process.execPath, cliFile, 'doctor', '--json'];
  const { stdout, status } = spawnSync(command!, args, { env: installation.env, encoding: 'utf8' });
  chmodSync(data, 0o700);
  assert.equal(status, 1);
  assert.ok(
    problemsIn(stdout).includes(`error data directory: ${data} cannot be read and written by this user.`),
    stdout,
  );
});

test('doctor names what a killed back-up left in the data directory', async (t) => {
  const installation = await open(t);
  const left = join(installation.env.KEYWARD_DATA_DIR!, '.nightly.partial-0123abcd');
  mkdirSync(left);
  writeFileSync(`${left}.lock`, '');
  assert.deepEqual(await doctor(installation), [`warning back-up: A back-up was killed, and left ${left}.`]);
});
