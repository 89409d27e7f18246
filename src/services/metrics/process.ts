import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { counter, type Family, gauge } from './exposition.ts';

const resolutionMs = 20;
/** Two that scrape at the same time see the same quantiles. */
const spanMs = 10_000;
const quantiles = [0.5, 0.9, 0.99, 1] as const;

/** Watches the loop from its making on, with one timer. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #count = 0;
  #seconds = 0;
  #sinceMs = performance.now();

  constructor() {
    this.#histogram.enable();
  }

  /** The quantiles are of the time since the scrape before, the sum and the count of all time. */
  family(): Family {
    const histogram = this.#histogram;
    const samples = quantiles.map((quantile) => ({
      labels: { quantile: String(quantile) },
      value: histogram.count === 0 ? Number.NaN : delayOf(histogram.percentile(quantile * 100)),
    }));
    const count = this.#count + histogram.count;
    const seconds = this.#seconds + (histogram.count === 0 ? 0 : delayOf(histogram.mean) * histogram.count);
    if (performance.now() - this.#sinceMs >= spanMs) {
      this.#count = count;
      this.#seconds = seconds;
      this.#sinceMs = performance.now();
      histogram.reset();
    }
    return {
      name: 'keyward_event_loop_delay_seconds',
      type: 'summary',
      help: 'How late timers of the main thread are; the quantiles are of the last seconds.',
      samples: [...samples, { suffix: '_sum', value: seconds }, { suffix: '_count', value: count }],
    };
  }
}

/** Node measures from one tick of its timer to the next. */
function delayOf(ns: number): number {
  return Math.max(0, ns / 1e9 - resolutionMs / 1_000);
}

/** Under /proc, which only Linux has. */
function ofLinux(): Family[] {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return [
      gauge('process_open_fds', 'Open files and connections.', readdirSync('/proc/self/fd').length),
      ...(limit ? [gauge('process_max_fds', 'So many may be open.', Number(limit))] : []),
    ];
  } catch {
    return [];
  }
}

/** Under the names that dashboards for any process know. */
export function processFamilies(): Family[] {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return [
    gauge(
      'process_start_time_seconds',
      'When the process began, in Unix time.',
      performance.timeOrigin / 1_000,
    ),
    counter('process_cpu_seconds_total', 'Processor time, of all threads.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory that the process has.', rss),
    gauge('nodejs_heap_size_total_bytes', 'Heap of JavaScript in the main thread.', heapTotal),
    gauge('nodejs_heap_size_used_bytes', 'What of it is used.', heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory outside of the heap that its objects hold.', external),
    counter('keyward_event_loop_active_seconds_total', 'Time the main thread worked.', active / 1_000),
    counter('keyward_event_loop_idle_seconds_total', 'Time the main thread waited.', idle / 1_000),
    ...ofLinux(),
  ];
}
