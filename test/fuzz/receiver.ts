import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Random } from './random.ts';
import type { Caller } from './world.ts';

const strangers = 'strangers';
/** What receivers answer, by the last part of their path. */
const statuses = [204, 204, 204, 200, 301, 410, 500];

/** Takes what webhooks send, on this machine, so that nothing goes anywhere else. */
export class HookReceiver {
  readonly port: number;
  received = 0;
  /** Told of each message: to whom it was sent, by the marker of the tenant, and all of it. */
  onMessage: (marker: string, message: string) => void = () => {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('request', async (request, response) => {
      const body = await text(request).catch(() => '');
      const [, marker = '', status] = (request.url ?? '').split('/');
      this.received++;
      this.onMessage(marker, `${JSON.stringify(request.headers)}\n${body}`);
      response.writeHead(statuses.includes(Number(status)) ? Number(status) : 204).end();
    });
  }

  static async open(): Promise<HookReceiver> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HookReceiver(server);
  }

  /** An address that says whose it is. */
  urlFor(caller: Caller, random: Random): string {
    const marker = caller.kind === 'nobody' ? strangers : caller.tenant.marker;
    return `http://127.0.0.1:${this.port}/${marker}/${random.pick(statuses)}/${random.int(1, 99)}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
