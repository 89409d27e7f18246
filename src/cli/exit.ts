import { StartError } from '../errors.ts';

/** What the shell gets. The guide's table of exit codes is this one. */
export const exitCodes = {
  ok: 0,
  /** The command was understood and could not be carried out, or not all of it. */
  failed: 1,
  /** Unknown command or option, or a value that cannot be meant. */
  usage: 2,
  /** 401 and 403: the key is missing, unknown, over or not allowed to. */
  refused: 3,
  notFound: 4,
  /** 409, 412, 422: the state of things is another one than the command expects. */
  conflict: 5,
  /** 429, after the waits that the server asked for. */
  rateLimited: 6,
  /** No answer, or a 5xx. */
  unavailable: 7,
} as const;

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
