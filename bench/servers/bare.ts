import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';

/**
 * node:http and nothing else: reads and parses the JSON body, and answers the bytes of an answer that was recorded
 * from Keyward (a JSON file, named on the command line). What any server in Node pays for the same exchange.
 */

interface Recorded {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const recorded = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Recorded;
const body = Buffer.from(recorded.body);
const headers = Object.fromEntries(recorded.headers);

function readJson(request: IncomingMessage, then: (value: unknown) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () =>
    then(JSON.parse((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString())),
  );
}

const server = createServer((request, response) => {
  readJson(request, (value) => {
    response.writeHead(typeof value === 'object' ? 200 : 400, headers);
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`The bare server is listening on http://127.0.0.1:${port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
