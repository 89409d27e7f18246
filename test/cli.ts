import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { WriteStream as TerminalStream } from 'node:tty';
import { Output } from '../src/cli/output.ts';
import { createProgram } from '../src/cli/program.ts';

export interface Ran {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that keeps what is written; with `columns` it says that it is a terminal. */
function keeping(columns?: number): { stream: NodeJS.WriteStream; text: () => string } {
  let kept = '';
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      kept += chunk;
      done();
    },
  });
  const terminal =
    columns === undefined
      ? {}
      : { isTTY: true, columns, getColorDepth: TerminalStream.prototype.getColorDepth };
  return { stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream, text: () => kept };
}

/** The command line in this process: the same program, without the half second that a new one takes. */
export async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  columns?: number,
): Promise<Ran> {
  const [stdout, stderr] = [keeping(columns), keeping()];
  const output = new Output({ stdout: stdout.stream, stderr: stderr.stream });
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  const codeBefore = process.exitCode;
  process.exitCode = 0;
  try {
    setEnvironment(env);
    await createProgram(output).run(args);
    return { code: Number(process.exitCode), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    setEnvironment(before);
    process.exitCode = codeBefore;
  }
}

function setEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** What scripts/keyward.cjs sets, too: it halves the time that a start takes. */
export const compileCache = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/keyward'),
};

export const cliFile = join(import.meta.dirname, '../src/cli/index.ts');

export interface Child {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A file or device to write to instead of a pipe. */
  readonly stdout?: number;
  readonly onStart?: (child: ReturnType<typeof spawn>) => void;
}

/** The command line as a process of its own. */
export async function runChild(args: readonly string[], options: Child): Promise<Ran> {
  const child = spawn(process.execPath, [cliFile, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, ...compileCache, ...options.env },
    stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  const read = (stream: NodeJS.ReadableStream | null) => (stream ? text(stream) : Promise.resolve(''));
  const [stdout, stderr, [code, signal]] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code: (signal ?? code)!, stdout, stderr };
}
