import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { maskSecrets } from '../core/secret.ts';
import type { App } from '../services/app.ts';
import { type ConsoleFiles, manifestName } from './console-files.ts';
import { hashConsoleSources } from './console-sources.ts';

export type BuildState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'building'; readonly seconds: number }
  /** What the build said stands in the log. */
  | { readonly kind: 'failed' };

export interface ConsoleBuilderOptions {
  /** Of the checkout: where `scripts/console.ts` and the sources are. */
  readonly root: string;
  readonly folder: string;
  readonly files: ConsoleFiles;
  readonly log: App['log'];
  readonly print: (line: string) => void;
}

const idle: BuildState = { kind: 'idle' };
const stopSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const maxStopMs = 1_000;
const maxOutputLength = 6_000;
const maxOutputLines = 60;

function manifestOf(folder: string): { readonly sources?: string } {
  try {
    return JSON.parse(readFileSync(join(folder, manifestName), 'utf8'));
  } catch {
    return {};
  }
}

function firstLines(output: string): string {
  return maskSecrets(stripVTControlCharacters(output)).trim().split('\n').slice(0, maxOutputLines).join('\n');
}

/**
 * Builds the console of a checkout beside the listening server: once, in a process of its own that takes the processor
 * last, and only where it is missing or older than its sources.
 */
export class ConsoleBuilder {
  readonly #options: ConsoleBuilderOptions;
  #child: ChildProcess | null = null;
  #sinceMs: number | null = null;
  #failure: { readonly stamp: string | null } | null = null;
  #isStopped = false;

  constructor(options: ConsoleBuilderOptions) {
    this.#options = options;
  }

  state(): BuildState {
    if (this.#sinceMs !== null) {
      return { kind: 'building', seconds: Math.floor((performance.now() - this.#sinceMs) / 1_000) };
    }
    if (this.#failure === null) return idle;
    // Somebody has built it meanwhile.
    if (this.#failure.stamp !== this.#options.files.stamp()) return idle;
    return { kind: 'failed' };
  }

  /** Where nothing can be built, because it was installed without what builds, this does nothing. */
  async start(): Promise<void> {
    const { root, folder, files, log } = this.#options;
    const needed = ['scripts/console.ts', 'console/index.html', 'node_modules/vite/package.json'];
    if (!needed.every((path) => existsSync(join(root, path)))) return;
    if (files.stamp() === null) this.#sinceMs = performance.now();
    try {
      if (manifestOf(folder).sources !== (await hashConsoleSources(root))) await this.#build();
    } catch (error) {
      log.error({ event: 'console.failed', err: error }, 'The console could not be built');
      this.#failure = { stamp: files.stamp() };
    } finally {
      this.#sinceMs = null;
    }
  }

  /** Ends a build that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    // It may be in the middle of a long computation; nothing of a build that was not put in place is ever served.
    const late = setTimeout(() => child.kill('SIGKILL'), maxStopMs);
    await ended;
    clearTimeout(late);
  }

  async #build(): Promise<void> {
    if (this.#isStopped) return;
    const { root, files, log, print } = this.#options;
    this.#sinceMs = performance.now();
    print('The console is being built beside it. Its pages say so until it is there.');
    // The build needs nothing of the environment, and the server's may hold secrets.
    const child = spawn(process.execPath, [join(root, 'scripts/console.ts')], {
      cwd: root,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    if (child.pid !== undefined) yieldProcessor(child.pid);
    let output = '';
    const hear = (chunk: Buffer) => {
      if (output.length < maxOutputLength) output += chunk.toString().slice(0, maxOutputLength);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    // Ctrl-C in a terminal reaches the build as well as the server.
    if (this.#isStopped || (signal !== null && stopSignals.includes(signal))) return;
    const seconds = Math.round((performance.now() - this.#sinceMs) / 100) / 10;
    if (code === 0) {
      log.info({ event: 'console.built', seconds }, 'The console was built');
      return;
    }
    const said = firstLines(output) || `Nothing: it ended with ${signal ?? code}.`;
    this.#failure = { stamp: files.stamp() };
    const line = { event: 'console.failed', code, signal, output: said };
    log.error(line, 'The console could not be built');
  }
}

function yieldProcessor(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It may be over already.
  }
}
