import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { compareServers } from '../lib/compare.ts';
import { addLoadKeys, newInstallation, startKeyward, startServer } from '../lib/installation.ts';
import { addCategories, categoryRequests } from '../lib/knowledge.ts';
import { freePort, pinMainThread, root } from '../lib/process.ts';
import type { Bench, Figure, Findings, Scenario } from '../lib/scenario.ts';
import { cpuRatio, figure, ratio } from '../lib/stats.ts';

const keyCount = 1_000;
const route = 'GET /api/v1/kb/categories, 20 rows';

type Threads = 'one processor' | 'free threads';

async function startWith(directory: string, requestLog: 'on' | 'off', threads: Threads) {
  const settings = {
    KEYWARD_DATA_DIR: directory,
    KEYWARD_PORT: String(await freePort()),
    KEYWARD_REQUEST_LOG: requestLog,
  };
  const argv = [process.execPath, join(root, 'src/main.ts')];
  if (threads === 'one processor') return startServer(argv, settings);
  const server = await startServer(argv, settings, null);
  pinMainThread(server.pid);
  return server;
}

const notes: Readonly<Record<Threads, string>> = {
  'free threads':
    'The loop has one processor. The thread that writes the log runs where there is room, as it does wherever a server has more than one.',
  'one processor': 'The thread that writes shares the one processor with the loop.',
};

interface Places {
  readonly on: string;
  readonly off: string;
  readonly requests: readonly string[];
}

async function compareLog(bench: Bench, threads: Threads, { on, off, requests }: Places): Promise<Figure[]> {
  const servers = { on: await startWith(on, 'on', threads), off: await startWith(off, 'off', threads) };
  const [logged, unlogged] = await compareServers(bench, [
    { name: `log on, ${threads}`, ...servers.on, requests },
    { name: `log off, ${threads}`, ...servers.off, requests },
  ]);
  for (const server of Object.values(servers)) await server.stop();
  const isOne = threads === 'one processor';
  const id = isOne ? 'request-log.one' : 'request-log';
  const where = isOne ? ', all on one processor' : '';
  const lower = { unit: 'µs', isHigherBetter: false };
  const speed = { unit: 'requests/s', note: notes[threads] };
  return [
    figure({ id: `${id}.on`, label: `${route}, log on${where}`, ...speed }, logged!.perSecond),
    figure({ id: `${id}.off`, label: `${route}, log off${where}`, unit: 'requests/s' }, unlogged!.perSecond),
    ratio(
      {
        id: `${id}.throughput`,
        label: `Throughput with the log to without${where}`,
        ...(isOne ? {} : { goal: { atLeast: 0.9 } }),
      },
      logged!.perSecond,
      unlogged!.perSecond,
    ),
    figure(
      { id: `${id}.on-cpu`, label: `Processor time a request, log on${where}`, ...lower },
      logged!.cpuUs,
    ),
    figure(
      { id: `${id}.off-cpu`, label: `Processor time a request, log off${where}`, ...lower },
      unlogged!.cpuUs,
    ),
    cpuRatio(
      { id: `${id}.cpu`, label: `Processor time without the log to with${where}` },
      unlogged!.cpuUs,
      logged!.cpuUs,
    ),
  ];
}

async function run(bench: Bench): Promise<Findings> {
  const on = join(bench.directory, 'logged');
  const off = join(bench.directory, 'unlogged');
  const installation = newInstallation(on);
  const secrets = addLoadKeys(installation, keyCount);
  const filling = await startKeyward(on);
  await addCategories(filling.port, installation.secret);
  await filling.stop();
  cpSync(on, off, { recursive: true });
  const places = { on, off, requests: categoryRequests(secrets) };
  const figures: Figure[] = [];
  for (const threads of ['free threads', 'one processor'] as const)
    figures.push(...(await compareLog(bench, threads, places)));
  return { figures, skipped: [] };
}

export const requestLog: Scenario = {
  name: 'request-log',
  title: 'What the request log costs',
  isInQuick: true,
  run,
};
