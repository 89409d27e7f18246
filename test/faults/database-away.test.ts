import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { onEachDatabase } from '../databases.ts';
import { init, newInstallation, startServer } from './process.ts';

/** Asks until the answer has this status; the database comes and goes when it likes. */
async function until(status: number, ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const answer = await ask();
    if (answer.status === status) return answer;
    await answer.arrayBuffer();
    assert.ok(attempt < 300, `${answer.status} instead of ${status}, for too long`);
    await delay(50);
  }
}

onEachDatabase((kind, skip) => {
  if (kind === 'sqlite') return;

  test('while PostgreSQL is away nothing remembered is trusted; when it is back everything goes on', {
    skip,
  }, async (t) => {
    const installation = await newInstallation('postgres');
    t.after(() => installation.remove());
    const admin = await init(installation);
    const server = await startServer(installation);
    const url = new URL(installation.env.KEYWARD_DATABASE_URL!);
    const database = url.pathname.slice(1);
    const operator = new pg.Client({ connectionString: process.env.KEYWARD_TEST_POSTGRES });
    await operator.connect();
    t.after(() => operator.end());
    const headers = { authorization: `Bearer ${admin.secret}` };
    const use = () => fetch(`${server.url}/api/v1/me`, { headers });
    assert.equal((await use()).status, 200);

    await operator.query(`alter database ${database} allow_connections false`);
    await operator.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      database,
    ]);
    const away = await until(503, use);
    const problem = (await away.json()) as { code: string; detail: string };
    assert.equal(problem.code, 'store_unavailable');
    assert.equal(away.headers.get('retry-after'), '1');
    assert.doesNotMatch(JSON.stringify(problem), /postgres|127\.0\.0\.1/i);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200, 'the process is alive');
    assert.equal((await fetch(`${server.url}/readyz`)).status, 503, 'and says that it is not ready');

    await operator.query(`alter database ${database} allow_connections true`);
    await until(200, use);
    const body = JSON.stringify({ name: 'After — the outage', scopes: ['knowledge:read'] });
    const created = await fetch(`${server.url}/api/v1/api-keys`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    assert.equal(created.status, 201);
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
  });
});
