/**
 * The soak: `node scripts/run.cjs test/fuzz/soak.ts [--minutes 60] [--seed 1] [--postgres]`. Mixed load, and a look
 * at memory and event loop each half minute. Ends with exit code 1 when memory grew or a guarantee did not hold.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FuzzServer } from './child.ts';
import { withDatabase } from './database.ts';
import { Fuzzer } from './fuzzer.ts';
import { finalFaults, longestDelayMs } from './run.ts';
import type { Measures } from './server.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    postgres: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const kind = values.postgres ? 'postgres' : 'sqlite';

/** Caches fill and code is compiled at the beginning: what counts is what comes after this share of the time. */
const warmShare = 0.3;
/** What the live heap may have grown between the first and the last third of the rest. */
const growthAllowed = { share: 0.08, bytes: 3 * 2 ** 20 };

interface Sample extends Measures {
  readonly atMs: number;
  readonly sent: number;
}

function line(cells: readonly (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(9)).join(' ')}\n`);
}

const inMiB = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

function show(sample: Sample, before: Sample | undefined): void {
  const { loop, memory, sent, atMs } = sample;
  const seconds = (atMs - (before?.atMs ?? 0)) / 1_000;
  line([
    (atMs / 60_000).toFixed(1),
    sent,
    Math.round((sent - (before?.sent ?? 0)) / seconds),
    inMiB(memory.heapUsed),
    inMiB(memory.external),
    inMiB(memory.rss),
    loop.own.p99Ms.toFixed(1),
    loop.own.maxMs.toFixed(1),
    loop.raw.p99Ms.toFixed(1),
  ]);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** Compares the medians of the first and the last third of the samples after the warm-up. */
function growth(samples: readonly Sample[], of: (sample: Sample) => number): readonly [number, number] {
  const warm = samples.slice(Math.floor(samples.length * warmShare));
  const third = Math.max(1, Math.floor(warm.length / 3));
  return [median(warm.slice(0, third).map(of)), median(warm.slice(-third).map(of))];
}

function memoryFaults(samples: readonly Sample[]): string[] {
  const measures = {
    'the live heap': (sample: Sample) => sample.memory.heapUsed,
    'memory outside the heap': (sample: Sample) => sample.memory.external,
  };
  return Object.entries(measures).flatMap(([name, of]) => {
    const [first, last] = growth(samples, of);
    const isFlat = last - first <= Math.max(growthAllowed.bytes, first * growthAllowed.share);
    process.stdout.write(`${name}: ${inMiB(first)} → ${inMiB(last)} MiB, ${isFlat ? 'flat' : 'GROWING'}\n`);
    return isFlat ? [] : [`${name} grew from ${inMiB(first)} to ${inMiB(last)} MiB`];
  });
}

async function watch(server: FuzzServer, fuzzer: Fuzzer, isOver: () => boolean): Promise<Sample[]> {
  const samples: Sample[] = [];
  const began = performance.now();
  const everyMs = Math.min(30_000, (minutes * 60_000) / 20);
  line(['min', 'sent', 'per s', 'heap MiB', 'external', 'resident', 'own p99', 'own max', 'raw p99']);
  while (!isOver() && server.endedWith === null) {
    await delay(everyMs);
    const measures = await server.ask('measure', { isSwept: true });
    const sample = { ...measures, atMs: performance.now() - began, sent: fuzzer.tally.sent };
    show(sample, samples.at(-1));
    samples.push(sample);
  }
  return samples;
}

async function soak(): Promise<string[]> {
  const server = await FuzzServer.start(kind, { KEYWARD_REFUSALS_PER_MINUTE: '1000000' });
  const fuzzer = new Fuzzer(server, Number(values.seed), {
    valid: 84,
    near: 8,
    hostile: 5,
    replay: 2,
    double: 1,
  });
  try {
    await fuzzer.prepare();
    const end = performance.now() + minutes * 60_000;
    const isOver = () => performance.now() > end;
    const [samples] = await Promise.all([
      watch(server, fuzzer, isOver),
      fuzzer.run(Number.POSITIVE_INFINITY, isOver),
    ]);
    const { entries, faults } = await finalFaults(server, fuzzer, false);
    process.stdout.write(
      `${fuzzer.tally.explain()}\nstatuses: ${fuzzer.tally.classes()}\naudit: ${entries} entries\n`,
    );
    const p99 = median(samples.map(({ loop }) => loop.own.p99Ms));
    if (p99 > longestDelayMs) faults.push(`the event loop was held up for ${p99} ms (p99)`);
    return [...faults, ...memoryFaults(samples)];
  } finally {
    fuzzer.close();
    await server.stop();
  }
}

process.stdout.write(`${minutes} minutes on ${kind}, seed ${values.seed}\n`);
const faults = await withDatabase(kind, soak);
process.stdout.write(
  faults.length === 0
    ? 'Memory is flat and every guarantee held.\n'
    : `FAILED\n${faults.map((fault) => `- ${fault}\n`).join('')}`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
