import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Installation, init, keyward, newInstallation, startServer } from './process.ts';

const root = join(import.meta.dirname, '../..');
const preload = join(import.meta.dirname, 'kill-at-rename.ts');
const atOnce = promisify(execFile);

/** Runs the command line and ends it by SIGKILL where `killAt` says; answers with its signal, or null for a run to the end. */
async function runKilled(installation: Installation, args: readonly string[], killAt: string) {
  const program = ['--import', preload, join(root, 'src/cli/index.ts'), ...args];
  const env = { ...installation.env, KILL_AT: killAt };
  return atOnce(process.execPath, program, { cwd: root, env }).then(
    () => null,
    (error: { signal: string | null; stderr: string }) => {
      assert.equal(error.signal, 'SIGKILL', error.stderr);
      return error.signal;
    },
  );
}

async function tenantOf(installation: Installation): Promise<string> {
  const { code, stdout, stderr } = await keyward(installation, ['tenants', 'list', '--json']);
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { data: { name: string }[] }).data.map(({ name }) => name).join();
}

async function prepare(): Promise<{ old: Installation; backup: string }> {
  const [old, other] = [await newInstallation('sqlite'), await newInstallation('sqlite')];
  await init(old, '--tenant', 'Old');
  await init(other, '--tenant', 'New');
  const backup = join(old.directory, 'backup');
  const { code, stderr } = await keyward(other, ['backup', backup]);
  assert.equal(code, 0, stderr);
  other.remove();
  return { old, backup };
}

test('a restore that is killed at any of its steps leaves the old data or the new, and never a mixture', async (t) => {
  const { old, backup } = await prepare();
  t.after(() => old.remove());
  const seen = new Set<string>();
  const data = old.env.KEYWARD_DATA_DIR!;
  const kept = join(old.directory, 'kept');
  await keyward(old, ['backup', kept]);
  for (let step = 1; ; step++) {
    rmSync(data, { recursive: true });
    await keyward(old, ['restore', kept]);
    const moment = step % 2 === 0 ? 'after' : 'before';
    if ((await runKilled(old, ['restore', backup, '--force'], `${step} ${moment}`)) === null) break;
    // What a start does first; and the start itself must find its data whole.
    const migrated = await keyward(old, ['migrate']);
    assert.equal(migrated.code, 0, `step ${step}: ${migrated.stderr}`);
    const name = await tenantOf(old);
    assert.ok(name === 'Old' || name === 'New', `step ${step}: ${name}`);
    seen.add(name);
    const doctor = await keyward(old, ['doctor', '--json']);
    assert.deepEqual([doctor.code, step], [0, step], doctor.stdout);
    const left = readdirSync(data).filter((entry) => entry.startsWith('restore-'));
    assert.deepEqual(left, [], `step ${step}`);
    const aside = readdirSync(data).filter((entry) => entry.startsWith('replaced-'));
    assert.equal(
      aside.length,
      name === 'New' ? 1 : 0,
      'the old files stay together, and only when they are old',
    );
  }
  assert.deepEqual([...seen], ['Old', 'New']);
  assert.equal(await tenantOf(old), 'New');
});

test('a back-up that is killed or interrupted at any moment has no name yet, or is whole', async (t) => {
  const installation = await newInstallation('sqlite');
  t.after(() => installation.remove());
  await init(installation);
  grow(join(installation.env.KEYWARD_DATA_DIR!, 'keyward.db'));
  const server = await startServer(installation);
  const parent = join(installation.directory, 'backups');
  mkdirSync(parent);
  let whole = 0;
  for (let round = 0; round < 12; round++) {
    const path = join(parent, `round-${round}`);
    const signal = round % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
    const child = spawn(process.execPath, [join(root, 'src/cli/index.ts'), 'backup', path], {
      cwd: root,
      env: installation.env,
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    const partial = () => readdirSync(parent).some((name) => name.startsWith(`.round-${round}.partial-`));
    while (!partial() && !existsSync(path)) await delay(5);
    await delay(round * 30);
    child.kill(signal);
    await ended;
    if (!existsSync(path)) {
      if (signal === 'SIGTERM') assert.equal(partial(), false, 'who is asked to stop clears up');
      continue;
    }
    whole += 1;
    const target = {
      ...installation,
      env: { ...installation.env, KEYWARD_DATA_DIR: join(parent, `of-${round}`) },
    };
    const restored = await keyward(target, ['restore', path]);
    assert.equal(restored.code, 0, restored.stderr);
  }
  const last = await keyward(installation, ['backup', join(parent, 'last')]);
  assert.equal(last.code, 0, last.stderr);
  const left = readdirSync(parent).filter((name) => name.startsWith('.'));
  assert.deepEqual(left, [], 'the next back-up removes what killed ones left');
  t.diagnostic(`${whole} of 12 had ended before they were killed`);
  assert.ok(whole < 12, 'some were killed in time');
  server.signal('SIGTERM');
  assert.equal(await server.ended, 0);
});

/** Some ten megabytes more, so that a back-up takes a while. */
function grow(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(`create table padding (text);
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000)
    insert into padding select hex(randomblob(500)) from n`);
  db.close();
}
