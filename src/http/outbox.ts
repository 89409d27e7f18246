import type { ServerResponse } from 'node:http';

interface Waiting {
  readonly response: ServerResponse;
  readonly body: string | Buffer | undefined;
}

let waiting: Waiting[] = [];

function sendAll(): void {
  const list = waiting;
  waiting = [];
  for (const { response, body } of list) response.end(body);
}

/**
 * Ends an answer whose head is written, together with all others of this turn of the event loop. To write to a
 * socket wakes its reader, which costs nearly as much as the rest of a request; when the answers go out one behind the
 * other, a reader of several is woken once.
 */
export function sendWithOthers(response: ServerResponse, body: string | Buffer | undefined): void {
  waiting.push({ response, body });
  if (waiting.length === 1) setImmediate(sendAll);
}
