import { CompiledQuery, type QueryExecutorProvider } from 'kysely';
import type { Dialect } from './dialect.ts';

export interface BulkInsert {
  readonly table: string;
  readonly columns: readonly string[];
  /** What follows `on conflict`, if anything. */
  readonly onConflict?: string;
}

const texts = new Map<string, string>();

/**
 * Inserts many rows, their values in the order of the columns: the text is made once and the values bound, since to
 * build and compile a query of thousands of values costs more than the database does.
 */
export async function insertRows(
  db: QueryExecutorProvider,
  dialect: Dialect,
  insert: BulkInsert,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  const size = Math.floor(dialect.maxBoundValues / insert.columns.length);
  for (let from = 0; from < rows.length; from += size) {
    const part = rows.slice(from, from + size);
    // Of the odd sizes there are few: a batch is full parts and one rest, which goes in powers of two.
    for (const [start, length] of partsOf(part.length, size)) {
      const values = part.slice(start, start + length).flat();
      await db.getExecutor().executeQuery(CompiledQuery.raw(textFor(dialect, insert, length), values));
    }
  }
}

function partsOf(length: number, size: number): [number, number][] {
  if (length === size) return [[0, size]];
  const parts: [number, number][] = [];
  for (let start = 0, rest = length; rest > 0; ) {
    const part = 2 ** Math.floor(Math.log2(rest));
    parts.push([start, part]);
    start += part;
    rest -= part;
  }
  return parts;
}

function textFor(dialect: Dialect, { table, columns, onConflict }: BulkInsert, rows: number): string {
  const name = `${dialect.name} ${table} ${rows}`;
  const known = texts.get(name);
  if (known !== undefined) return known;
  let bound = 0;
  const tuple = () => `(${columns.map(() => dialect.placeholder(++bound)).join(', ')})`;
  const tuples = Array.from({ length: rows }, tuple).join(', ');
  const conflict = onConflict === undefined ? '' : ` on conflict ${onConflict}`;
  const text = `insert into ${table} (${columns.join(', ')}) values ${tuples}${conflict}`;
  texts.set(name, text);
  return text;
}
