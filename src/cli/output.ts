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

/** DEL, the 8-bit control characters, line separators, and what turns the direction of writing. */
const steering = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g;

/** What a server sent must not steer the terminal: escape sequences and control characters are taken out. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(control, ' ');
}

/** How many columns a printable text takes: letters of East Asia and most emoji take two, marks on a letter none. */
export function displayWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return text.length;
  const wide =
    /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\uff01-\uff60]/u;
  return [...graphemes.segment(text)].reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0);
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

const graphemes = new Intl.Segmenter('en');

/** Colours only on a terminal, and not where NO_COLOR is set. */
export class Output {
  readonly streams: Streams;
  constructor(streams: Streams = process) {
    this.streams = streams;
  }

  get isInteractive(): boolean {
    return this.streams.stderr.isTTY === true;
  }

  /** Characters in a line of standard output that are read easily. */
  get lineWidth(): number {
    return Math.min(100, this.streams.stdout.columns || 100);
  }

  /** One value on standard output, as JSON; what JSON allows and a terminal obeys is escaped. */
  json(value: unknown, onFailure?: () => void): void {
    const text = JSON.stringify(value, null, 2).replaceAll(
      steering,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    this.line(text, onFailure);
  }

  /** A line on standard output; `onFailure` is for what must not get lost unnoticed. */
  line(text = '', onFailure?: () => void): void {
    this.streams.stdout.write(`${text}\n`, (error) => {
      if (error) onFailure?.();
    });
  }

  /** A line for the person, on standard error: never part of what a pipe gets. */
  note(text: string): void {
    this.streams.stderr.write(`${text}\n`);
  }

  /** FORCE_COLOR is for programs that guess; a pipe never gets colours from us. */
  style(style: Style, text: string, stream: NodeJS.WriteStream = this.streams.stdout): string {
    return stream.isTTY === true ? styleText(style, text, { stream }) : text;
  }

  /** Columns as wide as their longest cell; on a terminal the last one is cut at its edge. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    this.tableWriter(columns)(rows);
  }

  /** A table that comes in parts: the titles stand above the first, and no column gets narrower later on. */
  tableWriter<Row>(columns: readonly Column<Row>[]): (rows: readonly Row[]) => void {
    const last = columns.length - 1;
    const widths = columns.map(({ title }) => title.length);
    let isBegun = false;
    const write = (line: readonly string[], paint: (text: string, i: number) => string) => {
      const painted = line.map((text, i) =>
        i === last ? paint(this.#cut(text, widths), i) : paint(padded(text, widths[i]!), i),
      );
      this.line(painted.join('  ').trimEnd());
    };
    return (rows) => {
      const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
      for (const line of cells) {
        for (const [i, text] of line.entries()) widths[i] = Math.max(widths[i]!, displayWidth(text));
      }
      const titles = columns.map(({ title }) => title);
      if (!isBegun) write(titles, (text) => this.style('bold', text));
      isBegun = true;
      for (const [n, line] of cells.entries()) {
        write(line, (text, i) => {
          const style = columns[i]!.style?.(rows[n]!);
          return style && text !== '' ? this.style(style, text) : text;
        });
      }
    };
  }

  /** The last cell of a line, as much of it as a terminal has room for. */
  #cut(text: string, widths: readonly number[]): string {
    const { isTTY, columns } = this.streams.stdout;
    if (!isTTY) return text;
    const room = columns - widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
    return displayWidth(text) > room && room > 1 ? `${text.slice(0, room - 1)}…` : text;
  }
}
