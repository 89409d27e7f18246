import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { version } from '../version.ts';
import { CliError, exitCodeOfStatus, exitCodes } from './exit.ts';

/** Why a request is not repeated at once: a limit of the key, a server that is busy, or a lost connection. */
export type WaitReason = 'limit' | 'busy' | 'connection';

export interface Wait {
  readonly reason: WaitReason;
  /** For people, without a full stop. */
  readonly message: string;
  readonly waitMs: number;
}

export interface ClientOptions {
  /** Origin of the server. */
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Told before each wait. */
  readonly onWait?: (wait: Wait) => void;
  readonly signal?: AbortSignal;
  /** How often a request is sent at most, the first time included. */
  readonly attempts?: number;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, query included. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A POST that may be sent again after a lost connection, because doing it twice is doing it once. */
  readonly isRepeatable?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

const timeoutMs = 60_000;
const firstBackoffMs = 250;
const longestBackoffMs = 10_000;
/** A longer wait than this is somebody's day limit: a person is told instead. */
const longestWaitMs = 120_000;
const waitMessages = { limit: 'The rate limit is reached', busy: 'The server is busy' } as const;
const retriedStatuses = new Set([429, 502, 503, 504]);

/** `*.localhost` is this machine (RFC 6761 §6.3), also where the system's resolver does not know it. */
function connectHost(hostname: string): string {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return /(^|\.)localhost\.?$/i.test(bare) ? '127.0.0.1' : bare;
}

class LostConnection extends Error {
  /** False where nobody can have received the request. */
  readonly mayHaveArrived: boolean;
  constructor(message: string, mayHaveArrived = true) {
    super(message);
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** The management API over HTTP. Waits out 429 and 503 as the server asks, and reconnects where that is safe. */
export class ApiClient {
  readonly #options: ClientOptions;
  readonly #base: URL;

  constructor(options: ClientOptions) {
    this.#options = options;
    const base = URL.parse(options.url);
    if (!base || !/^https?:$/.test(base.protocol)) {
      throw new CliError(
        'KEYWARD_URL, or --url, must be an origin such as http://localhost:8787.',
        exitCodes.usage,
      );
    }
    if (base.username || base.password) {
      throw new CliError(
        'KEYWARD_URL must hold no credentials: put the key in KEYWARD_API_KEY.',
        exitCodes.usage,
      );
    }
    this.#base = base;
  }

  /** Whether a hint is that of the key this client sends. */
  isKeyOf(hint: string): boolean {
    return hint !== '' && this.#options.apiKey?.startsWith(hint) === true;
  }

  /** The answer's body. Throws a `CliError` for every status beyond 299. */
  async call<T = unknown>(call: Call): Promise<T> {
    return (await this.send(call)).body as T;
  }

  async send(call: Call): Promise<Answer> {
    const attempts = this.#options.attempts ?? 8;
    let isUnknown = false;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once(call).catch((error: unknown) => {
        if (error instanceof LostConnection) return error;
        throw error;
      });
      if (answer instanceof LostConnection) {
        isUnknown ||= answer.mayHaveArrived && call.method !== 'GET';
        if (attempt >= attempts || !isSafeToRepeat(call)) throw this.#unreachable(answer, isUnknown);
        await this.#wait({ reason: 'connection', message: answer.message, waitMs: backoffMs(attempt) });
        continue;
      }
      if (answer.status < 300) {
        if (typeof answer.body === 'string') throw this.#stranger(answer);
        return answer;
      }
      const waitMs = isWorthRepeating(answer) ? waitOf(answer, attempt) : Number.POSITIVE_INFINITY;
      const isFinal = attempt >= attempts || waitMs > longestWaitMs;
      // A gateway's own 5xx does not say whether the request was carried out.
      const isUnsure = answer.status !== 429 && problemOf(answer) === null && !isSafeToRepeat(call);
      if (isFinal || isUnsure) throw this.#refusal(answer);
      const reason = answer.status === 429 ? 'limit' : 'busy';
      await this.#wait({ reason, message: waitMessages[reason], waitMs });
    }
  }

  /** The answer as it comes, for what is too long to be held. Sent once; throws a `CliError` for every status beyond 299. */
  async open(call: Call): Promise<IncomingMessage> {
    const response = await this.#request(call).catch((error: unknown) => {
      throw error instanceof LostConnection ? this.#unreachable(error, false) : error;
    });
    if (response.statusCode! >= 300) throw this.#refusal(await readAnswer(response));
    return response;
  }

  async #wait(wait: Wait): Promise<void> {
    this.#options.onWait?.(wait);
    await delay(wait.waitMs, undefined, { signal: this.#options.signal });
  }

  async #once(call: Call): Promise<Answer> {
    return readAnswer(await this.#request(call));
  }

  #request(call: Call): Promise<IncomingMessage> {
    const { hostname, port, protocol, host } = this.#base;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const send = protocol === 'https:' ? httpsRequest : httpRequest;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = send(
      {
        method: call.method,
        host: connectHost(hostname),
        ...(port === '' ? {} : { port }),
        path: `${this.#base.pathname.replace(/\/+$/, '')}/api/v1${call.path}`,
        ...(protocol === 'https:' ? { servername: hostname } : {}),
        timeout: timeoutMs,
        ...(this.#options.signal ? { signal: this.#options.signal } : {}),
        headers: {
          host,
          accept: 'application/json',
          'user-agent': `keyward-cli/${version}`,
          ...(this.#options.apiKey === undefined ? {} : { authorization: `Bearer ${this.#options.apiKey}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...call.headers,
        },
      },
      resolve,
    );
    request.on('timeout', () => request.destroy(new LostConnection('The server did not answer in time')));
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        error instanceof LostConnection || error.name === 'AbortError'
          ? error
          : new LostConnection(reasonOf(error), !unreached.has(error.code ?? '')),
      ),
    );
    request.end(body);
    return promise;
  }

  #unreachable(cause: LostConnection, isUnknown: boolean): CliError {
    const doubt = isUnknown ? ' Whether the request was carried out is not known.' : '';
    return new CliError(
      `${cause.message} (${this.#base.origin}). Is the server running, and KEYWARD_URL right?${doubt}`,
      exitCodes.unavailable,
    );
  }

  /** What answers there is another program: a web page, a proxy's own error. */
  #stranger({ status }: Answer): CliError {
    return new CliError(
      `${this.#base.origin} answered ${status}, and not as Keyward does: is KEYWARD_URL right?`,
      status < 300 ? exitCodes.unavailable : exitCodeOfStatus(status),
    );
  }

  #refusal(answer: Answer): CliError {
    const problem = problemOf(answer);
    if (problem === null) return this.#stranger(answer);
    return new CliError(sentencesOf(problem), exitCodeOfStatus(answer.status), problem);
  }
}

/** An earlier attempt, whose connection was lost, may still be running. */
function isWorthRepeating(answer: Answer): boolean {
  return retriedStatuses.has(answer.status) || problemOf(answer)?.code === 'idempotency_in_progress';
}

function isSafeToRepeat(call: Call): boolean {
  return (
    call.method !== 'POST' ||
    call.isRepeatable === true ||
    Object.keys(call.headers ?? {}).some((name) => name.toLowerCase() === 'idempotency-key')
  );
}

function backoffMs(attempt: number): number {
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2);
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3), else our own back-off. */
function waitOf(answer: Answer, attempt: number): number {
  const seconds = Number(answer.headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0
    ? Math.max(seconds * 1_000, firstBackoffMs)
    : backoffMs(attempt);
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw new LostConnection(reasonOf(error as NodeJS.ErrnoException));
  }
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode!, headers: response.headers, body: parseBody(response, text) };
}

function parseBody(response: IncomingMessage, text: string): unknown {
  if (text === '') return null;
  if (!/\bjson\b/.test(response.headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An RFC 9457 document of Keyward's. */
function problemOf(answer: Answer): Readonly<Record<string, unknown>> | null {
  const { body } = answer;
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body
    ? (body as Record<string, unknown>)
    : null;
}

function sentencesOf(problem: Readonly<Record<string, unknown>>): string {
  const errors = Array.isArray(problem.errors) ? (problem.errors as { path: string; message: string }[]) : [];
  const [detail, ...fields] = [
    String(problem.detail ?? problem.title),
    ...errors.map(({ path, message }) => `${path}: ${message}`),
  ];
  // Of a single error, `detail` says the same.
  const lines = [detail, ...fields.filter((field) => field !== detail).map((field) => `  ${field}`)];
  if (typeof problem.hint === 'string') lines.push(problem.hint);
  return [...lines, `(${problem.code}, request ${problem.requestId})`].join('\n');
}

const unreached = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function reasonOf(error: NodeJS.ErrnoException): string {
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'Nobody listens there',
    ENOTFOUND: 'The host is unknown',
    EAI_AGAIN: 'The host could not be looked up',
    ECONNRESET: 'The connection was lost',
    EPIPE: 'The connection was lost',
  };
  return reasons[error.code ?? ''] ?? `The connection failed: ${error.message || error.code}`;
}
