import { readFileSync } from 'node:fs';
import { createHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';

const intervalMs = 10;

export interface Delays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LoopReport {
  /** As `monitorEventLoopDelay` sees it. */
  readonly raw: Delays;
  /** Less the time in which the thread could have run and other programs of the machine had the processors. */
  readonly own: Delays;
  /** Share of the time in which the loop was busy, from 0 to 1. */
  readonly utilization: number;
}

interface Histogram {
  percentile(percentile: number): number;
  readonly max: number;
  readonly count: number;
}

function delaysOf(histogram: Histogram, lessMs: number): Delays {
  const inMs = (ns: number) => Math.max(0, Math.round(ns / 1e4) / 100 - lessMs);
  if (histogram.count === 0) return { p50Ms: 0, p99Ms: 0, maxMs: 0 };
  return {
    p50Ms: inMs(histogram.percentile(50)),
    p99Ms: inMs(histogram.percentile(99)),
    maxMs: inMs(histogram.max),
  };
}

/** How long the main thread was ready and had no processor, in ns since its start; null where nobody tells. */
function waitedForProcessorNs(): number | null {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]);
  } catch {
    return null;
  }
}

/** Watches the event loop of this thread from now on; `take` reports on the time since the last `take`. */
export class LoopWatch {
  readonly #raw = monitorEventLoopDelay({ resolution: intervalMs });
  readonly #own = createHistogram();
  #utilization = performance.eventLoopUtilization();
  #lastMs = performance.now();
  #waitedNs = waitedForProcessorNs();

  constructor() {
    this.#raw.enable();
    setInterval(() => this.#tick(), intervalMs).unref();
  }

  #tick(): void {
    const now = performance.now();
    const waitedNs = waitedForProcessorNs();
    const lateNs = (now - this.#lastMs - intervalMs) * 1e6;
    const stolenNs = waitedNs === null || this.#waitedNs === null ? 0 : waitedNs - this.#waitedNs;
    this.#own.record(Math.max(1, Math.round(lateNs - stolenNs)));
    this.#lastMs = now;
    this.#waitedNs = waitedNs;
  }

  take(): LoopReport {
    const utilization = performance.eventLoopUtilization();
    const report = {
      // Its figures are whole intervals: the resolution is part of each.
      raw: delaysOf(this.#raw, intervalMs),
      own: delaysOf(this.#own, 0),
      utilization: performance.eventLoopUtilization(utilization, this.#utilization).utilization,
    };
    this.#utilization = utilization;
    this.#raw.reset();
    this.#own.reset();
    return report;
  }
}
