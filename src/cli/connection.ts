import type { Command } from 'commander';
import type { ApiClient, Wait } from './client.ts';
import { CliError, exitCodes } from './exit.ts';
import type { Output } from './output.ts';

/** What `withConnection` adds to the options of a command. */
export interface ConnectionOptions {
  readonly url?: string;
}

export interface Connecting {
  /** Where a `.env` may lie, the first winning; the working directory unless told otherwise. */
  readonly directories?: readonly string[];
  readonly signal?: AbortSignal;
  /** Instead of a line on standard error for each wait. */
  readonly onWait?: (wait: Wait) => void;
  /** How often a request is sent at most, the first time included; few where a person waits for it. */
  readonly attempts?: number;
}

/** The key is never an option: every user of a machine can read the arguments of its processes. */
export function withConnection(command: Command): Command {
  return command.option('--url <origin>', 'server to speak to (default: KEYWARD_URL, or this machine)');
}

/** A client for the server and the key that options, environment and `.env` name; it says on standard error why it waits. */
export async function connect(
  output: Output,
  options: ConnectionOptions,
  { directories = ['.'], signal, onWait, attempts }: Connecting = {},
): Promise<ApiClient> {
  // Neither help nor completion has a use for them.
  const { loadClientConfig, readEnvironment } = await import('../config.ts');
  const { ApiClient } = await import('./client.ts');
  const { url, apiKey } = loadClientConfig(readEnvironment(directories));
  if (!apiKey) {
    throw new CliError(
      'No key: put one into KEYWARD_API_KEY, into a file that KEYWARD_API_KEY_FILE names, or into .env.',
      exitCodes.refused,
    );
  }
  // Node would refuse the header with an error about itself.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new CliError(
      'KEYWARD_API_KEY holds blanks or characters that no key has: copy the key again.',
      exitCodes.refused,
    );
  }
  return new ApiClient({
    url: options.url ?? url,
    apiKey,
    onWait: onWait ?? (({ message, waitMs }) => output.note(`${message}; ${waitInWords(waitMs)}.`)),
    ...(attempts === undefined ? {} : { attempts }),
    ...(signal ? { signal } : {}),
  });
}

function waitInWords(waitMs: number): string {
  return waitMs < 1_000 ? 'trying again' : `waiting ${Math.ceil(waitMs / 1_000)} s`;
}
