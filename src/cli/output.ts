import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly style?: (row: Row) => Style | null;
}

/** The two streams of a command. Results go to `stdout`, everything about them to `stderr`. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What a server sent must not steer the terminal: escape sequences and control characters are taken out. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Colours only on a terminal, and not where NO_COLOR is set. */
export class Output {
  readonly streams: Streams;
  constructor(streams: Streams = process) {
    this.streams = streams;
  }

  get isInteractive(): boolean {
    return this.streams.stderr.isTTY === true;
  }

  /** One value on standard output, as JSON. */
  json(value: unknown): void {
    this.streams.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** A line on standard output. */
  line(text = ''): void {
    this.streams.stdout.write(`${text}\n`);
  }

  /** A line for the person, on standard error: never part of what a pipe gets. */
  note(text: string): void {
    this.streams.stderr.write(`${text}\n`);
  }

  style(style: Style, text: string, stream: NodeJS.WriteStream = this.streams.stdout): string {
    return styleText(style, text, { stream });
  }

  /** Columns as wide as their longest cell; on a terminal the last one is cut at its edge. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
    const widths = columns.map((column, i) =>
      Math.max(column.title.length, ...cells.map((line) => line[i]!.length)),
    );
    const last = columns.length - 1;
    const room = this.streams.stdout.isTTY
      ? this.streams.stdout.columns - widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0)
      : Number.POSITIVE_INFINITY;
    const fit = (text: string) =>
      text.length > room && room > 1 ? `${text.slice(0, Math.max(1, room - 1))}…` : text;
    const write = (line: readonly string[], paint: (text: string, i: number) => string) =>
      this.line(
        line
          .map((text, i) => (i === last ? paint(fit(text), i) : paint(text.padEnd(widths[i]!), i)))
          .join('  ')
          .trimEnd(),
      );
    write(
      columns.map(({ title }) => title),
      (text) => this.style('bold', text),
    );
    for (const [n, line] of cells.entries()) {
      write(line, (text, i) => {
        const style = columns[i]!.style?.(rows[n]!);
        return style ? this.style(style, text) : text;
      });
    }
  }
}
