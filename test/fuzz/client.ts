import { setTimeout as delay } from 'node:timers/promises';
import { type RawAnswer, RawConnection } from '../raw-http.ts';

export interface WireRequest {
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly target: string;
  /** In this order, names perhaps twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
  /** What may break the connection's framing gets a connection of its own. */
  readonly isAlone?: boolean;
}

/** No answer that could be judged: the deadline passed, the connection was cut, or what came is no HTTP. */
export class NoAnswer extends Error {}

/** A stream did not come to its end. */
export class BrokenOff extends NoAnswer {}

/** Of a stream no more is read. */
const mostStreamed = 2 * 2 ** 20;

/** The request as it goes over the wire; without the headers that `headers` leaves out. */
export function bytesOf({ method, target, headers, body }: WireRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const isFramed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  if (body !== null && !isFramed) lines.push(`content-length: ${body.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return body === null ? head : Buffer.concat([head, body]);
}

/** Keeps connections alive, and gives every request a deadline. */
export class Client {
  readonly #port: number;
  readonly #deadlineMs: number;
  readonly #idle: RawConnection[] = [];

  constructor(port: number, deadlineMs: number) {
    this.#port = port;
    this.#deadlineMs = deadlineMs;
  }

  async send(request: WireRequest): Promise<RawAnswer> {
    const isAlone = request.isAlone === true;
    const connection =
      (isAlone ? undefined : this.#idle.pop()) ?? (await RawConnection.open({ port: this.#port }));
    let isReusable = false;
    try {
      connection.write(bytesOf(request));
      const isHead = request.method === 'HEAD';
      const answer = await this.#inTime(connection.answer({ isHead }));
      if (Number.isNaN(answer.status)) throw new NoAnswer('what came is not HTTP/1.1');
      const isStream = 'transfer-encoding' in answer.headers;
      isReusable = !isAlone && !isStream && answer.headers.connection !== 'close' && connection.rest === '';
      // Of what never ends the head is enough.
      const isEndless = answer.headers['content-type']?.startsWith('text/event-stream') === true;
      if (!isStream || isHead || isEndless) return answer;
      const text = await this.#inTime(
        connection.chunks(mostStreamed),
        () => new BrokenOff('a stream broke off'),
      );
      return { ...answer, text };
    } finally {
      if (isReusable) this.#idle.push(connection);
      else connection.destroy();
    }
  }

  async #inTime<T>(
    coming: Promise<T | null>,
    ended = () => new NoAnswer('the connection ended without an answer'),
  ): Promise<T> {
    const timer = new AbortController();
    const late = delay(this.#deadlineMs, 'late' as const, { signal: timer.signal }).catch(() => null);
    try {
      const come = await Promise.race([coming, late]);
      if (come === 'late') throw new NoAnswer(`there was no answer within ${this.#deadlineMs} ms`);
      if (come === null) throw ended();
      return come;
    } catch (error) {
      if (error instanceof SyntaxError) throw new NoAnswer('the body says that it is JSON and is not');
      throw error;
    } finally {
      timer.abort();
    }
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }
}
