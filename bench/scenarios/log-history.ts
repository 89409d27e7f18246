import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TelemetryPlace } from '../../src/store/telemetry/open.ts';
import { freshDatabase, startPostgres } from '../../test/databases.ts';
import type { HistoryJob } from '../lib/history-worker.ts';
import { newInstallation, type RunningServer, startServer } from '../lib/installation.ts';
import { timesOf } from '../lib/lists.ts';
import { requestText } from '../lib/load.ts';
import { freePort, root } from '../lib/process.ts';
import type { KeyNames } from '../lib/records.ts';
import type { Bench, Figure, Findings, Scenario } from '../lib/scenario.ts';
import { figure } from '../lib/stats.ts';
import { runWorker } from '../lib/worker.ts';

const keyCount = 1_000;
const days = 30;
const dayMs = 86_400_000;
/** Requests that were only counted, for each row. */
const requestsARow = 10;

interface Served {
  readonly server: RunningServer;
  readonly secret: string;
  readonly metricsPort: number;
}

interface Kind {
  readonly id: 'sqlite' | 'postgres';
  readonly name: string;
  readonly directory: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly place: TelemetryPlace;
}

async function serve({ directory, settings }: Kind, secret: string, log: 'on' | 'off'): Promise<Served> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const server = await startServer([process.execPath, join(root, 'src/main.ts')], {
    ...settings,
    KEYWARD_DATA_DIR: directory,
    KEYWARD_PORT: String(port),
    KEYWARD_METRICS_PORT: String(metricsPort),
    KEYWARD_REQUEST_LOG: log,
  });
  // The code for signing in is loaded right after the start, and holds up the first answers.
  await delay(2_000);
  return { server, secret, metricsPort };
}

async function ask<T>({ server, secret }: Served, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${server.port}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Keys of other systems: nobody has their secrets, and nobody needs them here. */
async function addKeys(served: Served, tenantId: string): Promise<KeyNames[]> {
  const keys = Array.from({ length: keyCount }, (_, n) => ({
    name: `Consumer ${n}`,
    sha256: createHash('sha256').update(`consumer ${n}`).digest('hex'),
    scopes: ['knowledge:read', 'knowledge:write'],
  }));
  const { data } = await ask<{ data: { id: string; secrets: { id: string }[] }[] }>(
    served,
    'POST',
    '/api-keys/import',
    { keys },
  );
  return data.map(({ id, secrets }) => ({ tenantId, keyId: id, secretId: secrets[0]!.id }));
}

/** What people look for: of a key that works always, of one that seldom does, in the middle of the time, and in vain. */
async function queriesOf(served: Served, keys: readonly KeyNames[]): Promise<Record<string, string>> {
  const [busy, quiet] = [keys[0]!.keyId, keys[keyCount - 1]!.keyId];
  const now = Date.now();
  const daysAgo = (n: number) => new Date(now - n * dayMs).toISOString();
  const to = daysAgo(0);
  const middle = `from=${daysAgo(days / 2 + 1)}&to=${daysAgo(days / 2)}`;
  const { data } = await ask<{ data: { requestId: string; clientRequestId: string }[] }>(
    served,
    'GET',
    `/logs?limit=20&${middle}`,
  );
  const { requestId } = data[0]!;
  const named = data.find((entry) => entry.clientRequestId !== null)!;
  const hour = `from=${daysAgo(3)}&to=${new Date(now - 3 * dayMs + 3_600_000).toISOString()}`;
  return {
    'usage of a busy key, 30 days by day': `/api-keys/${busy}/usage?from=${daysAgo(days)}&to=${to}&interval=day`,
    'usage of a busy key, 30 days by hour': `/api-keys/${busy}/usage?from=${daysAgo(days)}&to=${to}&interval=hour`,
    'usage of a busy key, a day by minute': `/api-keys/${busy}/usage?from=${daysAgo(1)}&to=${to}&interval=minute`,
    'usage of a quiet key, 30 days by hour': `/api-keys/${quiet}/usage?from=${daysAgo(days)}&to=${to}&interval=hour`,
    'overview, a page of 100 keys of 1,000': '/api-keys/overview?limit=100',
    'overview, the keys with flags': '/api-keys/overview?limit=100&flag=any&sort=attention',
    'log, newest page': '/logs?limit=50',
    'log, a day in the middle': `/logs?limit=50&${middle}`,
    'log, one key': `/logs?limit=50&keyId=${quiet}`,
    'log, one key in the middle': `/logs?limit=50&keyId=${quiet}&${middle}`,
    'log, one status': '/logs?limit=50&status=404',
    'log, a rare status': '/logs?limit=50&status=500',
    'log, a rare code in the middle': `/logs?limit=50&code=rate_limited&${middle}`,
    'log, class and route': `/logs?limit=50&statusClass=4xx&route=${encodeURIComponent('/api/v1/kb/articles')}`,
    'log, one address': '/logs?limit=50&ip=203.0.3.77',
    'log, an address that never came': '/logs?limit=50&ip=198.51.100.1',
    'log, a status that never was': '/logs?limit=50&status=418',
    'log, beginning of a path': '/logs?limit=50&q=/api/v1/kb/search',
    'log, part of a path within an hour': `/logs?limit=50&q=cq0v3v4x8&${hour}`,
    'log, by request id': `/logs?limit=50&q=${requestId}`,
    "log, by the client's request id": `/logs?limit=50&clientRequestId=${named.clientRequestId}`,
    'log, one entry': `/logs/${requestId}`,
    'explanation of one entry': `/logs/${requestId}/explain`,
  };
}

async function queryFigures(bench: Bench, kind: Kind, served: Served, keys: readonly KeyNames[]) {
  const figures: Figure[] = [];
  for (const [name, path] of Object.entries(await queriesOf(served, keys))) {
    const { port } = served.server;
    const request = requestText({ method: 'GET', path: `/api/v1${path}`, key: served.secret });
    const times = await timesOf(port, request);
    const id = `log-history.${kind.id}.${name.replaceAll(/[^a-z0-9]+/g, '-')}`;
    const label = `${name[0]!.toUpperCase()}${name.slice(1)}, ${kind.name}`;
    figures.push(figure({ id, label, unit: 'ms', isHigherBetter: false, goal: { atMost: 100 } }, times));
    bench.say(`${name}: ${times[0]!.toFixed(1)} ms`);
  }
  return figures;
}

async function loopDelayMs({ metricsPort }: Served): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const found = /keyward_event_loop_delay_seconds\{quantile="0.99"\} (\S+)/.exec(text);
  if (!found) throw new Error('There is no figure of the event loop.');
  return Number(found[1]) * 1_000;
}

interface JobState {
  readonly id: string;
  readonly state: string;
  readonly result: { readonly rows: number };
}

/** The quantile is of the time since the look before, which is the export's. */
async function exportFigures(bench: Bench, { id, name }: Kind, served: Served): Promise<Figure[]> {
  const exported = Math.min(days / 2, (1_000_000 / bench.logRows) * days);
  const [from, to] = [exported + 2, 2].map((ago) => new Date(Date.now() - ago * dayMs).toISOString());
  await loopDelayMs(served);
  const began = performance.now();
  let job = await ask<JobState>(served, 'POST', '/exports/logs', { from, to, format: 'csv' });
  while (job.state === 'queued' || job.state === 'running') {
    await delay(200);
    job = await ask<JobState>(served, 'GET', `/jobs/${job.id}`);
  }
  if (job.state !== 'succeeded') throw new Error(`The export ended as ${job.state}.`);
  const seconds = (performance.now() - began) / 1_000;
  const delayMs = await loopDelayMs(served);
  const { rows } = job.result;
  bench.say(
    `${rows} rows exported in ${seconds.toFixed(1)} s, p99 of the loop's delay ${delayMs.toFixed(1)} ms`,
  );
  const what = `export of ${rows.toLocaleString('en-GB')} rows as CSV, ${name}`;
  return [
    figure({ id: `log-history.${id}.export`, label: `Speed of an ${what}`, unit: 'rows/s' }, [
      rows / seconds,
    ]),
    figure(
      {
        id: `log-history.${id}.export-loop`,
        label: `p99 of the event loop's delay during an ${what}`,
        unit: 'ms',
        isHigherBetter: false,
        goal: { atMost: 20 },
      },
      [delayMs],
    ),
  ];
}

async function figuresOf(bench: Bench, kind: Kind): Promise<Figure[]> {
  const { tenantId, secret } = newInstallation(kind.directory, kind.settings);
  // What came just now would make all that is older late.
  const filling = await serve(kind, secret, 'off');
  const keys = await addKeys(filling, tenantId);
  await filling.server.stop();
  const keysFile = join(bench.directory, `keys-${kind.id}.json`);
  writeFileSync(keysFile, JSON.stringify(keys));
  const rows = bench.logRows;
  const job: HistoryJob = { place: kind.place, keysFile, days, rows, requests: rows * requestsARow };
  const began = performance.now();
  const made = (await runWorker(null, 'history-worker.ts', JSON.stringify(job))) as typeof job;
  const seconds = Math.round((performance.now() - began) / 1_000);
  bench.say(`${kind.name}: ${made.rows} rows of ${made.requests} requests made in ${seconds} s`);
  const served = await serve(kind, secret, 'on');
  try {
    return [
      ...(await queryFigures(bench, kind, served, keys)),
      ...(await exportFigures(bench, kind, served)),
    ];
  } finally {
    await served.server.stop();
  }
}

async function run(bench: Bench): Promise<Findings> {
  const directory = join(bench.directory, 'sqlite');
  const sqlite: Kind = { id: 'sqlite', name: 'SQLite', directory, settings: {}, place: { directory } };
  const figures = await figuresOf(bench, sqlite);
  const postgres = await startPostgres({ isDurable: true });
  if ('unavailable' in postgres)
    return { figures, skipped: [{ what: 'PostgreSQL', why: postgres.unavailable }] };
  try {
    const url = await freshDatabase(postgres.url);
    const kind: Kind = {
      id: 'postgres',
      name: `PostgreSQL ${postgres.version}`,
      directory: join(bench.directory, 'postgres'),
      settings: { KEYWARD_DATABASE_URL: url, KEYWARD_SECRET: createHash('sha256').update(url).digest('hex') },
      place: { url },
    };
    figures.push(...(await figuresOf(bench, kind)));
  } finally {
    await postgres.stop();
  }
  return { figures, skipped: [] };
}

export const logHistory: Scenario = {
  name: 'log-history',
  title: 'Looking back: ten million rows, the usage of a hundred million requests',
  isInQuick: false,
  run,
};
