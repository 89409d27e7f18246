import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, test } from 'node:test';
import { load, requestText } from './load.ts';

let server: Server;

async function serve(listener: RequestListener): Promise<number> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const requests = ['a', 'b', 'c'].map((key) => requestText({ method: 'GET', path: '/', key }));

describe('the load generator', () => {
  test('sends each prepared request once when told so, with its own key', async () => {
    const keys: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      keys.push(request.headers.authorization);
      response.end('hello');
    });
    const { answered } = await load(requests, { port, connections: 2, isOnce: true });
    assert.equal(answered, 3);
    assert.deepEqual(keys.sort(), ['Bearer a', 'Bearer b', 'Bearer c']);
  });

  test('fails on the first answer with another status than the expected one', async () => {
    let count = 0;
    const port = await serve((_request, response) => {
      count++;
      response.writeHead(count === 50 ? 429 : 200, { 'content-length': 1 }).end('x');
    });
    await assert.rejects(load(requests, { port, connections: 2, ms: 5_000 }), /was 429 instead of 200/);
  });

  test('fails when the server closes a connection', async () => {
    const port = await serve(
      (_request, response) =>
        void response.writeHead(200, { connection: 'close', 'content-length': 1 }).end('x'),
    );
    await assert.rejects(load(requests, { port, connections: 2, ms: 5_000 }), /closed a connection/);
  });

  test('counts answers whose bytes come in many pieces once', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 200_000 });
      response.write('x'.repeat(1_000));
      setTimeout(() => response.end('x'.repeat(199_000)), 5);
    });
    const { answered } = await load(requests, { port, connections: 3, isOnce: true });
    assert.equal(answered, 3);
  });

  test('keeps the rate it is given', async () => {
    const port = await serve((_request, response) => void response.end('x'));
    const { answered, seconds } = await load(requests, {
      port,
      ms: 1_000,
      warmUpMs: 500,
      ratePerSecond: 200,
    });
    assert.ok(Math.abs(answered / seconds - 200) < 40, `${answered} answers in ${seconds} s`);
  });

  test('counts a stall of the server against every request that was due meanwhile', async () => {
    let isStalled = false;
    const port = await serve((_request, response) => {
      if (!isStalled) setTimeout(() => response.end('x'), 300);
      else response.end('x');
      isStalled = true;
    });
    const options = { port, connections: 1, warmUpMs: 0, ms: 1_000, ratePerSecond: 100 };
    const { p99Us } = await load(requests, options);
    assert.ok(p99Us > 200_000, `p99 ${p99Us} µs`);
  });
});
