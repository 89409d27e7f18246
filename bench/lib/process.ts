import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const benchRoot = join(root, 'bench');

/** The load generator has one processor, whatever is measured another. */
export const cores = { load: 0, measured: 1 } as const;

function findTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return availableParallelism() > 1;
  } catch {
    return false;
  }
}

/** Without taskset, or with one processor, nothing is pinned; the result says so. */
export const isPinned = findTaskset();

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** Starts a program on one processor, or on all (null); it ends with the bench at the latest. */
export function startPinned(
  core: number | null,
  argv: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const [file, ...args] = isPinned && core !== null ? ['taskset', '-c', String(core), ...argv] : argv;
  const child = spawn(file!, args, { cwd: root, ...options });
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

/** Holds the thread that runs the loop on one processor, and leaves the others of the program where they may go. */
export function pinMainThread(pid: number): void {
  if (isPinned)
    execFileSync('taskset', ['-p', '-c', String(cores.measured), String(pid)], { stdio: 'ignore' });
}

/** The environment of a child: nothing of Keyward's but what the scenario says. */
export function environment(settings: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('KEYWARD_') && name !== 'NODE_OPTIONS',
  );
  return { ...Object.fromEntries(inherited), ...settings };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await ended;
  clearTimeout(timer);
}

/** Memory of a process in MiB; NaN where the system has no /proc. Mapped pages of files can be dropped at any time. */
export function memoryMiB(pid: number): { readonly resident: number; readonly ofFiles: number } {
  const mibOf = (text: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) / 1_024;
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return { resident: mibOf(text, 'VmRSS'), ofFiles: mibOf(text, 'RssFile') };
  } catch {
    return { resident: Number.NaN, ofFiles: Number.NaN };
  }
}

/** Seconds on the processor so far; NaN where the system has no /proc. The kernel counts in hundredths. */
export function cpuSecondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
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
