import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../../client.ts';
import { CliError } from '../../exit.ts';
import { cleaned } from '../../format.ts';
import type { Output } from '../../output.ts';
import type { CreatedKey, Key } from './key.ts';
import type { HandingOut } from './options.ts';

/** What stands around the secret, in sentences. */
export interface Telling<Answer> {
  readonly done: (key: Answer) => string;
  /** What to do when the secret was lost on the way: the connection broke after the server had done its part. */
  readonly lost: (key: Answer) => string;
}

/** Asks for a secret so that a lost connection may be followed by the same request, which then does nothing twice. */
export function requestSecret<Answer extends CreatedKey>(
  client: ApiClient,
  path: string,
  body?: unknown,
): Promise<Answer> {
  return client.call<Answer>({
    method: 'POST',
    path,
    headers: { 'idempotency-key': randomUUID() },
    ...(body === undefined ? {} : { body }),
  });
}

/** The one place that prints a secret: alone on standard output, and what is to be said on standard error. */
export function handOut<Answer extends CreatedKey>(
  output: Output,
  options: HandingOut,
  answer: Answer,
  telling: Telling<Answer>,
): void {
  const key = cleaned(answer);
  const onFailure = () => output.note(`${notWritten}\n${telling.lost(key)}`);
  if (options.json) output.json(answer, onFailure);
  if (key.secret === null) {
    throw new CliError(`${telling.done(key)}\n${lostOnTheWay}\n${telling.lost(key)}`);
  }
  if (options.json) return;
  if (options.quiet) {
    output.line(key.secret, onFailure);
    return;
  }
  output.note(telling.done(key));
  const isShown = output.streams.stdout.isTTY === true;
  output.line(isShown ? `\n  ${output.style('bold', key.secret)}\n` : key.secret, onFailure);
  output.note(shownOnce);
  noteWarnings(output, key);
}

const shownOnce =
  'This is the only time that the secret is shown. Put it where the program reads it from, such as a vault.';
const lostOnTheWay =
  'But the connection broke before its secret arrived, and a secret is shown once: nobody has it.';
const notWritten = 'Whatever reads this output is gone, and with it the secret, which is shown once.';

export function noteWarnings(output: Output, key: Pick<Key, 'warnings'>): void {
  for (const { message } of key.warnings) {
    output.note(output.style('yellow', `! ${message}`, output.streams.stderr));
  }
}

/** `"Help center — Search" (key_…)` of a cleaned key. */
export function called({ id, name }: Pick<Key, 'id' | 'name'>): string {
  return `"${name}" (${id})`;
}
