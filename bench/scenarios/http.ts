import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { compareServers, type Measured, type Target } from '../lib/compare.ts';
import { addLoadKeys, newInstallation, startKeyward } from '../lib/installation.ts';
import { addCategories, categoriesPath, categoryRequests } from '../lib/knowledge.ts';
import { nginxVersion, startNginx } from '../lib/nginx.ts';
import { benchRoot } from '../lib/process.ts';
import type { Bench, Figure, Findings, Scenario } from '../lib/scenario.ts';
import { cpuRatio, differences, figure, ratio } from '../lib/stats.ts';

const keyCount = 1_000;
const route = 'GET /api/v1/kb/categories, 20 rows';

/** The same data twice, since two servers never share a directory. */
async function prepare(bench: Bench) {
  const guarded = join(bench.directory, 'guarded');
  const open = join(bench.directory, 'open');
  const installation = newInstallation(guarded);
  const secrets = addLoadKeys(installation, keyCount);
  const filling = await startKeyward(guarded);
  await addCategories(filling.port, installation.secret);
  await filling.stop();
  cpSync(guarded, open, { recursive: true });
  return { guarded, open, secrets, tenantId: installation.tenantId };
}

async function bodyOf(port: number, secret: string): Promise<string> {
  const headers = { authorization: `Bearer ${secret}` };
  const response = await fetch(`http://127.0.0.1:${port}${categoriesPath}`, { headers });
  return response.text();
}

function figuresOf(on: Measured, off: Measured): Figure[] {
  const lower = { unit: 'µs', isHigherBetter: false };
  return [
    figure({ id: 'http.guarded', label: `${route}, guard on`, unit: 'requests/s' }, on.perSecond),
    figure({ id: 'http.open', label: `${route}, guard off`, unit: 'requests/s' }, off.perSecond),
    ratio(
      { id: 'http.guard-throughput', label: 'Throughput with the guard to without', goal: { atLeast: 0.9 } },
      on.perSecond,
      off.perSecond,
    ),
    figure({ id: 'http.guarded-cpu', label: 'Processor time a request, guard on', ...lower }, on.cpuUs),
    figure({ id: 'http.open-cpu', label: 'Processor time a request, guard off', ...lower }, off.cpuUs),
    cpuRatio(
      { id: 'http.guard-cpu', label: 'Processor time without the guard to with' },
      off.cpuUs,
      on.cpuUs,
    ),
    figure({ id: 'http.guarded-alone', label: `${route}, guard on, one connection`, ...lower }, on.aloneUs),
    figure({ id: 'http.open-alone', label: `${route}, guard off, one connection`, ...lower }, off.aloneUs),
    figure(
      {
        id: 'http.guard-added',
        label: 'What the guard adds to the median, one connection',
        ...lower,
        goal: { atMost: 15 },
      },
      differences(on.aloneUs, off.aloneUs),
    ),
    figure(
      {
        id: 'http.generator',
        label: 'How busy the load generator was, guard off',
        unit: '%',
        isHigherBetter: false,
        note: 'Near 100 % the generator is what is measured.',
      },
      off.generatorShare.map((share) => share * 100),
    ),
  ];
}

function tailFigures(on: Measured, off: Measured): Figure[] {
  const lower = { unit: 'µs', isHigherBetter: false };
  return [
    figure({ id: 'http.guarded-p99', label: 'p99 at half of the peak, guard on', ...lower }, on.p99HalfUs),
    figure({ id: 'http.open-p99', label: 'p99 at half of the peak, guard off', ...lower }, off.p99HalfUs),
    ratio(
      {
        id: 'http.guard-p99',
        label: 'p99 with the guard to without',
        isHigherBetter: false,
        goal: { atMost: 2 },
      },
      on.p99HalfUs,
      off.p99HalfUs,
    ),
  ];
}

function nginxFigures(on: Measured, nginx: Measured): Figure[] {
  const note = 'A key map, limit_req and a file with the same bytes; no scopes, no days, nothing kept.';
  const busy = Math.round(Math.max(...nginx.generatorShare) * 100);
  return [
    figure(
      {
        id: 'http.nginx',
        label: `${nginxVersion()}, the same bytes`,
        unit: 'requests/s',
        note: `${note} The generator was up to ${busy} % busy: near 100 % it is a lower bound.`,
      },
      nginx.perSecond,
    ),
    ratio({ id: 'http.to-nginx', label: 'Keyward to nginx' }, on.perSecond, nginx.perSecond),
  ];
}

async function run(bench: Bench): Promise<Findings> {
  const { guarded, open, secrets, tenantId } = await prepare(bench);
  const requests = categoryRequests(secrets);
  const on = await startKeyward(guarded);
  const off = await startKeyward(open, join(benchRoot, 'servers/keyward-open.ts'), tenantId);
  // Processor time of its worker is not seen here, so that the short form has nothing to compare.
  const hasNginx = nginxVersion() !== null && !bench.isQuick;
  const body = await bodyOf(on.port, secrets[0]!);
  const nginx = hasNginx ? await startNginx(join(bench.directory, 'nginx'), secrets, body) : null;
  const targets: Target[] = [
    { name: 'guard on', ...on, requests },
    { name: 'guard off', ...off, requests },
    ...(nginx ? [{ name: 'nginx', ...nginx, requests }] : []),
  ];
  const [onMeasured, offMeasured, nginxMeasured] = await compareServers(bench, targets);
  for (const server of [on, off, nginx]) await server?.stop();
  const figures = [
    ...figuresOf(onMeasured!, offMeasured!),
    ...(bench.isQuick ? [] : tailFigures(onMeasured!, offMeasured!)),
  ];
  if (nginxMeasured)
    return { figures: [...figures, ...nginxFigures(onMeasured!, nginxMeasured)], skipped: [] };
  if (bench.isQuick) return { figures, skipped: [] };
  const skipped = [{ what: 'nginx', why: 'it is not installed (on Debian: apt-get install nginx-light)' }];
  return { figures, skipped };
}

export const http: Scenario = {
  name: 'http',
  title: 'Requests over HTTP: what the guard costs',
  isInQuick: true,
  run,
};
