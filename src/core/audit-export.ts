import type { AuditRow } from './audit-chain.ts';
import type { ExportSeal } from './audit-seal.ts';
import { CsvReader, csvLine } from './csv.ts';

export interface SignedSeal extends ExportSeal {
  readonly signature: string;
}

/** How an export is written in one format. */
export interface ExportForm {
  readonly head: string;
  entry(row: AuditRow): string;
  seal(seal: SignedSeal): string;
}

/** A row that somebody changed past Keyward may hold any number. */
function timeOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

/** Written by JSON.stringify, and read back alike; a text that somebody put there is no JSON but as a string. */
export function jsonOf(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const exportNdjson: ExportForm = {
  head: '',
  entry: (row) =>
    `${JSON.stringify({
      seq: row.seq,
      id: row.id,
      at: timeOf(row.at),
      tenantId: row.tenant_id,
      environment: row.environment,
      actor: { type: row.actor_type, id: row.actor_id },
      action: row.action,
      targetId: row.target_id,
      before: jsonOf(row.before),
      after: jsonOf(row.after),
      requestId: row.request_id,
      ip: row.ip,
      prevHash: row.prev_hash,
      hash: row.hash,
    })}\n`,
  seal: (seal) => `${JSON.stringify({ seal })}\n`,
};

const columns = [
  'seq',
  'id',
  'at',
  'tenantId',
  'environment',
  'actorType',
  'actorId',
  'action',
  'targetId',
  'before',
  'after',
  'requestId',
  'ip',
  'prevHash',
  'hash',
] as const;

const nothing = columns.slice(2).map(() => null);

export const exportCsv: ExportForm = {
  head: csvLine(columns),
  entry: (row) =>
    csvLine([
      row.seq,
      row.id,
      timeOf(row.at),
      row.tenant_id,
      row.environment,
      row.actor_type,
      row.actor_id,
      row.action,
      row.target_id,
      row.before,
      row.after,
      row.request_id,
      row.ip,
      row.prev_hash,
      row.hash,
    ]),
  seal: (seal) => csvLine(['seal', JSON.stringify(seal), ...nothing]),
};

/** What is read from an export, one after the other; `fault` says why a line is neither an entry nor a seal. */
export type ExportItem =
  | { readonly row: AuditRow }
  | { readonly seal: SignedSeal }
  | { readonly fault: string; readonly line: number };

/** Only the one way in which we write a time is that time: else it was changed. */
function millisOf(text: unknown): number | null {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) || new Date(at).toISOString() !== text ? null : at;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}

function rowOf(given: Readonly<Record<string, unknown>>): AuditRow | null {
  const { seq, id, tenantId, environment, actorType, actorId, action, targetId } = given;
  const { before, after, requestId, ip, prevHash, hash } = given;
  const at = millisOf(given.at);
  if (at === null || !Number.isSafeInteger(seq)) return null;
  const texts = [id, tenantId, actorType, actorId, action, prevHash, hash];
  const others = [environment, targetId, before, after, requestId, ip];
  if (!texts.every(isText) || !others.every(isTextOrNull)) return null;
  return {
    id,
    tenant_id: tenantId,
    seq,
    at,
    actor_type: actorType,
    actor_id: actorId,
    action,
    target_id: targetId,
    before,
    after,
    request_id: requestId,
    ip,
    environment,
    prev_hash: prevHash,
    hash,
  } as AuditRow;
}

type Json = Readonly<Record<string, unknown>>;

function objectOf(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): unknown {
  return value === null || value === undefined ? value : JSON.stringify(value);
}

/** A member that is missing must not count as null: null means that nothing was left out. */
function sealOf(value: unknown): SignedSeal | null {
  if (typeof value !== 'object' || value === null) return null;
  const { tenantId, environment, from, to, entries, digest, chain, at, signature } = value as SignedSeal;
  if (typeof chain !== 'object' || chain === null) return null;
  const texts = [tenantId, digest, chain.hash, at, signature];
  const isSeal =
    texts.every(isText) &&
    [environment, from, to].every(isTextOrNull) &&
    [entries, chain.seq].every(Number.isSafeInteger);
  return isSeal ? (value as SignedSeal) : null;
}

function itemOf(line: number, row: AuditRow | null, seal: SignedSeal | null): ExportItem {
  if (seal) return { seal };
  return row ? { row } : { fault: 'is no entry of an audit log', line };
}

function ndjsonItem(text: string, line: number): ExportItem {
  const given = objectOf(text);
  const actor = given?.actor as Json | undefined;
  const row =
    given &&
    rowOf({
      ...given,
      actorType: actor?.type,
      actorId: actor?.id,
      before: textOf(given.before),
      after: textOf(given.after),
    });
  return itemOf(line, row, sealOf(given?.seal));
}

/** Lines of texts in pieces of any size. */
async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function* readNdjson(pieces: AsyncIterable<string>): AsyncGenerator<ExportItem> {
  let line = 0;
  for await (const text of linesOf(pieces)) {
    line++;
    if (text.trim() !== '') yield ndjsonItem(text, line);
  }
}

function csvItem(record: readonly (string | null)[], line: number): ExportItem {
  if (record[0] === 'seal') return itemOf(line, null, sealOf(objectOf(record[1] ?? '')));
  const named = Object.fromEntries(columns.map((name, i) => [name, record[i]]));
  const seq = /^\d{1,15}$/.test(record[0] ?? '') ? Number(record[0]) : null;
  return itemOf(line, record.length === columns.length ? rowOf({ ...named, seq }) : null, null);
}

async function* recordsOf(pieces: AsyncIterable<string>): AsyncGenerator<(string | null)[]> {
  const reader = new CsvReader();
  for await (const piece of pieces) yield* reader.read(piece);
  yield* reader.end();
}

async function* readCsv(pieces: AsyncIterable<string>): AsyncGenerator<ExportItem> {
  let line = 0;
  try {
    for await (const record of recordsOf(pieces)) {
      line++;
      if (line === 1 && record.join() !== columns.join()) yield { fault: 'does not name the columns', line };
      else if (line > 1 && record.some((cell) => cell !== null)) yield csvItem(record, line);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    yield { fault: `is no CSV: ${error.message}`, line: line + 1 };
  }
}

async function* chained(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Reads an export in either format, told apart by its first character. */
export async function* readExport(pieces: AsyncIterable<string>): AsyncGenerator<ExportItem> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  const start = first.done ? '' : first.value.replace(/^\ufeff/, '');
  const all = chained(start, iterator);
  yield* start.startsWith('{') || start === '' ? readNdjson(all) : readCsv(all);
}
