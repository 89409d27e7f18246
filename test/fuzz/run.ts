import type { DatabaseKind } from '../databases.ts';
import { FuzzServer } from './child.ts';
import { operations } from './document.ts';
import { Fuzzer } from './fuzzer.ts';
import type { Measures } from './server.ts';

export interface FuzzOptions {
  readonly kind: DatabaseKind;
  readonly requests: number;
  readonly seed: number;
  /** Then every operation must have answered 2xx, and the event loop is judged. */
  readonly isDeep: boolean;
  /** Ends the run earlier on a machine that is busy. */
  readonly atMostMs?: number;
}

export interface FuzzResult {
  readonly fuzzer: Fuzzer;
  readonly seconds: number;
  readonly before: Measures;
  readonly after: Measures;
  readonly auditEntries: number;
  /** Messages that webhooks were sent. */
  readonly messages: number;
  /** Every guarantee that did not hold, in words. */
  readonly faults: string[];
}

export const longestDelayMs = 50;

const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

/** What must hold when all answers are there. */
export async function finalFaults(server: FuzzServer, fuzzer: Fuzzer, isDeep: boolean) {
  const { tally, world } = fuzzer;
  const faults = [...tally.failures.values()].map(({ message, count }) => `${message} (× ${count})`);
  if (server.endedWith !== null)
    return { entries: 0, faults: [...faults, `the server ended: ${server.endedWith}`] };
  const audit = await server.ask('audit', null);
  faults.push(...audit.faults.map((fault) => `audit: ${fault}`));
  faults.push(...server.errors().map((line) => `log: ${line.slice(0, 1_500)}`));
  const leaked = world.secrets.find(server.log.join('\n'));
  if (leaked !== null) faults.push(`the log gives away ${leaked}`);
  if (isDeep && server.receiver.received === 0) faults.push('no webhook was sent anything');
  if (isDeep) faults.push(...tally.unreached().map((id) => `${id} never answered 2xx`));
  return { entries: audit.entries, faults };
}

/** One run from an empty database to a stopped server. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { kind, requests, seed, isDeep, atMostMs = Number.POSITIVE_INFINITY } = options;
  const server = await FuzzServer.start(kind, { KEYWARD_REFUSALS_PER_MINUTE: '1000000' });
  const fuzzer = new Fuzzer(server, seed);
  try {
    await fuzzer.prepare();
    const before = await server.ask('measure', { isSwept: true });
    const began = performance.now();
    await fuzzer.run(requests, () => performance.now() - began > atMostMs, isDeep ? undefined : 1);
    const seconds = (performance.now() - began) / 1_000;
    const delays = await server.ask('measure', { isSwept: false });
    const { memory } = await server.ask('measure', { isSwept: true });
    const after = { loop: delays.loop, memory };
    const { entries, faults } = await finalFaults(server, fuzzer, isDeep);
    if (isDeep && after.loop.own.p99Ms > longestDelayMs) {
      faults.push(`the event loop was held up for ${after.loop.own.p99Ms} ms (p99)`);
    }
    const messages = server.receiver.received;
    return { fuzzer, seconds, before, after, auditEntries: entries, messages, faults };
  } finally {
    fuzzer.close();
    await server.stop();
  }
}

export function summary({
  fuzzer,
  seconds,
  before,
  after,
  auditEntries,
  messages,
  faults,
}: FuzzResult): string {
  const { tally } = fuzzer;
  const { raw, own, utilization } = after.loop;
  const statuses = [...tally.byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status} × ${count}`);
  const unreached = tally.unreached();
  return [
    tally.explain(),
    `${tally.sent} requests in ${seconds.toFixed(0)} s, ${Math.round(tally.sent / seconds)} a second`,
    `statuses: ${tally.classes()} (${statuses.join(', ')})`,
    `2xx from ${operations.length - unreached.length} of ${operations.length} operations${unreached.length ? `; not from ${unreached.join(', ')}` : ''}`,
    `event loop: own delay p99 ${own.p99Ms} ms, longest ${own.maxMs} ms; with waiting for a processor p99 ${raw.p99Ms} ms, longest ${raw.maxMs} ms; busy ${Math.round(utilization * 100)} %`,
    `memory: heap ${mebibytes(before.memory.heapUsed)} → ${mebibytes(after.memory.heapUsed)}, resident ${mebibytes(before.memory.rss)} → ${mebibytes(after.memory.rss)}`,
    `audit: ${auditEntries} entries, chain ${faults.some((fault) => fault.startsWith('audit')) ? 'BROKEN' : 'whole'}`,
    `webhooks: ${messages} messages`,
    `slowest: ${tally.slowest()}`,
    ...[...tally.notes].map(([note, count]) => `note: ${note} (× ${count})`),
    faults.length === 0
      ? 'Every guarantee held.'
      : `${faults.length} guarantees did not hold:\n${faults
          .slice(0, 60)
          .map((fault) => `- ${fault}`)
          .join('\n')}`,
  ].join('\n');
}
