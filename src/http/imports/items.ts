import { AppError } from '../../errors.ts';

/** One thing of a body as JSON, not parsed yet. `bytes` is null where it is too long, or has a `problem`. */
export interface Item {
  readonly line: number;
  readonly bytes: Buffer | null;
  readonly problem?: string;
}

/** Collects the pieces of one item, up to a length. */
class Piece {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length <= this.#maxBytes) this.#chunks.push(chunk);
    else this.#chunks = [];
  }

  /** null: it was too long. */
  take(): Buffer | null {
    const bytes =
      this.#length > this.#maxBytes
        ? null
        : this.#chunks.length === 1
          ? this.#chunks[0]!
          : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#length = 0;
    return bytes;
  }
}

const newline = 0x0a;

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === newline);
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The lines of NDJSON that are not blank, counted with those that are. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Item> {
  const piece = new Piece(maxBytes);
  let line = 1;
  const take = (): Item | null => {
    const bytes = piece.take();
    const own = line++;
    if (bytes === null) return { line: own, bytes };
    const isMarked = own === 1 && bytes.subarray(0, 3).equals(byteOrderMark);
    const text = isMarked ? bytes.subarray(3) : bytes;
    return isBlank(text) ? null : { line: own, bytes: text };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      piece.add(chunk.subarray(start, end));
      start = end + 1;
      const item = take();
      if (item !== null) yield item;
    }
    if (start < chunk.length) piece.add(chunk.subarray(start));
  }
  const last = take();
  if (last !== null) yield last;
}

function notAList(): AppError {
  return new AppError(
    'malformed_json',
    'The body is not a list in JSON. To send one thing a line, say application/x-ndjson.',
  );
}

/** Where a scanner of a JSON list stands. */
interface Scan {
  place: 'before' | 'first' | 'item' | 'after';
  depth: number;
  isInString: boolean;
  isEscaped: boolean;
}

type Found = 'end of item' | 'end of list' | null;

/** Reads one byte outside of strings. */
function readStructure(scan: Scan, byte: number): Found {
  const isSpace = byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
  if (scan.place === 'before') {
    if (byte === 0x5b) scan.place = 'first';
    else if (!isSpace) throw notAList();
    return null;
  }
  if (scan.place === 'after') {
    if (!isSpace) throw notAList();
    return null;
  }
  if (byte === 0x5d && scan.depth === 0) {
    const found = scan.place === 'first' ? null : 'end of item';
    scan.place = 'after';
    return found === null ? 'end of list' : found;
  }
  if (!isSpace) scan.place = 'item';
  if (byte === 0x22) scan.isInString = true;
  else if (byte === 0x5b || byte === 0x7b) scan.depth++;
  else if (byte === 0x5d || byte === 0x7d) scan.depth--;
  else if (byte === 0x2c && scan.depth === 0) return 'end of item';
  return null;
}

function readByte(scan: Scan, byte: number): Found {
  if (!scan.isInString) return readStructure(scan, byte);
  if (scan.isEscaped) scan.isEscaped = false;
  else if (byte === 0x5c) scan.isEscaped = true;
  else if (byte === 0x22) scan.isInString = false;
  return null;
}

/** The members of a JSON list, counted from 1; they are cut apart here and parsed elsewhere. */
export async function* membersOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Item> {
  const piece = new Piece(maxBytes);
  const scan: Scan = { place: 'before', depth: 0, isInString: false, isEscaped: false };
  let line = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const wasBefore = scan.place === 'before';
      const found = readByte(scan, chunk[i]!);
      if (wasBefore) start = i + 1;
      if (found !== 'end of item') continue;
      piece.add(chunk.subarray(start, i));
      start = i + 1;
      const bytes = piece.take();
      if (bytes !== null && isBlank(bytes)) throw notAList();
      yield { line: line++, bytes };
    }
    const isWithin = scan.place === 'first' || scan.place === 'item';
    if (isWithin && start < chunk.length) piece.add(chunk.subarray(start));
  }
  if (scan.place !== 'after') throw notAList();
}
