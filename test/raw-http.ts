import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  /** In lower case; of a header sent twice both values. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server sent; tests look into it freely
  readonly body: any;
}

export interface RawOptions {
  readonly port: number;
  readonly host?: string;
  /** Keeps our half open when the server ends its own. */
  readonly allowHalfOpen?: boolean;
}

const endOfHead = Buffer.from('\r\n\r\n');

/** A TCP connection on which every byte is ours to choose, and which reads answers in their order. */
export class RawConnection {
  readonly socket: Socket;
  /** Settles when the server has closed its side, whether politely or not. */
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    this.closed = new Promise((resolve) => {
      const end = () => {
        this.#isClosed = true;
        this.#wake?.();
        resolve();
      };
      socket.on('end', end);
      socket.on('close', end);
    });
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
  }

  static async open(options: RawOptions): Promise<RawConnection> {
    const socket = connect({ host: '127.0.0.1', ...options });
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  /** Bytes that came and belong to no answer that was taken. */
  get rest(): string {
    return this.#received.toString('latin1');
  }

  write(data: string | Buffer): boolean {
    return this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** The next answer (a 1xx is one too); null when the connection ends without one. `isHead`: it has no body. */
  async answer(options: { readonly isHead?: boolean } = {}): Promise<RawAnswer | null> {
    for (;;) {
      const answer = this.#take(options.isHead === true);
      if (answer) return answer;
      if (this.#isClosed) return null;
      await this.#more();
    }
  }

  /** After the head of an answer in chunks: its text to its end, or about so many bytes of it; null when it breaks off. */
  async chunks(mostBytes: number): Promise<string | null> {
    const parts: Buffer[] = [];
    for (let bytes = 0; bytes < mostBytes; ) {
      const chunk = this.#takeChunk();
      if (chunk?.length === 0) break;
      if (chunk === null && this.#isClosed) return null;
      if (chunk === null) {
        await this.#more();
        continue;
      }
      parts.push(chunk);
      bytes += chunk.length;
    }
    return Buffer.concat(parts).toString('utf8');
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #takeChunk(): Buffer | null {
    const end = this.#received.indexOf('\r\n');
    if (end === -1) return null;
    const length = Number.parseInt(this.#received.subarray(0, end).toString('latin1'), 16);
    const start = end + 2;
    if (this.#received.length < start + length + 2) return null;
    const chunk = this.#received.subarray(start, start + length);
    this.#received = this.#received.subarray(start + length + 2);
    return chunk;
  }

  #take(isHead: boolean): RawAnswer | null {
    const end = this.#received.indexOf(endOfHead);
    if (end === -1) return null;
    const [statusLine, ...lines] = this.#received.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine!)?.[1] ?? 'NaN');
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(':')).toLowerCase();
      const value = line.slice(line.indexOf(':') + 1).trim();
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
    const hasBody = !isHead && status >= 200 && status !== 204 && status !== 304;
    const length = hasBody ? Number(headers['content-length'] ?? '0') : 0;
    const start = end + endOfHead.length;
    if (this.#received.length < start + length) return null;
    const text = this.#received.subarray(start, start + length).toString('utf8');
    this.#received = this.#received.subarray(start + length);
    const isJson = /[/+]json/.test(headers['content-type'] ?? '');
    return { status, headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined };
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A well-formed request as bytes; `headers` may take any of its headers' places, an empty value leaves it out. */
export function requestText(request: RawRequest): string {
  const { method = 'GET', path = '/api/v1/kb/categories', key, body } = request;
  const headers: Record<string, string> = { host: 'localhost', ...request.headers };
  if (key !== undefined) headers.authorization ??= `Bearer ${key}`;
  if (body !== undefined) {
    headers['content-type'] ??= 'application/json';
    headers['content-length'] ??= String(Buffer.byteLength(body));
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === '' ? [] : [`${name}: ${value}`],
  );
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${body ?? ''}`;
}
