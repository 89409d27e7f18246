import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  readonly body: any;
}

const maxWaitMs = 5_000;

type Reply = (response: ServerResponse, received: Received) => void;

/** A real receiver of webhooks on 127.0.0.1. It answers 204 unless told otherwise. */
export class Receiver {
  readonly received: Received[] = [];
  reply: Reply = (response) => void response.writeHead(204).end();
  readonly port: number;
  readonly close: () => Promise<void>;
  #read = 0;
  #waiting: (() => void)[] = [];

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.close = close;
  }

  static async open(tls?: { readonly cert: string; readonly key: string }): Promise<Receiver> {
    let receiver: Receiver | undefined;
    const listener: RequestListener = async (request, response) => {
      const body = await text(request);
      const { url: path = '', headers } = request;
      receiver!.#take({ path, headers, text: body, body: JSON.parse(body) }, response);
    };
    const server = tls ? createTlsServer(tls, listener) : createServer(listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    receiver = new Receiver((server.address() as AddressInfo).port, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  #take(received: Received, response: ServerResponse): void {
    this.received.push(received);
    this.reply(response, received);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The next request that no test has seen yet; fails where none comes. */
  async next(atMostMs = maxWaitMs): Promise<Received> {
    while (this.received.length <= this.#read) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const types = () => this.received.map(({ body }) => body.type).join(', ');
      const late = setTimeout(() => reject(new Error(`Nothing came after ${types()}.`)), atMostMs);
      this.#waiting.push(resolve);
      await promise.finally(() => clearTimeout(late));
    }
    return this.received[this.#read++]!;
  }
}
