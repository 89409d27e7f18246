import { StartError } from '../errors.ts';

/** What the shell gets. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  conflict: 5,
  rateLimited: 6,
  unavailable: 7,
} as const;

/** One sentence for each, for the help and the guide. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'Done.',
  failed: 'The command could not be carried out, or not all of it.',
  usage: 'Unknown command or option, or a value that cannot be meant.',
  refused: 'The key is missing, unknown, over, or not allowed to (401, 403).',
  notFound: 'There is nothing of that id or name (404).',
  conflict: 'The state of things is another one than the command expects (409, 412, 422).',
  rateLimited: 'The limit is reached, and waiting did not help (429).',
  unavailable: 'No answer from the server, or none that can be used (5xx).',
};

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A failure for the person at the terminal: sentences for standard error, and the exit code. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  /** The problem document, where a server sent one; printed with --json. */
  readonly problem: Readonly<Record<string, unknown>> | null;

  constructor(
    message: string,
    exitCode: ExitCode = exitCodes.failed,
    problem: Readonly<Record<string, unknown>> | null = null,
  ) {
    super(message);
    this.exitCode = exitCode;
    this.problem = problem;
  }
}

export function exitCodeOfStatus(status: number): ExitCode {
  if (status === 401 || status === 403) return exitCodes.refused;
  if (status === 404) return exitCodes.notFound;
  if (status === 409 || status === 412 || status === 422) return exitCodes.conflict;
  if (status === 429) return exitCodes.rateLimited;
  return status >= 500 ? exitCodes.unavailable : exitCodes.failed;
}

/** The sentence and exit code of a failure that is meant for people, or null for a bug. */
export function explainFailure(error: unknown): CliError | null {
  if (error instanceof CliError) return error;
  return error instanceof StartError ? new CliError(error.message) : null;
}
