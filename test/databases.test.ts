import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freshDatabase, onEachDatabase, type Postgres, startPostgres } from './databases.ts';

const isPrivate = !process.env.KEYWARD_TEST_DATABASE_URL;

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function dataOf(url: string): Promise<string> {
  const [row] = await query(url, `select current_setting('data_directory') as data`);
  return String(row?.data);
}

/** The real and the effective user of the server's process, as Linux tells them; elsewhere the data's owner. */
async function usersOf(data: string): Promise<number[]> {
  const pid = Number.parseInt(await readFile(`${data}/postmaster.pid`, 'utf8'), 10);
  if (!existsSync(`/proc/${pid}/status`)) return [(await stat(data)).uid];
  const [, ...users] = /^Uid:\t(\d+)\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return users.map(Number);
}

describe('every suite', () => {
  const met: string[] = [];
  onEachDatabase((kind, skip) => {
    met.push(kind);
    test(`meets ${kind}`, { skip }, () => {});
  });

  test('is declared for both databases', () => assert.deepEqual(met, ['sqlite', 'postgres']));
});

onEachDatabase((kind, skip) => {
  if (kind === 'sqlite') return;

  describe('the PostgreSQL of a test run', { skip }, () => {
    test('is a real server', async () => {
      const [row] = await query(process.env.KEYWARD_TEST_POSTGRES!, 'select version()');
      assert.match(String(row?.version), /^PostgreSQL (1[5-9]|[2-9]\d)\./);
    });

    test('gives databases that are empty and know nothing of each other', async () => {
      const [one, two] = await Promise.all([freshDatabase(), freshDatabase()]);
      await query(one, 'create table kept (id text)');
      const tables = `select tablename from pg_tables where schemaname = 'public'`;
      assert.deepEqual(await query(one, tables), [{ tablename: 'kept' }]);
      assert.deepEqual(await query(two, tables), []);
    });
  });

  describe('a private PostgreSQL', {
    skip: skip || (!isPrivate && 'KEYWARD_TEST_DATABASE_URL is given'),
  }, () => {
    test('does not run as root, asks for a password, and is gone after stop', async () => {
      const server = (await startPostgres()) as Postgres;
      const data = await dataOf(server.url);
      const users = await usersOf(data);
      assert.ok(users.length > 0 && users.every((user) => user !== 0), `users ${users}`);
      const stranger = new URL(server.url);
      stranger.password = 'wrong';
      await assert.rejects(query(stranger.href, 'select 1'), { code: '28P01' });

      await server.stop();
      await assert.rejects(query(server.url, 'select 1'), { code: 'ECONNREFUSED' });
      assert.equal(existsSync(data), false);
    });

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      test(`is gone when its process dies of ${signal}`, async () => {
        const program = `
          import { startPostgres } from ${JSON.stringify(import.meta.resolve('./databases.ts'))};
          console.log((await startPostgres()).url);
          setInterval(() => {}, 1000);`;
        const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
        const data = await dataOf(url);
        child.kill(signal);
        for (let i = 0; i < 100 && existsSync(data); i++) await sleep(50);
        assert.equal(existsSync(data), false);
        await assert.rejects(query(url, 'select 1'), { code: 'ECONNREFUSED' });
      });
    }
  });
});
