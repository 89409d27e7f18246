import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type DatabaseKind, freshDatabase } from '../databases.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

export const owner = { email: 'owner@example.com', password: 'correct horse battery' } as const;

export interface Installation {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Kills what was started on it, and removes its files. */
  remove(): void;
  readonly children: Set<ChildProcess>;
}

export interface FirstKey {
  readonly tenantId: string;
  readonly userId: string;
  readonly keyId: string;
  readonly environment: string;
  readonly secret: string;
}

export interface ServerProcess {
  readonly url: string;
  readonly output: string[];
  /** Standard error, in the pieces in which it came. */
  readonly errors: readonly string[];
  /** Ms from spawn to the line that says it listens. */
  readonly startedInMs: number;
  signal(name: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** An empty data directory, or an empty PostgreSQL database, and the settings that name it. */
export async function newInstallation(
  kind: DatabaseKind,
  settings: Record<string, string> = {},
): Promise<Installation> {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-fault-'));
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
    KEYWARD_DATA_DIR: join(directory, 'data'),
    KEYWARD_PORT: String(await freePort()),
    ...settings,
  };
  if (kind === 'postgres') {
    env.KEYWARD_DATABASE_URL = await freshDatabase();
    env.KEYWARD_SECRET = 'a secret for tests, long enough to be one';
  }
  const children = new Set<ChildProcess>();
  const remove = () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, env, children, remove };
}

/** Runs the command line to its end. */
export async function keyward(installation: Installation, args: readonly string[], input?: string) {
  const child = run(process.execPath, [join(root, 'src/cli/index.ts'), ...args], {
    env: installation.env,
    cwd: root,
  });
  child.child.stdin?.end(input ?? '');
  try {
    const { stdout, stderr } = await child;
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

export async function init(installation: Installation, ...args: string[]): Promise<FirstKey> {
  const { code, stdout, stderr } = await keyward(installation, [
    'init',
    '--email',
    owner.email,
    '--password',
    owner.password,
    '--json',
    ...args,
  ]);
  if (code !== 0) throw new Error(`init failed: ${stderr}`);
  return JSON.parse(stdout) as FirstKey;
}

export interface StartFailure {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** Spawns the real server. Resolves when it listens; rejects with a `StartFailure` when it ends before. */
export async function startServer(
  installation: Installation,
  settings: Record<string, string> = {},
  command: readonly string[] = [join(root, 'src/main.ts')],
): Promise<ServerProcess> {
  const began = performance.now();
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { ...installation.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  installation.children.add(child);
  const output: string[] = [];
  const errors: string[] = [];
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  const lines = createInterface(child.stdout);
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      output.push(line);
      const found = /is listening on (\S+)/.exec(line);
      if (found) resolve(found[1]!);
    });
    ended.then((code) =>
      reject({ code, stdout: output.join('\n'), stderr: errors.join('') } satisfies StartFailure),
    );
  });
  return {
    url,
    output,
    errors,
    startedInMs: performance.now() - began,
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** What a start that cannot succeed says. */
export async function failToStart(
  installation: Installation,
  settings: Record<string, string> = {},
): Promise<StartFailure> {
  try {
    const server = await startServer(installation, settings);
    server.signal('SIGKILL');
  } catch (failure) {
    return failure as StartFailure;
  }
  throw new Error('the server started, although it should not have');
}
