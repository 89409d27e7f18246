import { CsvReader, countLineEnds } from '../../core/csv.ts';
import { AppError, invalid } from '../../errors.ts';
import type { Item } from './items.ts';

type Cells = readonly (string | null)[];

/** How a line of CSV becomes the JSON that the same import takes. */
export interface CsvColumns {
  /** Members of the object, found by their names whatever the case, and without the white space around their cells. */
  readonly known: readonly string[];
  /** At least one of them must be there: a file without a header has none. */
  readonly required: readonly string[];
  /** The member that takes the columns of all other names, as texts. */
  readonly rest: string;
}

const maxColumns = 200;

function unusable(message: string): AppError {
  return invalid({ path: '', message });
}

/** How many cells there are up to the last that is not empty: spreadsheets like to end lines with commas. */
function lengthOf(cells: Cells): number {
  return cells.findLastIndex((cell) => cell !== null && cell !== '') + 1;
}

/** The header: what each column is called, refused where that leaves a doubt. */
function namesOf(header: Cells, { known, required, rest }: CsvColumns): string[] {
  const names = header.slice(0, lengthOf(header)).map((cell) => {
    const name = (cell ?? '').trim();
    return known.find((own) => own.toLowerCase() === name.toLowerCase()) ?? name;
  });
  if (!required.some((name) => names.includes(name))) {
    const comma = names.some((name) => name.includes(';')) ? ' Separate the cells with commas.' : '';
    throw unusable(`the first line must name the columns, and one of them ${required.join(' or ')}.${comma}`);
  }
  if (names.length > maxColumns) throw unusable(`the header has more than ${maxColumns} columns`);
  for (const [i, name] of names.entries()) {
    if (name === '' || name === '__proto__') throw unusable(`column ${i + 1} needs another name`);
    if (names.indexOf(name) < i)
      throw unusable(`columns ${names.indexOf(name) + 1} and ${i + 1} have one name`);
    if (name === rest)
      throw unusable(`column ${i + 1} needs another name: each of ${rest} has a column of its own`);
  }
  return names;
}

/** An empty cell says nothing: what is known stays as it is. */
function objectOf(cells: Cells, names: readonly string[], { known, rest }: CsvColumns): object {
  const given = names.flatMap((name, i): [string, string][] => {
    const cell = cells[i] ?? '';
    const value = known.includes(name) ? cell.trim() : cell;
    return value === '' ? [] : [[name, value]];
  });
  const own = given.filter(([name]) => known.includes(name));
  const others = given.filter(([name]) => !known.includes(name));
  return Object.fromEntries(others.length === 0 ? own : [...own, [rest, Object.fromEntries(others)]]);
}

function itemOf(line: number, cells: Cells, names: readonly string[], columns: CsvColumns): Item {
  const length = lengthOf(cells);
  if (length <= names.length)
    return { line, bytes: Buffer.from(JSON.stringify(objectOf(cells, names, columns))) };
  return { line, bytes: null, problem: `This has ${length} cells, and the header ${names.length}.` };
}

/** A byte order mark is left out. */
async function* textsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Buffer) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      const detail = 'The body is not in UTF-8. Save the file as "CSV UTF-8", and send it again.';
      throw new AppError('unsupported_media_type', detail);
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}

/** The records of a text, each with the line that it begins in; blank lines are left out. */
async function* recordsOf(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<{ readonly line: number; readonly cells: Cells }> {
  const reader = new CsvReader();
  let line = 1;
  let open = 0;
  const read = (piece: string | null): (string | null)[][] => {
    try {
      return piece === null ? reader.end() : reader.read(piece);
    } catch (error) {
      if (error instanceof SyntaxError) throw unusable(`is no CSV. In ${error.message}`);
      throw error;
    }
  };
  const numbered = (records: (string | null)[][]) =>
    records.flatMap((cells) => {
      const own = line;
      line += 1 + cells.reduce((sum, cell) => sum + countLineEnds(cell ?? ''), 0);
      return lengthOf(cells) === 0 ? [] : [{ line: own, cells }];
    });
  for await (const text of textsOf(chunks)) {
    const records = read(text);
    open = records.length > 0 ? 0 : open + text.length;
    if (open > maxBytes)
      throw unusable(`what begins in line ${line} is longer than ${maxBytes} bytes: a quote may be missing`);
    yield* numbered(records);
  }
  yield* numbered(read(null));
}

/** The records below the header, as JSON. */
export async function* rowsOf(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  columns: CsvColumns,
): AsyncGenerator<Item> {
  let names: string[] | null = null;
  for await (const { line, cells } of recordsOf(chunks, maxBytes)) {
    if (names === null) names = namesOf(cells, columns);
    else yield itemOf(line, cells, names, columns);
  }
  if (names === null) throw unusable('the body is empty');
}
