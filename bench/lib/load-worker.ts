import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { LoadJob, LoadResult } from './load.ts';

/**
 * The load generator: raw sockets with one request in flight on each, prepared requests in rotation. Every answer's
 * status is looked at. It costs about as much processor time a request as wrk, and can do what wrk cannot: keep a
 * rate, and insist on one status.
 */

const job = JSON.parse(process.argv[2]!) as LoadJob;
const requests = (JSON.parse(readFileSync(job.requestsFile, 'utf8')) as string[]).map((text) =>
  Buffer.from(text, 'latin1'),
);

/** Latencies by the microsecond up to 200 ms, from there to a minute by the millisecond. */
const fineSlots = 200_000;
const histogram = new Uint32Array(fineSlots + 60_000);
const slotOf = (us: number) =>
  us < fineSlots ? us : Math.min(histogram.length - 1, fineSlots + Math.floor(us / 1_000));
const usOf = (slot: number) => (slot < fineSlots ? slot : (slot - fineSlots) * 1_000);
let answered = 0;
let isMeasuring = false;
let next = 0;
/** How many requests may be sent in all; each prepared one at most so often where a job says `isOnce`. */
let left = job.isOnce ? requests.length : Number.POSITIVE_INFINITY;

function fail(message: string): never {
  process.send!({ failure: message });
  process.exit(1);
}

interface Connection {
  readonly socket: Socket;
  sentAtMs: number;
  isBusy: boolean;
  /** Bytes of the present answer still to come; null while its head is not complete. */
  missing: number | null;
  head: Buffer;
}

const idle: Connection[] = [];
const nothing = Buffer.alloc(0);

function send(connection: Connection, dueMs: number): void {
  if (left === 0) return;
  left--;
  connection.isBusy = true;
  connection.sentAtMs = dueMs;
  connection.socket.write(requests[next]!);
  next = next + 1 === requests.length ? 0 : next + 1;
}

function finish(connection: Connection): void {
  connection.isBusy = false;
  connection.missing = null;
  answered++;
  const now = performance.now();
  if (isMeasuring) {
    histogram[slotOf(Math.max(0, Math.round((now - connection.sentAtMs) * 1_000)))]!++;
  }
  if (job.ratePerSecond === null) send(connection, now);
  else idle.push(connection);
}

/** The head of an answer in one piece, or what there is of it. */
function readHead(connection: Connection, chunk: Buffer): void {
  const data = connection.head.length === 0 ? chunk : Buffer.concat([connection.head, chunk]);
  const end = data.indexOf('\r\n\r\n');
  if (end === -1) {
    connection.head = Buffer.from(data);
    return;
  }
  connection.head = nothing;
  const head = data.toString('latin1', 0, end);
  const status = head.slice(9, 12);
  if (status !== job.status)
    fail(`an answer was ${status} instead of ${job.status}:\n${data.toString('utf8')}`);
  const length = /content-length: (\d+)/i.exec(head);
  if (length === null) fail('an answer has no Content-Length');
  connection.missing = Number(length[1]) - (data.length - end - 4);
  if (connection.missing === 0) finish(connection);
}

function read(connection: Connection, chunk: Buffer): void {
  if (!connection.isBusy) fail('an answer that nobody asked for');
  if (connection.missing === null) readHead(connection, chunk);
  else {
    connection.missing -= chunk.length;
    if (connection.missing === 0) finish(connection);
  }
}

function open(): Promise<Connection> {
  return new Promise((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port: job.port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(65_536),
        callback: (length, buffer) => {
          read(connection, (buffer as Buffer).subarray(0, length));
          return true;
        },
      },
    });
    const connection: Connection = { socket, sentAtMs: 0, isBusy: false, missing: null, head: nothing };
    socket.on('error', (error) => fail(`a connection broke: ${error.message}`));
    socket.on('close', () => fail('the server closed a connection'));
    socket.on('connect', () => resolve(connection));
  });
}

/** Sends what is due. Latency counts from when it was due, so that a server that stalls cannot hide it. */
function keepRate(beganMs: number, ratePerMs: number): void {
  let sent = 0;
  const tick = () => {
    const due = Math.floor((performance.now() - beganMs) * ratePerMs);
    while (sent < due && idle.length > 0) {
      send(idle.pop()!, beganMs + sent / ratePerMs);
      sent++;
    }
    setImmediate(tick);
  };
  tick();
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await sleep(2);
}

const connections = await Promise.all(Array.from({ length: job.connections }, open));
isMeasuring = job.isOnce;
const startedMs = performance.now();
if (job.ratePerSecond === null) for (const connection of connections) send(connection, performance.now());
else {
  idle.push(...connections);
  keepRate(performance.now(), job.ratePerSecond / 1_000);
}
if (!job.isOnce) await sleep(job.warmUpMs);
isMeasuring = true;
const [answeredBefore, cpuBefore] = [job.isOnce ? 0 : answered, process.cpuUsage()];
const began = job.isOnce ? startedMs : performance.now();
if (job.isOnce) await until(() => answered === requests.length);
else await sleep(job.ms);
const seconds = (performance.now() - began) / 1_000;
isMeasuring = false;
const { user, system } = process.cpuUsage(cpuBefore);

function quantile(share: number): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [slot, count] of histogram.entries()) {
    seen += count;
    if (seen >= total * share && seen > 0) return usOf(slot);
  }
  return usOf(histogram.length - 1);
}

const result: LoadResult = {
  answered: answered - answeredBefore,
  answeredInAll: answered,
  seconds,
  medianUs: quantile(0.5),
  p99Us: quantile(0.99),
  ownCpuShare: (user + system) / 1e6 / seconds,
};
process.send!(result, () => process.exit(0));
