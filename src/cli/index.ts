import { exitCodes } from './exit.ts';
import { createProgram } from './program.ts';

/** What a shell reports of a program that SIGPIPE ended; Node ignores that signal. */
const brokenPipe = 141;

/** Whoever reads our output may have enough of it, as `head` does; a full disk is worth a sentence. */
function endOnFailedWrite({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') process.exit(brokenPipe);
  process.stderr.write(`The output cannot be written: ${message}.\n`);
  process.exit(exitCodes.failed);
}

process.stdout.on('error', endOnFailedWrite);
process.stderr.on('error', () => process.exit(exitCodes.failed));
await createProgram().run(process.argv.slice(2));
