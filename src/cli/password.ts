import { text } from 'node:stream/consumers';
import { CliError, exitCodes } from './exit.ts';
import type { Output } from './output.ts';
import { canAsk } from './prompt.ts';

/** The password that was piped in, without the end of its line; empty on a terminal, and where nothing was sent. */
export async function readPipedPassword(): Promise<string> {
  return process.stdin.isTTY ? '' : (await text(process.stdin)).replace(/\r?\n$/, '');
}

/** Piped in, or asked for twice where somebody sits at a terminal; empty where neither gives one. */
export async function readNewPassword(output: Output): Promise<string> {
  if (!canAsk(output)) return readPipedPassword();
  const password = await askSecretly(output, 'New password: ');
  if (password !== (await askSecretly(output, 'The same again: '))) {
    throw new CliError('These were two different passwords: nothing was changed.', exitCodes.usage);
  }
  return password;
}

const ends = new Set(['\r', '\n', '\u0004']);
const erases = new Set(['\b', '\u007f']);

/** One line from the terminal that is not shown while it is typed. Ctrl-C ends the program, as always. */
async function askSecretly(output: Output, question: string): Promise<string> {
  const { stdin } = process;
  output.streams.stderr.write(question);
  stdin.setRawMode(true);
  let line = '';
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      for (const character of String(chunk)) {
        if (ends.has(character)) return line;
        if (character === '\u0003') throw new CliError('Interrupted: nothing was changed.');
        line = erases.has(character) ? line.slice(0, -1) : line + character;
      }
    }
    return line;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    output.note('');
  }
}
