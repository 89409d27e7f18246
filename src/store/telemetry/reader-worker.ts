import { parentPort, workerData } from 'node:worker_threads';
import type { TelemetryDb } from './log-writer.ts';
import { type OpenTelemetry, openTelemetryForReading, type TelemetryPlace } from './open.ts';
import { type FromReader, queries, type ToReader } from './queries.ts';

/** The thread that reads the request log and usage, so that no query holds up a request. */

const port = parentPort!;
const { place } = workerData as { readonly place: TelemetryPlace };
let opened: OpenTelemetry | null = null;

const send = (message: FromReader) => port.postMessage(message);

async function close(): Promise<void> {
  const closing = opened;
  opened = null;
  await closing?.close().catch(() => {});
}

async function answer({ id, name, args }: Extract<ToReader, { kind: 'ask' }>): Promise<void> {
  try {
    opened ??= openTelemetryForReading(place);
    const query = queries[name] as (db: TelemetryDb, ...args: readonly unknown[]) => Promise<unknown>;
    send({ id, answer: await query(opened.db, ...args) });
  } catch (error) {
    await close();
    send({ id, error: (error as Error).message });
  }
}

port.on('message', async (message: ToReader) => {
  if (message.kind === 'ask') await answer(message);
  else await close();
  if (message.kind === 'end') port.close();
});
