import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromLogWorker, LogWorkerData, ToLogWorker } from '../../telemetry/log-messages.ts';
import { migrateTelemetry } from '../migrations/index.ts';
import { sumUpHour, sumUpNextHour } from './hours.ts';
import { LogWriter } from './log-writer.ts';
import { type OpenTelemetry, openTelemetryAt } from './open.ts';
import { type TaskName, tasks } from './tasks.ts';

/** The thread that writes the request log: a batch is told to be written when it is, and tried until then. */

const port = parentPort!;
const { place, routes } = workerData as LogWorkerData;
const maxBatches = 4;
const retryMs = 1_000;
/** Usage is written so often at most, while batches keep coming. */
const usageMs = 1_000;
const sumUpMs = 60_000;

const send = (message: FromLogWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const waiting: Extract<ToLogWorker, { kind: 'write' }>[] = [];
const toDo: Extract<ToLogWorker, { kind: 'task' }>[] = [];
let opened: OpenTelemetry | null = null;
let writer: LogWriter | null = null;
let isWriting = false;
let isEnding = false;
let isGivenUp = false;
let usageSavedAt = Number.NEGATIVE_INFINITY;
/** Who waits for everything to be written, usage among it. */
let settling = 0;
let isUsageAwaited = false;
/** How far the server's clock is ahead of this thread's: they differ where a test sets it. */
let clockAheadMs = 0;

const now = () => Date.now() + clockAheadMs;

/** A damaged file is set aside here, and the new one has no tables yet. */
async function open(): Promise<OpenTelemetry> {
  const telemetry = openTelemetryAt(place);
  await migrateTelemetry(telemetry.db, telemetry.dialect, now());
  return telemetry;
}

async function parts() {
  opened ??= await open();
  writer ??= new LogWriter(opened.db, opened.dialect, routes);
  return { db: opened.db, dialect: opened.dialect, writer };
}

async function writeSome(): Promise<void> {
  const taken = waiting.slice(0, maxBatches);
  const isLast = taken.length === waiting.length;
  const isDue = performance.now() - usageSavedAt >= usageMs;
  const savesUsage = isDue || (isLast && (isEnding || settling > 0));
  try {
    const { writer } = await parts();
    await writer.write(
      taken.flatMap(({ batch }) => (batch ? [batch] : [])),
      taken.flatMap(({ unrecorded }) => unrecorded),
      savesUsage,
    );
    waiting.splice(0, taken.length);
    if (savesUsage) usageSavedAt = performance.now();
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
    else isGivenUp = true;
  }
}

function buffersOf(batch: { bytes: Uint8Array<ArrayBuffer> } | null): ArrayBuffer[] {
  return batch ? [batch.bytes.buffer] : [];
}

/** What can wait until there is nothing to write. */
async function keepHouse(): Promise<void> {
  if (opened === null || writer === null) return;
  try {
    for (const hour of writer.takeLateHours()) await sumUpHour(opened.db, opened.dialect, hour);
    while (waiting.length === 0 && (await sumUpNextHour(opened.db, opened.dialect, now())));
  } catch (error) {
    send({ kind: 'failed', message: (error as Error).message });
  }
}

async function doTask(): Promise<void> {
  const asked = toDo.shift();
  if (asked === undefined) return;
  const { id, name, args } = asked;
  try {
    if (isEnding) throw new Error('The server is stopping.');
    const task = tasks[name as TaskName] as (...args: readonly unknown[]) => Promise<unknown>;
    send({ kind: 'done', id, answer: await task(await parts(), ...args) });
  } catch (error) {
    // What a half-done task left in memory is read anew.
    writer?.forgetState();
    send({ kind: 'refused', id, message: (error as Error).message });
  }
}

function isUsageDue(): boolean {
  return isEnding || settling > 0 || performance.now() - usageSavedAt >= usageMs;
}

function saveUsage(): void {
  isUsageAwaited = false;
  void run();
}

async function run(): Promise<void> {
  if (isWriting) return;
  isWriting = true;
  while (!isGivenUp && (waiting.length > 0 || (writer?.hasUnsavedUsage && isUsageDue()))) {
    await writeSome();
    await doTask();
  }
  await doTask();
  for (; settling > 0; settling--) send({ kind: 'settled' });
  if (writer?.hasUnsavedUsage && !isUsageAwaited) {
    isUsageAwaited = true;
    setTimeout(saveUsage, usageMs);
  }
  if (!isEnding) await keepHouse();
  isWriting = false;
  if (waiting.length > 0 || settling > 0 || toDo.length > 0) void run();
  if (!isEnding) return;
  await opened?.close();
  port.close();
}

// Also where no request comes any more: what came before must be summed up.
setInterval(() => void run(), sumUpMs).unref();

port.on('message', (message: ToLogWorker) => {
  if (message.kind === 'end') isEnding = true;
  else if (message.kind === 'settle') settling++;
  else if (message.kind === 'task') toDo.push(message);
  else {
    clockAheadMs = message.now - Date.now();
    waiting.push(message);
  }
  void run();
});
