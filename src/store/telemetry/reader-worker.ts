import { parentPort, workerData } from 'node:worker_threads';
import type { TelemetryDb } from './log-writer.ts';
import {
  type OpenData,
  type OpenTelemetry,
  openDataForReading,
  openTelemetryForReading,
  type TelemetryPlace,
} from './open.ts';
import { dataQueries, type FromReader, queries, type ToReader } from './queries.ts';

/** The thread that reads the request log and usage, so that no query holds up a request. */

const port = parentPort!;
const { place } = workerData as { readonly place: TelemetryPlace };
let opened: OpenTelemetry | null = null;
let data: OpenData | null = null;

const send = (message: FromReader) => port.postMessage(message);

async function close(): Promise<void> {
  const closing = [opened, data];
  opened = null;
  data = null;
  for (const one of closing) await one?.close().catch(() => {});
}

type Query<T> = (from: T, ...args: readonly unknown[]) => Promise<unknown>;

function ask(name: string, args: readonly unknown[]): Promise<unknown> {
  if (name in dataQueries) {
    data ??= openDataForReading(place);
    return (dataQueries as Record<string, unknown> as Record<string, Query<OpenData>>)[name]!(data, ...args);
  }
  opened ??= openTelemetryForReading(place);
  return (queries as Record<string, unknown> as Record<string, Query<TelemetryDb>>)[name]!(
    opened.db,
    ...args,
  );
}

async function answer({ id, name, args }: Extract<ToReader, { kind: 'ask' }>): Promise<void> {
  try {
    send({ id, answer: await ask(name, args) });
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
