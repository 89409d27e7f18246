import { createInterface } from 'node:readline';
import type { Output } from './output.ts';

/** Whether somebody sits there who can be asked: a terminal to read from, and one to show the question on. */
export function canAsk(output: Output): boolean {
  return process.stdin.isTTY === true && output.isInteractive;
}

/** One line from the terminal; null when it was closed (Ctrl-D). The question goes to standard error. */
export async function ask(output: Output, question: string): Promise<string | null> {
  output.streams.stderr.write(question);
  // Not as a terminal: readline would take Ctrl-C for itself, which has to end the process.
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    for await (const line of lines) return line.trim();
    output.note('');
    return null;
  } finally {
    lines.close();
    process.stdin.unref?.();
  }
}
