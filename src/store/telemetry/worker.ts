import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromLogWorker, LogWorkerData, ToLogWorker } from '../../telemetry/log-messages.ts';
import { sumUpHour, sumUpNextHour } from './hours.ts';
import { LogWriter } from './log-writer.ts';
import { type OpenTelemetry, openTelemetryAt } from './open.ts';

/** The thread that writes the request log: a batch is told to be written when it is, and tried until then. */

const port = parentPort!;
const { place, routes } = workerData as LogWorkerData;
const maxBatches = 4;
const retryMs = 1_000;
const sumUpMs = 60_000;

const send = (message: FromLogWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const waiting: Extract<ToLogWorker, { kind: 'write' }>[] = [];
let opened: OpenTelemetry | null = null;
let writer: LogWriter | null = null;
let isWriting = false;
let isEnding = false;

async function writeSome(): Promise<void> {
  const taken = waiting.slice(0, maxBatches);
  try {
    opened ??= openTelemetryAt(place);
    writer ??= new LogWriter(opened.db, opened.dialect, routes);
    await writer.write(
      taken.flatMap(({ batch }) => (batch ? [batch] : [])),
      taken.flatMap(({ unrecorded }) => unrecorded),
    );
    waiting.splice(0, taken.length);
    for (const { batch } of taken) {
      send(
        { kind: 'written', count: batch?.count ?? 0, buffer: batch?.bytes.buffer ?? null },
        buffersOf(batch),
      );
    }
  } catch (error) {
    send({ kind: 'failed', message: (error as Error).message });
    // A file that was damaged is found to be so, and set aside, only when it is opened.
    await opened?.close().catch(() => {});
    opened = null;
    writer = null;
    if (!isEnding) await sleep(retryMs);
    else waiting.length = 0;
  }
}

function buffersOf(batch: { bytes: Uint8Array<ArrayBuffer> } | null): ArrayBuffer[] {
  return batch ? [batch.bytes.buffer] : [];
}

async function sumUpHours(): Promise<void> {
  if (opened === null || writer === null) return;
  try {
    for (const hour of writer.takeLateHours()) await sumUpHour(opened.db, opened.dialect, hour);
    while (waiting.length === 0 && (await sumUpNextHour(opened.db, opened.dialect, Date.now())));
  } catch (error) {
    send({ kind: 'failed', message: (error as Error).message });
  }
}

async function run(): Promise<void> {
  if (isWriting) return;
  isWriting = true;
  while (waiting.length > 0) await writeSome();
  if (!isEnding) await sumUpHours();
  isWriting = false;
  if (waiting.length > 0) void run();
  if (!isEnding) return;
  await opened?.close();
  port.close();
}

// Also where no request comes any more: what came before must be summed up.
setInterval(() => void run(), sumUpMs).unref();

port.on('message', (message: ToLogWorker) => {
  if (message.kind === 'end') isEnding = true;
  else waiting.push(message);
  void run();
});
