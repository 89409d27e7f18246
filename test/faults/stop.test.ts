import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { openPostgresDatabase } from '../../src/store/database.ts';
import { onEachDatabase } from '../databases.ts';
import { RawConnection, requestText } from '../raw-http.ts';
import { endAll, type FirstKey, init, makePlace, type Place, Program, RunningServer } from './support.ts';

afterEach(endAll);

const path = '/api/v1/kb/categories';

/** Waits until nobody listens on the port any more. */
async function untilClosed(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (!isOpen) return;
    await delay(5);
  }
}

/** A request whose headers the server has read, for certain, and whose body is still to come. */
async function openRequest(port: number, key: string, body: string): Promise<RawConnection> {
  const connection = await RawConnection.open({ port });
  const headers = {
    expect: '100-continue',
    'content-length': String(body.length),
    'content-type': 'application/json',
  };
  connection.write(requestText({ method: 'POST', path, key, headers }));
  assert.equal((await connection.answer())?.status, 100);
  return connection;
}

onEachDatabase((kind, skip) => {
  describe(`a server that is asked to stop, on ${kind}`, { skip }, () => {
    let place: Place;
    let owner: FirstKey;

    before(async () => {
      place = await makePlace(kind);
      owner = await init(place.settings);
    });

    const start = (settings: Record<string, string> = {}) =>
      RunningServer.start({ ...place.settings, ...settings });

    test('answers what is under way, cuts what is idle, takes nothing new, and ends with 0', async () => {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
        const server = await start();
        const { port } = server;
        const body = JSON.stringify({ title: `Under way at ${signal}` });
        const bodies = [body, body.replace('Under', 'Also under')];
        const open = await Promise.all(bodies.map((text) => openRequest(port, owner.secret, text)));
        const idle = await RawConnection.open({ port });
        idle.write(requestText({ path: '/healthz' }));
        assert.equal((await idle.answer())?.status, 200);
        const silent = await RawConnection.open({ port });
        // Sent before the signal, read after it.
        const last = await RawConnection.open({ port });
        last.write(requestText({ path, key: owner.secret }));
        server.program.child.kill(signal);
        assert.equal((await last.answer())?.status, 200, 'headers that had arrived');
        await untilClosed(port);
        await Promise.all([idle.closed, silent.closed]);
        for (const [i, connection] of open.entries()) {
          connection.write(bodies[i]!);
          const answer = await connection.answer();
          assert.equal(answer?.status, 201, answer?.text ?? 'no answer');
          assert.equal(answer?.headers.connection, 'close');
          await connection.closed;
        }
        assert.deepEqual(await server.program.ended, { code: 0, signal: null });
        assert.equal(server.program.err, '');
      }
      const again = await start();
      const { body } = await again.ask({ path: `${path}?limit=200`, key: owner.secret });
      assert.equal(body.data.length, 6, 'what was answered is there');
      await again.end();
    });

    test('does not wait longer than KEYWARD_DRAIN_SECONDS for a body that never comes', async () => {
      const server = await start({ KEYWARD_DRAIN_SECONDS: '1' });
      const connection = await openRequest(server.port, owner.secret, '{"title": "Never"}');
      const started = performance.now();
      assert.equal((await server.end()).code, 0);
      const tookMs = performance.now() - started;
      assert.ok(tookMs > 900 && tookMs < 4_000, `${tookMs} ms`);
      await connection.closed;
    });

    test('ends at once when it is asked again, but not for an echo of the first signal', async () => {
      const server = await start();
      const connection = await openRequest(server.port, owner.secret, '{"title": "Never"}');
      server.program.child.kill('SIGTERM');
      server.program.child.kill('SIGINT');
      await untilClosed(server.port);
      await delay(1_100);
      assert.equal(server.program.child.exitCode, null, 'it still waits for the request');
      const again = performance.now();
      assert.deepEqual(await server.end('SIGTERM'), { code: 1, signal: null });
      assert.ok(performance.now() - again < 1_000);
      await connection.closed;
    });

    test('has written limits and last uses when it ends', async () => {
      const first = await start();
      const body = {
        name: 'Stop — limits',
        scopes: ['knowledge:read'],
        rateLimit: { perMinute: 10, burst: 5, perDay: 100 },
      };
      const created = await first.ask({ path: '/api/v1/api-keys', key: owner.secret, body });
      const key: string = created.body.secret;
      for (let i = 0; i < 7; i++) assert.equal((await first.ask({ path, key })).status, 200);
      const usedAt = Date.now();
      assert.equal((await first.end()).code, 0);
      const second = await start();
      const { body: shown } = await second.ask({
        path: `/api/v1/api-keys/${created.body.id}`,
        key: owner.secret,
      });
      assert.ok(Math.abs(Date.parse(shown.lastUsedAt) - usedAt) < 1_000, shown.lastUsedAt);
      assert.equal(shown.lastUsedIp, '127.0.0.1');
      const answer = await second.ask({ path, key });
      assert.match(
        String(answer.headers.ratelimit),
        /^"minute";r=7;t=\d+, "day";r=92;/,
        'all 7 and this one',
      );
      for (let i = 0; i < 7; i++) assert.equal((await second.ask({ path, key })).status, 200);
      assert.equal((await second.ask({ path, key })).status, 429);
      await second.end();
    });

    test('behind the launcher stops alike, whichever Node runs the launcher', async () => {
      for (const node of [process.execPath, otherNode()]) {
        const launcher = new Program(
          [
            '-e',
            `process.execve(${JSON.stringify(node)}, ['node', 'scripts/run.cjs', 'src/main.ts'], process.env)`,
          ],
          { ...place.settings, KEYWARD_PORT: '0' },
        );
        const server = await RunningServer.from(launcher);
        const body = JSON.stringify({ title: `Behind ${node}` });
        const connection = await openRequest(server.port, owner.secret, body);
        launcher.child.kill('SIGTERM');
        await untilClosed(server.port);
        connection.write(body);
        assert.equal((await connection.answer())?.status, 201);
        assert.deepEqual(await launcher.ended, { code: 0, signal: null });
      }
    });

    test('who has sent a request and closed their side of the connection still gets the answer', async () => {
      const server = await start();
      const half = await RawConnection.open({ port: server.port, allowHalfOpen: true });
      half.socket.end(Buffer.from(requestText({ path, key: owner.secret }).repeat(3)));
      for (let i = 0; i < 3; i++) assert.equal((await half.answer())?.status, 200);
      await half.closed;
      await server.end();
    });

    if (kind === 'postgres') {
      test('goes on when the connection that holds its lock is cut, and nobody else can take the database', async () => {
        const server = await start();
        const database = openPostgresDatabase(place.settings.KEYWARD_DATABASE_URL!, 1);
        const holder = () =>
          sql<{ pid: number }>`select pid from pg_locks where locktype = 'advisory' and granted
            and database = (select oid from pg_database where datname = current_database())`.execute(
            database.read,
          );
        const [old] = (await holder()).rows;
        await sql`select pg_terminate_backend(${old!.pid})`.execute(database.read);
        for (;;) {
          const [held] = (await holder()).rows;
          if (held !== undefined && held.pid !== old!.pid) break;
          await delay(20);
        }
        assert.equal((await server.ask({ path, key: owner.secret })).status, 200);
        await database.close();
        assert.equal((await server.end()).code, 0);
      });
    }
  });
});

/** The Node that the machine came with, where there is another one. */
function otherNode(): string {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  const found = spawnSync('sh', ['-c', 'command -v node'], {
    encoding: 'utf8',
    env: { PATH: folders.join(':') },
  });
  return found.stdout.trim() || process.execPath;
}
