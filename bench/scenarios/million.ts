import { existsSync, statfsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ColdResult } from '../lib/cold-worker.ts';
import { type Installation, newInstallation, startKeyward } from '../lib/installation.ts';
import { listFigures } from '../lib/lists.ts';
import { load, requestText } from '../lib/load.ts';
import { cores, memoryMiB } from '../lib/process.ts';
import type { Bench, Figure, Findings, Scenario, Skipped } from '../lib/scenario.ts';
import type { Sample, SeedJob } from '../lib/seed-worker.ts';
import { figure } from '../lib/stats.ts';
import { runWorker } from '../lib/worker.ts';

const starts = 5;
const bytesAKey = 2_000;

/** Figures of one size: `million.1m.…`. */
function sizeName(count: number): string {
  if (count >= 1_000_000) return `${count / 1_000_000}m`;
  return count >= 1_000 ? `${count / 1_000}k` : String(count);
}

const sayCount = (count: number) => `${count.toLocaleString('en-GB')} keys`;

const memoryGoal = (size: string) => (size === '1m' ? { goal: { atMost: 250 } } : {});

async function startUps(directory: string): Promise<{ ms: number[]; mib: number[] }> {
  const ms: number[] = [];
  const mib: number[] = [];
  for (let i = 0; i < starts; i++) {
    const server = await startKeyward(directory);
    ms.push(server.startedInMs);
    mib.push(memoryMiB(server.pid).resident);
    await server.stop();
  }
  return { ms, mib };
}

function startFigures(size: string, words: string, { ms, mib }: { ms: number[]; mib: number[] }): Figure[] {
  const lower = { isHigherBetter: false };
  return [
    figure(
      { id: `million.${size}.start`, label: `Start until it listens, ${words}`, unit: 'ms', ...lower },
      ms,
    ),
    figure(
      {
        id: `million.${size}.rss-start`,
        label: `Memory (RSS) then, ${words}`,
        unit: 'MiB',
        ...lower,
        ...memoryGoal(size),
      },
      mib,
    ),
  ];
}

const sampleFile = (bench: Bench, count: number) =>
  join(bench.kept ?? bench.directory, `sample-${count}.json`);

async function seed(bench: Bench, installation: Installation, from: number, count: number): Promise<Sample> {
  const file = sampleFile(bench, count);
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Sample;
  const { directory, tenantId } = installation;
  const job: SeedJob = { directory, tenantId, from, count, file };
  const began = performance.now();
  await runWorker(cores.load, 'seed-worker.ts', JSON.stringify(job));
  bench.say(`${sayCount(count)} seeded in ${Math.round((performance.now() - began) / 1_000)} s`);
  return JSON.parse(await readFile(file, 'utf8')) as Sample;
}

async function coldFigures(bench: Bench, size: string, words: string, directory: string, count: number) {
  const file = sampleFile(bench, count);
  const medians: number[] = [];
  const tails: number[] = [];
  for (let i = 0; i < 3; i++) {
    const { medianUs, p99Us } = (await runWorker(
      cores.measured,
      'cold-worker.ts',
      directory,
      file,
    )) as ColdResult;
    medians.push(medianUs);
    tails.push(p99Us);
  }
  const lower = { unit: 'µs', isHigherBetter: false };
  return [
    figure(
      {
        id: `million.${size}.cold`,
        label: `Decision about a key that is not cached, median, ${words}`,
        ...lower,
        goal: { atMost: 100 },
        note: 'In process: from the header to the verdict, one read of the database in it.',
      },
      medians,
    ),
    figure({ id: `million.${size}.cold-p99`, label: `The same, p99, ${words}`, ...lower }, tails),
  ];
}

async function creationFigure(bench: Bench, size: string, words: string, port: number, secret: string) {
  const body = { name: 'Made by the bench', scopes: ['knowledge:read'], tier: 'professional' };
  const requests = [requestText({ method: 'POST', path: '/api/v1/api-keys', key: secret, body })];
  const rounds: number[] = [];
  for (let i = 0; i < Math.min(3, bench.rounds); i++) {
    const { answered, seconds } = await load(requests, { port, status: '201', ms: bench.roundMs });
    rounds.push(answered / seconds);
  }
  return figure(
    {
      id: `million.${size}.create`,
      label: `Keys created over HTTP, 32 connections, ${words}`,
      unit: 'keys/s',
      goal: { atLeast: 2_000 },
      note: 'Each one durable (fsync) and in the audit log before its answer.',
    },
    rounds,
  );
}

/** Lists, creation, and what all of it leaves in memory. */
async function servedFigures(
  bench: Bench,
  size: string,
  words: string,
  installation: Installation,
  sample: Sample,
) {
  const server = await startKeyward(installation.directory);
  const { port, pid } = server;
  // The code for signing in is loaded right after the start, and holds up the first answers.
  await delay(2_000);
  const { secret } = installation;
  const lists = await listFigures(bench, { size, words, port, secret, sample });
  const creation = await creationFigure(bench, size, words, port, secret);
  const requests = sample.keys.map(({ secret: key }) =>
    requestText({ method: 'GET', path: '/api/v1/kb/tags', key }),
  );
  await load(requests, { port, isOnce: true });
  const memory = memoryFigures(size, words, requests.length, pid);
  await server.stop();
  return [...lists, creation, ...memory];
}

function memoryFigures(size: string, words: string, keys: number, pid: number): Figure[] {
  const { resident, ofFiles } = memoryMiB(pid);
  const lower = { unit: 'MiB', isHigherBetter: false };
  const work = `lists, creation and one request of ${keys.toLocaleString('en-GB')} different keys`;
  return [
    figure(
      {
        id: `million.${size}.rss`,
        label: `Memory (RSS) after ${work}, ${words}`,
        ...lower,
        ...memoryGoal(size),
      },
      [resident],
    ),
    figure(
      {
        id: `million.${size}.rss-mapped`,
        label: `Of it pages of the database file and of programs, ${words}`,
        ...lower,
      },
      [ofFiles],
    ),
  ];
}

function tooLittleRoom(bench: Bench, count: number): Skipped | null {
  const { bavail, bsize } = statfsSync(bench.directory);
  if (bavail * bsize > count * bytesAKey) return null;
  const gib = Math.ceil((count * bytesAKey) / 1_024 ** 3);
  return { what: sayCount(count), why: `the disk of the temporary directory has less than ${gib} GiB left` };
}

async function installationOf({ kept, directory }: Bench): Promise<Installation> {
  if (kept === null) return newInstallation(join(directory, 'data'));
  const file = join(kept, 'installation.json');
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Installation;
  const installation = newInstallation(join(kept, 'data'));
  await writeFile(file, JSON.stringify(installation), { mode: 0o600 });
  return installation;
}

async function run(bench: Bench): Promise<Findings> {
  const installation = await installationOf(bench);
  const empty = newInstallation(join(bench.directory, 'empty'));
  const figures = startFigures('0', 'no keys', await startUps(empty.directory));
  const skipped: Skipped[] = [];
  let seeded = 0;
  for (const count of bench.keyCounts) {
    const obstacle = tooLittleRoom(bench, count);
    if (obstacle) {
      skipped.push(obstacle);
      continue;
    }
    const sample = await seed(bench, installation, seeded, count - seeded);
    const [size, words] = [sizeName(count), sayCount(count)];
    figures.push(
      ...startFigures(size, words, await startUps(installation.directory)),
      ...(await coldFigures(bench, size, words, installation.directory, count - seeded)),
      ...(await servedFigures(bench, size, words, installation, sample)),
    );
    seeded = count;
  }
  return { figures, skipped };
}

export const million: Scenario = {
  name: 'million',
  title: 'A million keys, and ten',
  isInQuick: false,
  run,
};
