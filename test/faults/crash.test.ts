import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { auditHash } from '../../src/core/audit-chain.ts';
import { deriveKey } from '../../src/core/derive-key.ts';
import { type Database, openPostgresDatabase, openSqliteDatabase } from '../../src/store/database.ts';
import { type DatabaseKind, onEachDatabase } from '../databases.ts';
import {
  freePort,
  type Installation,
  init,
  newInstallation,
  type ServerProcess,
  startServer,
} from './process.ts';

const rounds = 15;
const clients = 4;
const secret = 'a secret for tests, long enough to be one';

/** What a client knows of its key: the last acknowledged state, and the one it was asking for when the server died. */
interface Known {
  id: string;
  secret: string;
  acknowledged: State;
  asked: State | null;
}

interface State {
  readonly name: string;
  readonly status: 'active' | 'inactive' | 'deleted';
}

type Call = (
  method: string,
  path: string,
  body?: unknown,
  key?: string,
) => Promise<{ status: number; body: never }>;

function caller(server: ServerProcess, admin: string): Call {
  return async (method, path, body, key = admin) => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as never };
  };
}

/** Changes keys and articles one after another until the server is gone, and remembers every answer. */
async function work(
  call: Call,
  keys: Known[],
  articles: Map<string, string>,
  tag: string,
  isUnderWay: () => void,
): Promise<void> {
  try {
    for (let i = 0; ; i++) {
      const name = `Crash ${tag} — ${i}`;
      const created = await call('POST', '/api-keys', { name, scopes: ['knowledge:read'] });
      assert.equal(created.status, 201);
      const { id, secret: text } = created.body as { id: string; secret: string };
      const known: Known = { id, secret: text, acknowledged: { name, status: 'active' }, asked: null };
      keys.push(known);
      await step(known, { name: `${name} renamed`, status: 'active' }, () =>
        call('PATCH', `/api-keys/${id}`, { name: `${name} renamed` }),
      );
      if (i % 3 > 0)
        await step(known, { name: `${name} renamed`, status: 'inactive' }, () =>
          call('POST', `/api-keys/${id}/revoke`, {}),
        );
      if (i % 3 > 1)
        await step(known, { name: `${name} renamed`, status: 'deleted' }, () =>
          call('DELETE', `/api-keys/${id}`),
        );
      const slug = `crash-${tag}-${i}`;
      const content = `Written in ${name}. `.repeat(20);
      const article = await call('POST', '/kb/articles', {
        title: name,
        slug,
        content,
        tags: [`tag-${tag}`],
      });
      assert.equal(article.status, 201);
      articles.set(slug, content);
      isUnderWay();
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
}

async function step(known: Known, asked: State, ask: () => Promise<{ status: number }>): Promise<void> {
  known.asked = asked;
  const answer = await ask();
  assert.equal(answer.status, 200);
  known.acknowledged = asked;
  known.asked = null;
}

async function checkKeys(call: Call, keys: readonly Known[]): Promise<void> {
  for (const known of keys) {
    const { status, body } = await call('GET', `/api-keys/${known.id}`);
    const found: State = status === 404 ? { name: known.acknowledged.name, status: 'deleted' } : pick(body);
    const allowed = [known.acknowledged, ...(known.asked ? [known.asked] : [])];
    assert.ok(
      allowed.some((state) => state.name === found.name && state.status === found.status),
      `${JSON.stringify(found)} instead of ${JSON.stringify(allowed)}`,
    );
    const use = await call('GET', '/kb/categories', undefined, known.secret);
    assert.equal(use.status, found.status === 'active' ? 200 : 401);
    known.acknowledged = found;
    known.asked = null;
  }
}

function pick({ name, status }: State): State {
  return { name, status };
}

async function checkArticles(call: Call, articles: ReadonlyMap<string, string>): Promise<void> {
  for (const [slug, content] of articles) {
    const { body } = await call('GET', `/kb/articles?slug=${slug}&include=content`);
    const [article] = (body as { data: { content: string }[] }).data;
    assert.equal(article?.content, content, slug);
  }
}

function open(kind: DatabaseKind, installation: Installation): Database {
  const { env } = installation;
  return kind === 'sqlite'
    ? openSqliteDatabase(env.KEYWARD_DATA_DIR!)
    : openPostgresDatabase(env.KEYWARD_DATABASE_URL!);
}

/** Nothing is half there: every key has a secret and its entry in the chain, and the chain is whole. */
async function checkStore(kind: DatabaseKind, installation: Installation): Promise<void> {
  const database = open(kind, installation);
  const { read } = database;
  const orphans = await read
    .selectFrom('keys')
    .leftJoin('secrets', 'secrets.key_id', 'keys.id')
    .select('keys.id')
    .where('secrets.id', 'is', null)
    .execute();
  assert.deepEqual(orphans, []);
  const entries = await read.selectFrom('audit_entries').selectAll().orderBy('seq').execute();
  let previous = '0'.repeat(64);
  for (const [i, { hash, ...entry }] of entries.entries()) {
    assert.equal(entry.seq, i + 1);
    assert.equal(entry.prev_hash, previous);
    assert.equal(auditHash(deriveKey(secret, 'audit'), entry), hash);
    previous = hash;
  }
  const head = await read.selectFrom('audit_heads').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([head.seq, head.hash], [entries.length, previous]);
  const told = new Set(
    entries.filter((entry) => entry.action === 'key.created').map((entry) => entry.target_id),
  );
  const keys = await read.selectFrom('keys').select('id').execute();
  for (const { id } of keys) assert.ok(told.has(id), `${id} was created without a word in the audit log`);
  await database.close();
}

onEachDatabase((kind, skip) => {
  describe(`kill -9 on ${kind}`, { skip }, () => {
    test(`of ${rounds} kills in the middle of writes, none loses what was acknowledged or leaves half of anything`, async (t) => {
      const installation = await newInstallation(kind, { KEYWARD_SECRET: secret });
      t.after(() => installation.remove());
      const admin = await init(installation);
      const articles = new Map<string, string>();
      const everyKey: Known[] = [];
      for (let round = 0; round < rounds; round++) {
        const server = await startServer(installation);
        const call = caller(server, admin.secret);
        const keys: Known[] = [];
        const { promise: underWay, resolve: isUnderWay } = Promise.withResolvers<void>();
        const workers = Array.from({ length: clients }, (_, i) =>
          work(call, keys, articles, `${round}-${i}`, isUnderWay),
        );
        await underWay;
        await delay(randomInt(0, 100));
        server.signal('SIGKILL');
        assert.equal(await server.ended, 'SIGKILL');
        await Promise.all(workers);
        await checkStore(kind, installation);
        everyKey.push(...keys);
        const again = await startServer(installation, { KEYWARD_PORT: String(await freePort()) });
        await checkKeys(caller(again, admin.secret), keys);
        again.signal('SIGKILL');
        await again.ended;
      }
      const last = await startServer(installation, { KEYWARD_PORT: String(await freePort()) });
      await checkKeys(caller(last, admin.secret), everyKey);
      await checkArticles(caller(last, admin.secret), articles);
      assert.ok(
        everyKey.length > rounds && articles.size > rounds,
        `${everyKey.length} keys, ${articles.size} articles`,
      );
      last.signal('SIGTERM');
      assert.equal(await last.ended, 0);
    });

    test('limits used up before the kill are used up after it, and day counters go on', async (t) => {
      const installation = await newInstallation(kind, { KEYWARD_SECRET: secret });
      t.after(() => installation.remove());
      const admin = await init(installation);
      let server = await startServer(installation);
      const rateLimit = { perMinute: 5, burst: 0, perDay: 1_000 };
      const created = await caller(server, admin.secret)('POST', '/api-keys', {
        name: 'Spent — test',
        scopes: ['knowledge:read'],
        rateLimit,
      });
      const { secret: spent } = created.body as { secret: string };
      const use = async () => {
        const answer = await fetch(`${server.url}/api/v1/kb/categories`, {
          headers: { authorization: `Bearer ${spent}` },
        });
        await answer.arrayBuffer();
        const day = /"day";r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1];
        return { status: answer.status, leftToday: Number(day) };
      };
      for (let i = 0; i < 5; i++) assert.equal((await use()).status, 200);
      // Admissions are journaled every 50 ms: what is older than that is never forgotten.
      await delay(200);
      for (let kill = 0; kill < 3; kill++) {
        server.signal('SIGKILL');
        await server.ended;
        server = await startServer(installation);
        assert.deepEqual(await use(), { status: 429, leftToday: 995 });
      }
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
    });

    test('a first start that was killed at any moment can be repeated', async (t) => {
      for (let round = 0; round < 2; round++) {
        const installation = await newInstallation(kind);
        t.after(() => installation.remove());
        const first = startServer(installation).catch(() => null);
        await delay(randomInt(100, 600));
        for (const child of installation.children) child.kill('SIGKILL');
        await first;
        const server = await startServer(installation, { KEYWARD_PORT: String(await freePort()) });
        assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
        server.signal('SIGTERM');
        assert.equal(await server.ended, 0);
      }
    });
  });
});
