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
      const answer = await this.#answerOf(connection, request.method === 'HEAD');
      // Of a stream the head is enough; the rest of it stands in the way of other answers.
      const isStream = 'transfer-encoding' in answer.headers;
      isReusable = !isAlone && !isStream && answer.headers.connection !== 'close' && connection.rest === '';
      return answer;
    } finally {
      if (isReusable) this.#idle.push(connection);
      else connection.destroy();
    }
  }

  async #answerOf(connection: RawConnection, isHead: boolean): Promise<RawAnswer> {
    const timer = new AbortController();
    const late = delay(this.#deadlineMs, 'late' as const, { signal: timer.signal }).catch(() => null);
    try {
      const answer = await Promise.race([connection.answer({ isHead }), late]);
      if (answer === 'late') throw new NoAnswer(`there was no answer within ${this.#deadlineMs} ms`);
      if (answer === null) throw new NoAnswer('the connection ended without an answer');
      if (Number.isNaN(answer.status)) throw new NoAnswer('what came is not HTTP/1.1');
      return answer;
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
