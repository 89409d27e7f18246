import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { onEachDatabase } from '../databases.ts';
import {
  endAll,
  type FirstKey,
  init,
  makePlace,
  type Place,
  type Program,
  RunningServer,
  serve,
} from './support.ts';

after(endAll);

const tags = '/api/v1/kb/tags';

/** Asks again and again until the answer is as wanted: what happens meanwhile happens in other threads. */
async function until<T>(what: string, ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    assert.ok(attempt < 600, `${what}: ${JSON.stringify(answer)}`);
    await delay(50);
  }
}

/** Resolves when the server's log has a line of this event. */
function logged({ child, err }: Program, event: string, from = err.length): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let text = err.slice(from);
  child.stderr!.on('data', (chunk: unknown) => {
    text += String(chunk);
    if (text.includes(`"event":"${event}"`)) resolve();
  });
  return promise;
}

interface Entry {
  readonly clientRequestId: string | null;
  readonly status: number;
}

class Client {
  readonly server: RunningServer;
  readonly key: FirstKey;
  asked = 0;

  constructor(server: RunningServer, key: FirstKey) {
    this.server = server;
    this.key = key;
  }

  ask(path: string, body?: unknown, id?: string) {
    this.asked++;
    const headers: Record<string, string> = id === undefined ? {} : { 'x-request-id': id };
    return this.server.ask({ path, key: this.key.secret, headers, ...(body === undefined ? {} : { body }) });
  }

  async log(query: string): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let cursor = ''; ; ) {
      const { status, body, text } = await this.ask(`/api/v1/logs?limit=200&${query}${cursor}`);
      assert.equal(status, 200, text);
      entries.push(...body.data);
      if (body.nextCursor === null) return entries;
      cursor = `&cursor=${body.nextCursor}`;
    }
  }

  /** Requests of the key by the counts. */
  async counted(): Promise<number> {
    const { body } = await this.ask(`/api/v1/api-keys/${this.key.keyId}/usage?interval=hour`);
    return (body.series as { total: number }[]).reduce((sum, { total }) => sum + total, 0);
  }
}

onEachDatabase((kind, skip) => {
  describe(`the request log and kill -9 on ${kind}`, { skip }, () => {
    test('what was in the log stays, what is missing came last, and counts agree with what is there', async () => {
      const { settings } = await makePlace(kind);
      const key = await init(settings);
      const server = await RunningServer.start(settings);
      const clients = 4;
      const answered = new Map<string, number>();
      const seen = await loadUntilSeen(new Client(server, key), { clients, rows: 300 }, answered);
      const killedAt = performance.now();
      await server.end('SIGKILL');
      await seen.loaders;

      const again = new Client(await RunningServer.start(settings), key);
      const day = /"day";r=(\d+)/.exec(String((await again.ask('/api/v1/me')).headers.ratelimit))![1];
      const limit = /"day";q=(\d+)/.exec(
        String((await again.ask('/api/v1/me')).headers['ratelimit-policy']),
      )![1];
      const rows = await again.log(`keyId=${key.keyId}&method=POST`);
      const inLog = new Set(rows.map(({ clientRequestId }) => clientRequestId));
      for (const id of seen.ids)
        assert.ok(inLog.has(id), `${id} was seen in the log, and is not there any more`);
      for (let client = 0; client < clients; client++) {
        const numbers = [...inLog]
          .filter((id) => id?.startsWith(`load-${client}-`))
          .map((id) => Number(id!.split('-')[2]));
        assert.equal(Math.max(...numbers), numbers.length - 1, 'an earlier one is missing');
      }
      // A batch is handed over each 200 ms; a machine that is busy takes longer.
      for (const [id, at] of answered) {
        if (killedAt - at > 2_000) assert.ok(inLog.has(id), `${id} was answered ${killedAt - at} ms before`);
      }
      const admitted = rows.filter(({ status }) => status < 400).length;
      const used = Number(limit) - Number(day);
      assert.ok(used >= admitted, `${used} are counted, and ${admitted} stand in the log`);
      const names = new Set<string>();
      for (let cursor = ''; ; ) {
        const { body } = await again.ask(`${tags}?limit=200${cursor}`);
        for (const { slug } of body.data) names.add(slug);
        if (body.nextCursor === null) break;
        cursor = `&cursor=${body.nextCursor}`;
      }
      for (const id of answered.keys()) assert.ok(names.has(id), `${id} was answered, and is lost`);
      await again.server.end();
      const last = new Client(await RunningServer.start(settings), key);
      const kept = (await last.log(`keyId=${key.keyId}`)).length;
      const counted = await until(
        `counts of ${kept} rows`,
        () => last.counted(),
        (n) => n >= kept,
      );
      assert.ok(counted <= kept + last.asked, 'nothing is counted twice');
      await last.server.end();
    });
  });
});

/** Makes tags from several clients until the live log has shown so many of them; they end with the server. */
async function loadUntilSeen(
  client: Client,
  { clients, rows }: { readonly clients: number; readonly rows: number },
  answered: Map<string, number>,
): Promise<{ readonly ids: ReadonlySet<string>; readonly loaders: Promise<unknown> }> {
  const response = await fetch(`http://127.0.0.1:${client.server.port}/api/v1/logs/stream?method=POST`, {
    headers: { authorization: `Bearer ${client.key.secret}` },
  });
  const load = async (number: number) => {
    for (let i = 0; ; i++) {
      const id = `load-${number}-${i}`;
      const answer = await client.ask(tags, { name: id, slug: id }, id).catch(() => null);
      if (answer === null) return;
      assert.equal(answer.status, 201, answer.text);
      answered.set(id, performance.now());
    }
  };
  const loaders = Promise.all(Array.from({ length: clients }, (_, number) => load(number)));
  const ids = new Set<string>();
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (const [, id] of text.matchAll(/"clientRequestId":"(load-\d+-\d+)"/g)) ids.add(id!);
    if (ids.size >= rows) break;
  }
  return { ids, loaders };
}

/** Largest size of a file that the process may write: what is beyond fails, as on a full disk. */
function limitFiles({ child }: Program, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);
}

function whyNoLimits(): string | false {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'there is no prlimit here';
  }
}

test('while telemetry.db cannot grow requests are served, who looks is told, and it heals', {
  skip: whyNoLimits(),
}, async () => {
  const { settings } = await makePlace();
  const key = await init(settings, '--environment', 'sandbox');
  const token = 'a token for the operator, of some length';
  const program = serve({
    ...settings,
    KEYWARD_HOSTS: '*=sandbox',
    KEYWARD_LOG_LEVEL: 'warn',
    KEYWARD_METRICS_TOKEN: token,
  });
  const server = await RunningServer.from(program);
  const client = new Client(server, key);
  const failing = logged(program, 'log.failing');
  limitFiles(program, 16 << 20);
  let sent = 0;
  let isFailing = false;
  void failing.then(() => {
    isFailing = true;
  });
  /** Refused, and so not written to keyward.db; its body is. */
  const fill = async () => {
    const { status, text } = await client.ask(tags, { name: '', pad: 'x'.repeat(4_000) });
    sent++;
    assert.equal(status, 400, text);
  };
  const fillers = Array.from({ length: 8 }, async () => {
    while (!isFailing) await fill();
  });
  await Promise.all(fillers);

  const readiness = () => server.ask({ path: '/readyz', key: token });
  const state = await until('readyz', readiness, ({ body }) => body.checks.requestLog.state === 'degraded');
  assert.equal(state.status, 200, 'requests are served');
  const metrics = await server.ask({ path: '/metrics', key: token });
  assert.match(metrics.text, /^keyward_check_ok\{check="requestLog"\} 0$/m);
  const created = await client.ask('/api/v1/api-keys', { name: 'While — full', scopes: ['knowledge:read'] });
  sent++;
  assert.equal(created.status, 201, created.text);
  for (let i = 0; i < 100; i++) await fill();

  const written = logged(program, 'log.written');
  limitFiles(program, 'unlimited');
  await written;
  const marker = await client.ask(tags, { name: 'marker' }, 'marker-1');
  sent++;
  assert.equal(marker.status, 201);
  await until(
    'the marker',
    () => client.log('clientRequestId=marker-1'),
    ({ length }) => length === 1,
  );
  assert.equal(
    (await until('readyz', readiness, ({ body }) => body.checks.requestLog.state === 'ok')).status,
    200,
  );
  await until(
    `counts of ${sent}`,
    () => client.counted(),
    (n) => n >= sent,
  );
  const data = readdirSync(settings.KEYWARD_DATA_DIR);
  assert.deepEqual(
    data.filter((name) => name.includes('damaged')),
    [],
    'a full disk damages nothing',
  );
  await server.end();
});

test('where no file can grow a change is refused as unavailable, requests are served, and it heals', {
  skip: whyNoLimits(),
}, async () => {
  const { settings } = await makePlace();
  const key = await init(settings);
  const program = serve({ ...settings, KEYWARD_LOG_LEVEL: 'warn' });
  const server = await RunningServer.from(program);
  const client = new Client(server, key);
  assert.equal((await client.ask(tags, { name: 'before' })).status, 201);
  const failing = logged(program, 'log.failing');
  limitFiles(program, 4_096);
  const refused = await client.ask(tags, { name: 'while' });
  assert.deepEqual([refused.status, refused.body.code], [503, 'store_unavailable'], refused.text);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal((await client.ask(tags)).status, 200);
  await failing;
  assert.doesNotMatch(program.err, /rollback/, 'the log says why, not what came of it');
  const written = logged(program, 'log.written');
  limitFiles(program, 'unlimited');
  const names = (await client.ask(tags)).body.data.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ['before']);
  assert.equal((await client.ask(tags, { name: 'while' })).status, 201);
  await written;
  await server.end();
});

test('while another program holds telemetry.db the server starts and serves, and then writes what it has seen', async () => {
  const place = await makePlace();
  const key = await init(place.settings);
  await oneRequestIsLogged(place, key, 'before');
  const directory = place.settings.KEYWARD_DATA_DIR;
  const other = new DatabaseSync(join(directory, 'telemetry.db'));
  other.exec('pragma locking_mode = exclusive; begin exclusive');
  const program = serve({ ...place.settings, KEYWARD_LOG_LEVEL: 'warn' });
  const client = new Client(await RunningServer.from(program), key);
  const failing = logged(program, 'log.failing', 0);
  assert.equal((await client.ask('/api/v1/me', undefined, 'while')).status, 200);
  await failing;
  assert.equal((await client.ask(tags, { name: 'while' })).status, 201);
  const written = logged(program, 'log.written');
  other.close();
  await written;
  await until(
    'what came meanwhile',
    () => client.log('clientRequestId=while'),
    ({ length }) => length === 1,
  );
  assert.equal((await client.log('clientRequestId=before')).length, 1);
  assert.ok(!readdirSync(directory).some((name) => name.includes('damaged')), 'it is whole');
  await client.server.end();
});

/** Overwrites a part of the file in its place. */
function damage(path: string, at: number, bytes: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(bytes, 0xa5), 0, bytes, at);
  closeSync(file);
}

async function oneRequestIsLogged({ settings }: Place, key: FirstKey, id: string): Promise<void> {
  const client = new Client(await RunningServer.start(settings), key);
  assert.equal((await client.ask('/api/v1/me', undefined, id)).status, 200);
  await until(
    id,
    () => client.log(`clientRequestId=${id}`),
    ({ length }) => length === 1,
  );
  await client.server.end();
}

test('a damaged telemetry.db is set aside as it was, and a new one begun', async () => {
  const place = await makePlace();
  const key = await init(place.settings);
  await oneRequestIsLogged(place, key, 'before');
  const directory = place.settings.KEYWARD_DATA_DIR;
  const path = join(directory, 'telemetry.db');
  damage(path, 0, 100);
  const damaged = readFileSync(path);
  await oneRequestIsLogged(place, key, 'after');
  const aside = readdirSync(directory).filter((name) => /^telemetry\.db\.damaged-\d+$/.test(name));
  assert.equal(aside.length, 1);
  assert.ok(readFileSync(join(directory, aside[0]!)).equals(damaged));
  await oneRequestIsLogged(place, key, 'again');
  assert.equal(readdirSync(directory).filter((name) => name.includes('damaged')).length, 1);
});
