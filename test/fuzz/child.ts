import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type DatabaseKind, freshDatabase } from '../databases.ts';
import { HookReceiver } from './receiver.ts';
import type { Commands } from './server.ts';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** The server under test, in a process of its own. */
export class FuzzServer {
  readonly port: number;
  readonly publicUrl: string;
  readonly setupLink: string;
  /** Every line of its log. */
  readonly log: string[];
  readonly receiver: HookReceiver;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** How it ended, while it should not have. */
  endedWith: string | null = null;

  private constructor(
    child: ChildProcess,
    directory: string,
    log: string[],
    ready: { readonly port: number; readonly setupLink: string },
    receiver: HookReceiver,
  ) {
    this.receiver = receiver;
    this.#child = child;
    this.#directory = directory;
    this.log = log;
    this.port = ready.port;
    this.publicUrl = `http://localhost:${ready.port}`;
    this.setupLink = ready.setupLink;
    child.on('message', (message: { id: number; answer?: never; error?: string }) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.answer as never);
      else waiting?.reject(new Error(message.error));
    });
    child.on('exit', (code, signal) => {
      this.endedWith = String(signal ?? code);
      for (const { reject } of this.#waiting.values()) reject(new Error('the server has ended'));
    });
  }

  static async start(kind: DatabaseKind, settings: Record<string, string> = {}): Promise<FuzzServer> {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-fuzz-'));
    const env: Record<string, string> = {
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
      KEYWARD_DATA_DIR: directory,
      KEYWARD_PORT: '0',
      KEYWARD_SECRET: 'a secret for tests, long enough to be one',
      KEYWARD_TRUST_PROXY: '127.0.0.0/8',
      KEYWARD_LOG_LEVEL: 'warn',
      KEYWARD_WEBHOOK_ALLOW: '127.0.0.1/32',
      ...settings,
    };
    if (kind === 'postgres') env.KEYWARD_DATABASE_URL = await freshDatabase();
    const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'server.ts')], {
      env,
      // Where no .env of the developer is read.
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const log: string[] = [];
    createInterface(child.stderr!).on('line', (line) => void log.push(line));
    const ready = await Promise.race([
      once(child, 'message').then(([message]) => message.ready),
      once(child, 'exit').then(() => null),
    ]);
    if (ready === null) {
      rmSync(directory, { recursive: true, force: true });
      throw new Error(`the server did not start: ${log.join('\n')}`);
    }
    return new FuzzServer(child, directory, log, ready, await HookReceiver.open());
  }

  ask<N extends keyof Commands>(name: N, ask: Commands[N]['ask']): Promise<Commands[N]['answer']> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, name, ask });
    });
  }

  /** Lines of the log that speak of a fault of ours, and any that is no log line at all. */
  errors(): string[] {
    return this.log.filter((line) => {
      try {
        return /^(error|fatal)$/.test(JSON.parse(line).level);
      } catch {
        return !/ExperimentalWarning|--trace-warnings/.test(line);
      }
    });
  }

  async stop(): Promise<void> {
    const exited = this.endedWith === null ? once(this.#child, 'exit') : Promise.resolve();
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    await this.ask('stop', null).catch(() => this.#child.kill('SIGKILL'));
    await exited;
    clearTimeout(overdue);
    await this.receiver.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
