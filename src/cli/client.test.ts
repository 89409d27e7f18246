import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ApiClient, type WaitReason } from './client.ts';

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '0' })
    .end(JSON.stringify({ status, code, title: code }));
}

test('each wait says whether a limit, a busy server or a lost connection is its reason', async (t) => {
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => refuse(response, 429, 'rate_limited'),
    (response) => refuse(response, 503, 'overloaded'),
    (response) => response.destroy(),
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"me"}'),
  ];
  const server = createServer((_request, response) => answers.shift()!(response)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const reasons: WaitReason[] = [];
  const client = new ApiClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: undefined,
    onWait: ({ reason }) => reasons.push(reason),
  });
  assert.deepEqual(await client.call({ method: 'GET', path: '/me' }), { name: 'me' });
  assert.deepEqual(reasons, ['limit', 'busy', 'connection']);
});
