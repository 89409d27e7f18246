import { type LoadResult, load } from './load.ts';
import { cpuSecondsOf } from './process.ts';
import type { Bench } from './scenario.ts';
import { median } from './stats.ts';

/** A server that is compared over HTTP, and the requests it gets in rotation. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly requests: readonly string[];
}

export interface Measured {
  /** Answers a second with 32 connections, per round. */
  readonly perSecond: number[];
  /** Microseconds on the processor for each request then, which other programs of the machine hardly lengthen. */
  readonly cpuUs: number[];
  /** Microseconds with one connection, per round. */
  readonly aloneUs: number[];
  /** The 99th percentile at half of this server's own peak, per round; the short form leaves it out. */
  readonly p99HalfUs: number[];
  /** How busy the generator's processor was at the peak, per round. */
  readonly generatorShare: number[];
}

const connections = 32;

/** Every prepared request once, so that each was answered as it should be, and then some time for the compiler. */
async function warm({ port, requests }: Target, ms: number): Promise<void> {
  await load(requests, { port, connections, isOnce: true });
  await load(requests, { port, connections, ms });
}

/** One side, then the other, and again, so that what the machine does meanwhile befalls both. */
async function alternate(
  targets: readonly Target[],
  rounds: number,
  measure: (target: Target, measured: Measured) => Promise<void>,
  results: readonly Measured[],
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const [i, target] of targets.entries()) await measure(target, results[i]!);
  }
}

/** Peak, latency of one connection, and tail at half of the peak, for each target. */
export async function compareServers(bench: Bench, targets: readonly Target[]): Promise<Measured[]> {
  const results = targets.map(
    (): Measured => ({ perSecond: [], cpuUs: [], aloneUs: [], p99HalfUs: [], generatorShare: [] }),
  );
  const ms = bench.roundMs;
  for (const target of targets) await warm(target, ms);
  const peak = async ({ name, port, pid, requests }: Target, measured: Measured) => {
    const before = cpuSecondsOf(pid);
    const result = await load(requests, { port, connections, ms });
    measured.cpuUs.push(((cpuSecondsOf(pid) - before) / result.answeredInAll) * 1e6);
    measured.perSecond.push(result.answered / result.seconds);
    measured.generatorShare.push(result.ownCpuShare);
    bench.say(`${name}: ${describe(result)}`);
  };
  const alone = async ({ port, requests }: Target, measured: Measured) => {
    measured.aloneUs.push((await load(requests, { port, connections: 1, ms })).medianUs);
  };
  const tail = async ({ port, requests }: Target, measured: Measured) => {
    const ratePerSecond = median(measured.perSecond) / 2;
    measured.p99HalfUs.push((await load(requests, { port, connections, ms, ratePerSecond })).p99Us);
  };
  const measures = bench.isQuick ? [peak, alone] : [peak, alone, tail];
  for (const measure of measures) await alternate(targets, bench.rounds, measure, results);
  return results;
}

function describe({ answered, seconds, medianUs, ownCpuShare }: LoadResult): string {
  const share = Math.round(ownCpuShare * 100);
  return `${Math.round(answered / seconds)}/s, median ${medianUs} µs, generator ${share} % busy`;
}
