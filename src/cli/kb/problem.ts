import { maskSecrets } from '../../core/secret.ts';

/** Something about one file. `line` counts from the file's first line; 1 where it is about the whole file. */
export interface Problem {
  /** Relative to the folder, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Why a file cannot become an article; the file is known to whoever catches it. */
export class FileError extends Error {
  readonly line: number;

  constructor(message: string, line = 1) {
    super(message);
    this.line = line;
  }
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** In the order of the files, and without a secret that a file may hold. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems
    .map(({ file, line, message }) => ({ file, line, message: maskSecrets(message) }))
    .sort((a, b) => compareTexts(a.file, b.file) || a.line - b.line || compareTexts(a.message, b.message));
}
