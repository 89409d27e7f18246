import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseKind, freshDatabase } from '../databases.ts';

const root = join(import.meta.dirname, '../..');
const startTimeoutMs = 20_000;

type Settings = Readonly<Record<string, string | undefined>>;

/** The environment of a child: nothing of Keyward's but what the test says. */
function environment(settings: Settings): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('KEYWARD_') && name !== 'NODE_OPTIONS',
  );
  const cache = join(root, 'node_modules/.cache/keyward');
  return {
    ...Object.fromEntries(inherited),
    NODE_COMPILE_CACHE: cache,
    KEYWARD_LOG_LEVEL: 'error',
    ...settings,
  };
}

/** Every process that a test started ends with it, however the test ends. */
const children = new Set<ChildProcess>();

/** For `after` of a file: what a failed test has left running would keep the file from ending. */
export function endAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

process.on('exit', endAll);

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of ours with all it says. */
export class Program {
  readonly child: ChildProcess;
  readonly startedAt = performance.now();
  readonly ended: Promise<Ended>;
  out = '';
  err = '';
  #isOver = false;
  #wake = new Set<() => void>();

  constructor(args: readonly string[], settings: Settings, input?: string) {
    const stdio = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] as const;
    this.child = spawn(process.execPath, args, { cwd: root, env: environment(settings), stdio: [...stdio] });
    children.add(this.child);
    const hear = (name: 'out' | 'err') => (chunk: unknown) => {
      this[name] += String(chunk);
      for (const wake of this.#wake) wake();
    };
    this.child.stdout!.on('data', hear('out'));
    this.child.stderr!.on('data', hear('err'));
    if (input !== undefined) this.child.stdin!.end(input);
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.#isOver = true;
      children.delete(this.child);
      for (const wake of this.#wake) wake();
      return { code, signal };
    });
  }

  /** Waits until standard output matches; fails with what was said when the process ends first. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + startTimeoutMs;
    for (;;) {
      const match = pattern.exec(this.out);
      if (match) return match;
      const isLate = performance.now() > deadline;
      assert.ok(!this.#isOver && !isLate, `${isLate ? 'late' : 'ended'}: ${this.out}\n${this.err}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#wake.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(wake, startTimeoutMs);
        this.#wake.add(wake);
      });
    }
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

export function serve(settings: Settings): Program {
  return new Program(['src/main.ts'], { KEYWARD_PORT: '0', ...settings });
}

export function keyward(args: readonly string[], settings: Settings, input = ''): Program {
  return new Program(['src/cli/index.ts', ...args], settings, input);
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server sent; tests look into it freely
  readonly body: any;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server process that listens. */
export class RunningServer {
  readonly program: Program;
  readonly port: number;
  /** From spawn to the line that says it listens. */
  readonly startedInMs: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  private constructor(program: Program, port: number) {
    this.program = program;
    this.port = port;
    this.startedInMs = performance.now() - program.startedAt;
  }

  static async from(program: Program): Promise<RunningServer> {
    const match = await program.says(/listening on https?:\/\/[^ ]*:(\d+) /);
    return new RunningServer(program, Number(match[1]));
  }

  static start(settings: Settings): Promise<RunningServer> {
    return RunningServer.from(serve(settings));
  }

  /** Rejects when the connection breaks before the whole answer is there. */
  ask({ method, path, key, body, headers }: Ask): Promise<Answer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request({
        agent: this.#agent,
        port: this.port,
        host: '127.0.0.1',
        method: method ?? (payload === undefined ? 'GET' : 'POST'),
        path,
        headers: {
          host: 'localhost',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
          ...headers,
        },
      });
      call.on('error', reject);
      call.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          const parsed = isJson && text !== '' ? JSON.parse(text) : undefined;
          resolve({ status: response.statusCode!, headers: response.headers, text, body: parsed });
        });
      });
      call.end(payload);
    });
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    const ended = await this.program.kill(signal);
    this.#agent.destroy();
    return ended;
  }
}

/** A data directory, and with PostgreSQL an empty database, that go away after the test. */
export interface Place {
  readonly directory: string;
  readonly settings: Settings & { readonly KEYWARD_DATA_DIR: string };
}

export const secret = 'a secret for tests, long enough to be one';

export async function makePlace(kind: DatabaseKind = 'sqlite'): Promise<Place> {
  const directory = makeDirectory();
  const settings = { KEYWARD_DATA_DIR: join(directory, 'data'), KEYWARD_SECRET: secret };
  if (kind === 'sqlite') return { directory, settings };
  return { directory, settings: { ...settings, KEYWARD_DATABASE_URL: await freshDatabase() } };
}

export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-test-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The program refused to work: exit code 1, and one sentence that helps. */
export async function complains(program: Program, pattern: RegExp): Promise<void> {
  const { code, signal } = await program.ended;
  assert.deepEqual([code, signal], [1, null], program.out + program.err);
  assert.match(program.err, pattern);
  assert.match(program.err, /^[A-Z-][^\n]*\.\n$/, 'one line, a sentence');
  assert.doesNotMatch(program.err, /\n\s+at |node:internal|\.ts:\d|Error: /);
  assert.doesNotMatch(program.out, /listening/);
}

export const email = 'owner@example.com';
export const password = 'correct horse battery';

export interface FirstKey {
  readonly tenantId: string;
  readonly userId: string;
  readonly keyId: string;
  readonly environment: string;
  readonly secret: string;
}

/** `keyward init --json`: the owner, and a key that may do everything. */
export async function init(settings: Settings, ...args: string[]): Promise<FirstKey> {
  const program = keyward(['init', '--email', email, '--json', ...args], settings, `${password}\n`);
  const { code } = await program.ended;
  assert.equal(code, 0, program.err);
  return JSON.parse(program.out) as FirstKey;
}
