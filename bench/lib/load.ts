import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchRoot, cores, environment, startPinned } from './process.ts';

export interface LoadJob {
  readonly port: number;
  /** A JSON list of whole requests, which are sent in rotation. */
  readonly requestsFile: string;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly ms: number;
  /** null: each connection asks again as soon as it was answered. */
  readonly ratePerSecond: number | null;
  /** The one status that every answer must have. */
  readonly status: string;
  /** Sends each request once instead of running for `ms`. */
  readonly isOnce: boolean;
}

export interface LoadResult {
  readonly answered: number;
  /** Those before the measuring began among them. */
  readonly answeredInAll: number;
  readonly seconds: number;
  readonly medianUs: number;
  readonly p99Us: number;
  /** How much of its processor the generator needed: near 1 it measures itself. */
  readonly ownCpuShare: number;
}

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
}

/** One request as it goes over the wire. */
export function requestText({ method, path, key, body }: Ask): string {
  const content = body === undefined ? '' : JSON.stringify(body);
  const lines = [`${method} ${path} HTTP/1.1`, 'host: localhost:8787'];
  if (key !== undefined) lines.push(`authorization: Bearer ${key}`);
  if (body !== undefined) {
    lines.push('content-type: application/json', `content-length: ${Buffer.byteLength(content)}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n${content}`;
}

type Options = Partial<Omit<LoadJob, 'requestsFile'>> & Pick<LoadJob, 'port'>;

/** Runs the generator on its own processor; rejects where an answer was not what it should be. */
export async function load(requests: readonly string[], options: Options): Promise<LoadResult> {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-load-'));
  const requestsFile = join(directory, 'requests.json');
  writeFileSync(requestsFile, JSON.stringify(requests), { mode: 0o600 });
  const defaults = {
    connections: 32,
    warmUpMs: 300,
    ms: 1_000,
    ratePerSecond: null,
    status: '200',
    isOnce: false,
  };
  const job: LoadJob = { ...defaults, ...options, requestsFile };
  const argv = [process.execPath, join(benchRoot, 'lib/load-worker.ts'), JSON.stringify(job)];
  const child = startPinned(cores.load, argv, {
    env: environment(),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const ended = once(child, 'exit').then(() => {
      throw new Error('the load generator ended without a result');
    });
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [
      LoadResult | { failure: string },
    ];
    ended.catch(() => {});
    if ('failure' in message) throw new Error(`The load generator stopped: ${message.failure}`);
    return message;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
