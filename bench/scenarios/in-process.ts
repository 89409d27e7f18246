import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ContenderProcess, type Round } from '../lib/contender.ts';
import type { Bench, Findings, Scenario } from '../lib/scenario.ts';
import { cpuRatio, figure, ratio } from '../lib/stats.ts';

const names = ['keyward', 'bare', 'better-auth-memory', 'better-auth-sqlite'] as const;
type Name = (typeof names)[number];

const perSecond = (rounds: readonly Round[]) => rounds.map(({ count, seconds }) => count / seconds);
const cpuUs = (rounds: readonly Round[]) => rounds.map(({ count, cpuSeconds }) => (cpuSeconds / count) * 1e6);

async function measure(bench: Bench): Promise<Record<Name, Round[]>> {
  const contenders = new Map<Name, ContenderProcess>();
  for (const name of names) {
    const directory = join(bench.directory, name);
    mkdirSync(directory, { mode: 0o700 });
    contenders.set(name, await ContenderProcess.start(name, directory));
  }
  const rounds: Record<Name, Round[]> = {
    keyward: [],
    bare: [],
    'better-auth-memory': [],
    'better-auth-sqlite': [],
  };
  for (const contender of contenders.values()) await contender.round(bench.roundMs);
  for (let i = 0; i < bench.rounds; i++) {
    for (const [name, contender] of contenders) {
      const round = await contender.round(bench.roundMs);
      rounds[name].push(round);
      bench.say(`${name}: ${Math.round(round.count / round.seconds)}/s`);
    }
  }
  for (const contender of contenders.values()) await contender.finish();
  return rounds;
}

async function run(bench: Bench): Promise<Findings> {
  const rounds = await measure(bench);
  const [keyward, bare, memory, sqlite] = names.map((name) => perSecond(rounds[name])) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const [ourCpu, bareCpu, memoryCpu] = (['keyward', 'bare', 'better-auth-memory'] as const).map((name) =>
    cpuUs(rounds[name]),
  ) as [number[], number[], number[]];
  const unit = 'decisions/s';
  const figures = [
    figure(
      {
        id: 'in-process.keyward',
        label: 'Guarded decisions: scope, exact limits, journal and day counters; 1,000 keys in rotation',
        unit,
        goal: { atLeast: 800_000 },
        note: 'The day counters were read back afterwards: their sum was the number of decisions.',
      },
      keyward,
    ),
    figure(
      {
        id: 'in-process.keyward-cpu',
        label: 'The same, processor time each',
        unit: 'µs',
        isHigherBetter: false,
      },
      ourCpu,
    ),
    figure({ id: 'in-process.bare', label: 'SHA-256 and a Map, nothing else', unit }, bare),
    figure(
      {
        id: 'in-process.better-auth-memory',
        label: 'better-auth API keys, secondary storage in memory',
        unit,
      },
      memory,
    ),
    figure(
      {
        id: 'in-process.better-auth-sqlite',
        label: 'better-auth API keys, SQLite (its default storage)',
        unit,
      },
      sqlite,
    ),
    ratio({ id: 'in-process.to-bare', label: 'Keyward to SHA-256 and a Map' }, keyward, bare),
    ratio({ id: 'in-process.to-better-auth', label: 'Keyward to better-auth in memory' }, keyward, memory),
    cpuRatio(
      { id: 'in-process.bare-cpu', label: 'Processor time of SHA-256 and a Map to Keyward' },
      bareCpu,
      ourCpu,
    ),
    cpuRatio(
      { id: 'in-process.better-auth-cpu', label: 'Processor time of better-auth in memory to Keyward' },
      memoryCpu,
      ourCpu,
    ),
  ];
  return { figures, skipped: [] };
}

export const inProcess: Scenario = {
  name: 'in-process',
  title: 'Decisions in one process, on one processor',
  isInQuick: true,
  run,
};
