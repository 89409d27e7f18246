/** A cell that a spreadsheet would run as a formula, whatever apostrophes stand before: the list is OWASP's, full-width signs among it. */
const formula = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const neutralised = /^'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

export type CsvCell = string | number | null;

/** An apostrophe more than the text has: so that no text is a formula, and none is lost. */
function neutralise(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

function cellOf(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = neutralise(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One record of RFC 4180, with its line end. A text that a spreadsheet would run gets an apostrophe; null is empty, an empty text `""`. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

export function countLineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Reads back, in pieces of any size, what `csvLine` wrote: the same texts, numbers as texts. Throws a `SyntaxError` on what is no CSV, and says the line. */
export class CsvReader {
  /** Of the character read last, from 1. */
  #line = 1;
  /** In which the last quoted cell begins. */
  #quotedLine = 1;
  #record: (string | null)[] = [];
  #cell = '';
  #state: 'start' | 'plain' | 'quoted' | 'closed' | 'return' = 'start';

  /** The records that are complete now. */
  read(piece: string): (string | null)[][] {
    const records: (string | null)[][] = [];
    for (let i = 0; i < piece.length; i++) {
      if (this.#state === 'quoted') {
        const quote = piece.indexOf('"', i);
        const text = piece.slice(i, quote === -1 ? piece.length : quote);
        this.#cell += text;
        this.#line += countLineEnds(text);
        if (quote === -1) break;
        i = quote;
        this.#state = 'closed';
      } else this.#step(piece[i]!, records);
    }
    return records;
  }

  /** The last record, where no line end stood behind it. */
  end(): (string | null)[][] {
    if (this.#state === 'quoted') throw this.#error('a quoted cell does not end', this.#quotedLine);
    if (this.#record.length === 0 && this.#state === 'start') return [];
    const records: (string | null)[][] = [];
    this.#endRecord(records);
    return records;
  }

  #step(character: string, records: (string | null)[][]): void {
    const state = this.#state;
    if (state === 'return' && character !== '\n') throw this.#error('it ends in CR alone');
    if (character === ',') this.#endCell();
    else if (character === '\n') this.#endRecord(records);
    else if (character === '\r') this.#endWith(state);
    else if (character === '"' && state === 'start') {
      this.#state = 'quoted';
      this.#quotedLine = this.#line;
    } else if (character === '"' && state === 'closed') {
      this.#cell += '"';
      this.#state = 'quoted';
    } else if (state === 'closed') throw this.#error('there is text behind a closing quote');
    else {
      this.#cell += character;
      this.#state = 'plain';
    }
  }

  /** What the cell was is kept until LF comes. */
  #endWith(state: 'start' | 'plain' | 'quoted' | 'closed' | 'return'): void {
    this.#record.push(this.#value(state));
    this.#cell = '';
    this.#state = 'return';
  }

  #value(state: string): string | null {
    if (state === 'start') return null;
    return neutralised.test(this.#cell) ? this.#cell.slice(1) : this.#cell;
  }

  #endCell(): void {
    this.#record.push(this.#value(this.#state));
    this.#cell = '';
    this.#state = 'start';
  }

  #error(what: string, line = this.#line): SyntaxError {
    return new SyntaxError(`line ${line}: ${what}`);
  }

  #endRecord(records: (string | null)[][]): void {
    this.#line++;
    if (this.#state !== 'return') this.#record.push(this.#value(this.#state));
    records.push(this.#record);
    this.#record = [];
    this.#cell = '';
    this.#state = 'start';
  }
}
