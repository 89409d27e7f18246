import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runChild } from '../cli.ts';
import { onEachDatabase } from '../databases.ts';
import { type FirstKey, type Installation, init, newInstallation, startServer } from '../faults/process.ts';

/** Runs a statement past Keyward, as somebody with access to the database can. */
async function tamper({ env }: Installation, statement: string): Promise<void> {
  const url = env.KEYWARD_DATABASE_URL;
  if (url === undefined) {
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(join(env.KEYWARD_DATA_DIR!, 'keyward.db'), { timeout: 5_000 });
    for (const part of statement.split(';')) db.exec(part);
    db.close();
    return;
  }
  const { default: pg } = await import('pg');
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement);
  await client.end();
}

onEachDatabase((kind, skip) => {
  describe(`keyward audit on ${kind}`, { skip }, () => {
    test('verifies beside a running server, exports and checkpoints over HTTP, and names what was changed', async (t) => {
      const installation = await newInstallation(kind);
      t.after(() => installation.remove());
      const key: FirstKey = await init(installation);
      const server = await startServer(installation);
      const env = { ...installation.env, KEYWARD_URL: server.url, KEYWARD_API_KEY: key.secret };
      const run = (...args: string[]) => runChild(['audit', ...args], { env, cwd: installation.directory });
      const file = (name: string) => join(installation.directory, name);
      for (const name of ['One — Test', '=Two — Test']) {
        const made = await runChild(['keys', 'create', name, '--bundle', 'basic'], { env });
        assert.equal(made.code, 0, made.stderr);
      }

      const whole = await run('verify');
      assert.deepEqual([whole.code, whole.stderr], [0, '']);
      assert.match(whole.stdout, /^All \d+ entries of one tenant are as they were written\.\n$/);

      for (const format of ['ndjson', 'csv']) {
        const to = file(`log.${format}`);
        const exported = await run('export', '--format', format, '--output', to);
        assert.equal(exported.code, 0, exported.stderr);
        assert.equal((await run('export', '--output', to)).code, 2, 'never over another file');
        const printed = await run('export', '--format', format);
        assert.equal(printed.stdout.split('\n').length, readFileSync(to, 'utf8').split('\n').length);
        const good = await run('verify', '--file', to);
        assert.equal(good.code, 0, good.stderr);
        assert.match(good.stdout, /^All \d+ entries of production of tnt_\w+ are as they were written\.\n$/);
        const offline = {
          KEYWARD_SECRET: 'another secret that is long enough',
          KEYWARD_DATA_DIR: file('none'),
        };
        const stranger = await runChild(['audit', 'verify', '--file', to], { env: offline });
        assert.equal(stranger.code, 1, 'with another secret');
        const text = readFileSync(to, 'utf8');
        writeFileSync(file('edited'), text.replace('One — Test', 'Won — Test'));
        const edited = await run('verify', '--file', file('edited'), '--json');
        assert.equal(edited.code, 1);
        assert.equal(JSON.parse(edited.stdout).faults[0].reason, 'the entry is not what was written');
        writeFileSync(file('cut'), text.split('\n').slice(0, -2).join('\n'));
        assert.match((await run('verify', '--file', file('cut'))).stdout, /the end of the export is missing/);
      }

      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
      const again = await startServer(installation);
      t.after(() => again.signal('SIGKILL'));
      const checkpoint = await runChild(['audit', 'checkpoint', '--url', again.url], { env });
      assert.equal(checkpoint.code, 0, checkpoint.stderr);
      writeFileSync(file('checkpoint.json'), checkpoint.stdout);
      const { seq } = JSON.parse(checkpoint.stdout);
      assert.equal((await run('verify', '--checkpoint', file('checkpoint.json'))).code, 0);
      assert.equal((await run('verify', '--checkpoint', checkpoint.stdout)).code, 0);
      assert.equal((await run('verify', '--checkpoint', '{}')).code, 2);

      await tamper(
        installation,
        `delete from audit_entries where seq >= ${seq}; delete from audit_checkpoints;
         update audit_heads set seq = ${seq - 1}, checkpoint_seq = ${seq - 1},
         hash = (select hash from audit_entries where seq = ${seq - 1})`,
      );
      assert.equal((await run('verify')).code, 0, 'a neat cut shows in nothing that is left');
      const cut = await run('verify', '--checkpoint', file('checkpoint.json'));
      assert.equal(cut.code, 1);
      const tenant = `The audit log of ${key.tenantId} is broken at entry`;
      assert.match(
        cut.stdout,
        new RegExp(`^${tenant} ${seq}: the end was cut off: .* has ${seq} entries\\.\n$`),
      );

      await tamper(installation, "update audit_entries set actor_id = 'usr_forged' where seq = 2");
      const forged = await run('verify');
      assert.equal(forged.code, 1);
      assert.equal(forged.stdout, `${tenant} 2: the entry is not what was written.\n`);
    });
  });
});
