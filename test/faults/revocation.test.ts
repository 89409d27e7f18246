import assert from 'node:assert/strict';
import { Agent, type IncomingMessage, request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from '../databases.ts';
import {
  type FirstKey,
  type Installation,
  init,
  newInstallation,
  type ServerProcess,
  startServer,
} from './process.ts';

const connections = 8;
const rounds = 20;

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server sent
  readonly body: any;
  /** When the first byte of the request was handed to the kernel, on this process's clock. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

function send(agent: Agent, url: string, method: string, secret: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { authorization: `Bearer ${secret}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const outgoing = request(url, { method, agent, headers }, (answer: IncomingMessage) => {
      const answeredAtMs = performance.now();
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: answer.statusCode ?? 0,
          body: text === '' ? null : JSON.parse(text),
          sentAtMs,
          answeredAtMs,
        });
      });
    });
    outgoing.on('error', reject);
    const sentAtMs = performance.now();
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

interface Target {
  readonly id: string;
  readonly secret: string;
  readonly secretId: string;
}

/** `secret` makes the call instead of the administrator's. */
type Call = (method: string, path: string, body?: unknown, secret?: string) => Promise<Answer>;

interface Narrowing {
  readonly name: string;
  readonly status: number;
  /** What must have happened before the load begins. */
  prepare?(call: Call, key: Target): Promise<Answer>;
  narrow(call: Call, key: Target): Promise<Answer>;
}

const narrowings: Narrowing[] = [
  { name: 'revoke', status: 401, narrow: (call, { id }) => call('POST', `/api-keys/${id}/revoke`, {}) },
  { name: 'regenerate', status: 401, narrow: (call, { id }) => call('POST', `/api-keys/${id}/regenerate`) },
  {
    name: 'rotate without grace',
    status: 401,
    narrow: (call, { id }) => call('POST', `/api-keys/${id}/rotate`, { gracePeriodSeconds: 0 }),
  },
  { name: 'delete', status: 401, narrow: (call, { id }) => call('DELETE', `/api-keys/${id}`) },
  {
    name: 'the end of a retiring secret',
    status: 401,
    prepare: (call, { id }) => call('POST', `/api-keys/${id}/rotate`, {}),
    narrow: (call, { id, secretId }) => call('DELETE', `/api-keys/${id}/secrets/${secretId}`),
  },
  {
    name: 'me/revoke',
    status: 401,
    narrow: (call, { secret }) => call('POST', '/me/revoke', {}, secret),
  },
  {
    name: 'bulk-revoke',
    status: 401,
    narrow: (call, { id }) => call('POST', '/api-keys/bulk-revoke', { ids: [id] }),
  },
  {
    name: 'replace without grace',
    status: 401,
    narrow: (call, { id }) =>
      call('POST', `/api-keys/${id}/replace`, { scopes: ['contacts:read'], gracePeriodSeconds: 0 }),
  },
  {
    name: 'an allow-list',
    status: 403,
    narrow: (call, { id }) => call('PATCH', `/api-keys/${id}`, { ipAllowlist: ['192.0.2.1'] }),
  },
  {
    name: 'a lower limit',
    status: 429,
    narrow: (call, { id }) => call('PATCH', `/api-keys/${id}`, { rateLimit: { perMinute: 1, burst: 0 } }),
  },
  {
    name: 'a lower day',
    status: 429,
    narrow: (call, { id }) => call('PATCH', `/api-keys/${id}`, { rateLimit: { perDay: 1 } }),
  },
];

onEachDatabase((kind, skip) => {
  describe(`narrowing under load on ${kind}`, { skip }, () => {
    let installation: Installation;
    let server: ServerProcess;
    let admin: FirstKey;
    const agent = new Agent({ keepAlive: true, maxSockets: connections + 1 });

    before(async () => {
      installation = await newInstallation(kind, { KEYWARD_REFUSALS_PER_MINUTE: '1000000' });
      admin = await init(installation);
      server = await startServer(installation);
    });

    after(async () => {
      agent.destroy();
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
      installation.remove();
    });

    const call: Call = (method, path, body, secret = admin.secret) =>
      send(agent, `${server.url}/api/v1${path}`, method, secret, body);

    async function oneRound(narrowing: Narrowing): Promise<void> {
      const created = await call('POST', '/api-keys', {
        name: 'Under load — test',
        scopes: ['knowledge:read'],
        rateLimit: { perMinute: 100_000, burst: 0, perDay: 1_000_000 },
      });
      assert.equal(created.status, 201);
      const { id, secret, secrets } = created.body;
      const key: Target = { id, secret, secretId: secrets[0].id };
      if (narrowing.prepare) assert.ok((await narrowing.prepare(call, key)).status < 300);
      const answers: Answer[] = [];
      let isDone = false;
      let started = 0;
      const { promise: warm, resolve: isWarm } = Promise.withResolvers<void>();
      const hammer = async () => {
        while (!isDone) {
          answers.push(await send(agent, `${server.url}/api/v1/kb/categories`, 'GET', key.secret));
          if (++started === connections * 2) isWarm();
        }
      };
      const hammers = Array.from({ length: connections }, hammer);
      await warm;
      const narrowed = await narrowing.narrow(call, key);
      assert.ok(narrowed.status < 300, JSON.stringify(narrowed.body));
      const until = answers.length + connections * 3;
      while (answers.length < until) await new Promise((resolve) => setImmediate(resolve));
      isDone = true;
      await Promise.all(hammers);
      const later = answers.filter((answer) => answer.sentAtMs > narrowed.answeredAtMs);
      assert.ok(later.length >= connections, 'requests were sent after the answer');
      assert.deepEqual([...new Set(later.map((answer) => answer.status))], [narrowing.status]);
      assert.ok(
        answers.some((answer) => answer.status === 200),
        'and before it, the key worked',
      );
    }

    for (const narrowing of narrowings) {
      test(`${narrowing.name}: no request sent after the answer is admitted, ${rounds} times`, async () => {
        for (let round = 0; round < rounds; round++) await oneRound(narrowing);
      });
    }
  });
});
