import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { compareServers } from '../lib/compare.ts';
import { addLoadKeys, newInstallation, startKeyward, startServer } from '../lib/installation.ts';
import { addCategories, categoryRequests } from '../lib/knowledge.ts';
import { freePort, root } from '../lib/process.ts';
import type { Bench, Findings, Scenario } from '../lib/scenario.ts';
import { cpuRatio, figure, ratio } from '../lib/stats.ts';

const keyCount = 1_000;
const route = 'GET /api/v1/kb/categories, 20 rows';

function startWith(directory: string, requestLog: 'on' | 'off') {
  return freePort().then((port) =>
    startServer([process.execPath, join(root, 'src/main.ts')], {
      KEYWARD_DATA_DIR: directory,
      KEYWARD_PORT: String(port),
      KEYWARD_REQUEST_LOG: requestLog,
    }),
  );
}

async function run(bench: Bench): Promise<Findings> {
  const logged = join(bench.directory, 'logged');
  const unlogged = join(bench.directory, 'unlogged');
  const installation = newInstallation(logged);
  const secrets = addLoadKeys(installation, keyCount);
  const filling = await startKeyward(logged);
  await addCategories(filling.port, installation.secret);
  await filling.stop();
  cpSync(logged, unlogged, { recursive: true });
  const requests = categoryRequests(secrets);
  const servers = { on: await startWith(logged, 'on'), off: await startWith(unlogged, 'off') };
  const [on, off] = await compareServers(bench, [
    { name: 'log on', ...servers.on, requests },
    { name: 'log off', ...servers.off, requests },
  ]);
  for (const server of Object.values(servers)) await server.stop();
  const lower = { unit: 'µs', isHigherBetter: false };
  const note = 'The thread that writes shares the one processor with the server.';
  const figures = [
    figure({ id: 'request-log.on', label: `${route}, log on`, unit: 'requests/s', note }, on!.perSecond),
    figure({ id: 'request-log.off', label: `${route}, log off`, unit: 'requests/s' }, off!.perSecond),
    ratio(
      { id: 'request-log.throughput', label: 'Throughput with the log to without', goal: { atLeast: 0.9 } },
      on!.perSecond,
      off!.perSecond,
    ),
    figure({ id: 'request-log.on-cpu', label: 'Processor time a request, log on', ...lower }, on!.cpuUs),
    figure({ id: 'request-log.off-cpu', label: 'Processor time a request, log off', ...lower }, off!.cpuUs),
    cpuRatio(
      { id: 'request-log.cpu', label: 'Processor time without the log to with' },
      off!.cpuUs,
      on!.cpuUs,
    ),
  ];
  return { figures, skipped: [] };
}

export const requestLog: Scenario = {
  name: 'request-log',
  title: 'What the request log costs',
  isInQuick: true,
  run,
};
