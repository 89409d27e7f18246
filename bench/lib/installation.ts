import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { seedKeys } from './keys.ts';
import { cores, environment, freePort, root, startPinned, stop } from './process.ts';

export interface Installation {
  readonly directory: string;
  readonly tenantId: string;
  /** A key with every scope and the highest limits. */
  readonly secret: string;
}

/** An empty data directory with an owner, made by `keyward init` as anybody would. */
export function newInstallation(
  directory: string,
  more: Readonly<Record<string, string>> = {},
): Installation {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const settings = { KEYWARD_DATA_DIR: directory, KEYWARD_ADMIN_PASSWORD: 'correct horse battery', ...more };
  const args = [join(root, 'src/cli/index.ts'), 'init', '--email', 'owner@example.com', '--json'];
  const out = execFileSync(process.execPath, args, {
    cwd: root,
    env: environment(settings),
    encoding: 'utf8',
  });
  const { tenantId, secret } = JSON.parse(out) as { tenantId: string; secret: string };
  return { directory, tenantId, secret };
}

/** Keys that may do everything the scenarios ask, so that every answer is a 200. */
export function addLoadKeys({ directory, tenantId }: Installation, count: number): string[] {
  const secrets: string[] = [];
  seedKeys(directory, { count, tenantId, isForLoad: true, onKey: ({ secret }) => secrets.push(secret) });
  return secrets;
}

export interface RunningServer {
  readonly port: number;
  readonly pid: number;
  /** Ms from the start of the process until it listens. */
  readonly startedInMs: number;
  stop(): Promise<void>;
}

/** Starts a program on the measured processor (or on all: null), and waits for its line that it listens on a port. */
export async function startServer(
  argv: readonly string[],
  settings: Readonly<Record<string, string>>,
  core: number | null = cores.measured,
): Promise<RunningServer> {
  const began = performance.now();
  const child = startPinned(core, argv, {
    // The log has a scenario of its own; elsewhere its thread would take processor time from what is measured.
    env: environment({ KEYWARD_REQUEST_LOG: 'off', ...settings }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout!);
  const port = await new Promise<number>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = /listening on \S*:(\d+)/.exec(line);
      if (found) resolve(Number(found[1]));
    });
    child.once('exit', (code) =>
      reject(new Error(`${argv.join(' ')} ended with ${code} before it listened.`)),
    );
  });
  return { port, pid: child.pid!, startedInMs: performance.now() - began, stop: () => stop(child) };
}

/** The product itself: `src/main.ts`, or a program of servers/ that puts the same parts together otherwise. */
export async function startKeyward(
  directory: string,
  program = join(root, 'src/main.ts'),
  ...args: readonly string[]
): Promise<RunningServer> {
  const settings = { KEYWARD_DATA_DIR: directory, KEYWARD_PORT: String(await freePort()) };
  return startServer([process.execPath, program, ...args], settings);
}

/** Sum of what the day counters say was used by keys. */
export function countedUnits(directory: string): number {
  const db = new DatabaseSync(join(directory, 'keyward.db'), { readOnly: true });
  const row = db.prepare("select sum(used) as used from day_counters where limit_group like 'key_%'").get();
  db.close();
  return Number(row?.used ?? 0);
}
