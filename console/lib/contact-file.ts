import { CsvReader } from '../../src/core/csv.ts';

export const maxImportBytes = 64 * 1_048_576;

const mediaTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  json: 'application/json',
};

/** By the end of its name: what browsers say of files depends on what is installed beside them. */
export function importTypeOf(fileName: string): string | null {
  const end = fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(mediaTypes, end) ? mediaTypes[end]! : null;
}

const known = ['email', 'phone', 'name', 'customerid'];

export interface ImportColumns {
  /** Which the contact has of its own. */
  readonly own: readonly string[];
  /** What becomes custom fields. */
  readonly custom: readonly string[];
}

/** Line by line: what is wrong further down is for the server to say. */
function headerOf(text: string): readonly (string | null)[] {
  const reader = new CsvReader();
  try {
    for (const line of text.split('\n')) {
      const [header] = reader.read(`${line}\n`);
      if (header) return header;
    }
  } catch {
    // It is no table at all.
  }
  return [];
}

/** What the columns of a table become, of its beginning. null: there is no header. */
export function importColumns(beginning: string): ImportColumns | null {
  const names = headerOf(beginning.replace(/^\ufeff/, ''))
    .map((cell) => (cell ?? '').trim())
    .filter((name) => name !== '');
  if (names.length === 0) return null;
  const isOwn = (name: string) => known.includes(name.toLowerCase());
  return { own: names.filter(isOwn), custom: names.filter((name) => !isOwn(name)) };
}
