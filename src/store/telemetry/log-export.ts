import { gzipSync } from 'node:zlib';
import { type LogExportFormat, logExportForms } from '../../core/log-entry.ts';
import { BLOCK_ROWS, entriesOf } from './log-block.ts';
import {
  conditionsFor,
  type LogFilter,
  type LogPlace,
  lastClosedSeq,
  mayHold,
  newestSeq,
  placeRef,
  selectRows,
} from './log-reader.ts';
import type { TelemetryDb } from './log-writer.ts';

/** A piece takes about so long to make, and has about so much text: other queries wait for it. */
const budgetMs = 40;
const pieceBytes = 512 * 1_024;
const blocksAtOnce = 128;
/** Of the quickest kind: texts of a log shrink to a tenth all the same. */
const compression = { level: 1 };

/** Positions of the log, both inclusive; `last` is before `first` where there is nothing. */
export interface ExportBounds {
  readonly first: number;
  readonly last: number;
}

/** Between which positions rows may have come since `from` (epoch ms). */
export async function readExportBounds(db: TelemetryDb, from: number): Promise<ExportBounds> {
  const { first } = await db
    .selectFrom('log_blocks')
    .select((eb) => eb.fn.min<number | null>('first_seq').as('first'))
    .where('to_at', '>=', from)
    .executeTakeFirstOrThrow();
  return { first: first ?? (await lastClosedSeq(db)) + 1, last: await newestSeq(db) };
}

export interface ExportAsk {
  readonly format: LogExportFormat;
  readonly after: number;
  readonly last: number;
  /** Whether what stands before the first entry is wanted, too. */
  readonly isFirst: boolean;
}

export interface ExportPiece {
  /** A text, compressed; null where there is none. */
  readonly body: Uint8Array | null;
  /** Of the text. */
  readonly bytes: number;
  readonly rows: number;
  /** How far it looked, inclusive. */
  readonly seq: number;
}

/** The next piece of an export, in the order of the log. It may hold nothing and there be more. */
export async function readExportPiece(
  db: TelemetryDb,
  { tenantId, environment }: LogPlace,
  filter: LogFilter,
  { format, after, last, isFirst }: ExportAsk,
): Promise<ExportPiece> {
  const form = logExportForms[format];
  const place = await placeRef(db, tenantId, environment);
  let text = isFirst ? form.head : '';
  let rows = 0;
  let seq = place === null ? last : after;
  const deadline = performance.now() + budgetMs;
  while (seq < last && text.length < pieceBytes && performance.now() < deadline) {
    const found = await readSome(db, place!, filter, { after: seq, last });
    for (const row of found.rows) text += form.line(row);
    rows += found.rows.length;
    seq = found.seq;
  }
  const bytes = Buffer.byteLength(text);
  return { body: bytes === 0 ? null : gzipSync(text, compression), bytes, rows, seq };
}

/** Rows of the next block that may have some, or of those that are in no block yet. */
async function readSome(
  db: TelemetryDb,
  place: number,
  filter: LogFilter,
  { after, last }: { readonly after: number; readonly last: number },
) {
  const entries = entriesOf({ ...filter, place });
  const conditions = conditionsFor(place, filter);
  const closed = await lastClosedSeq(db);
  // By their times: after a clock was set back, earlier requests stand behind later ones.
  const blocks = await db
    .selectFrom('log_blocks')
    .selectAll()
    .where('first_seq', '>', after - BLOCK_ROWS)
    .where('last_seq', '>', after)
    .where('first_seq', '<=', last)
    .$if(filter.to !== undefined, (query) => query.where('from_at', '<', filter.to!))
    .orderBy('first_seq')
    .limit(blocksAtOnce)
    .execute();
  for (const block of blocks) {
    if (!mayHold(block, filter, entries)) continue;
    const span = {
      fromSeq: Math.max(block.first_seq, after + 1),
      toSeq: Math.min(block.last_seq, last),
      times: { from: block.from_at, to: block.to_at },
    };
    const rows = await selectRows(db, conditions, span).orderBy('request_log.seq').execute();
    return { rows, seq: span.toSeq };
  }
  const looked = blocks.at(-1);
  if (looked !== undefined) return { rows: [], seq: Math.min(looked.last_seq, last) };
  const fromSeq = Math.max(after, closed) + 1;
  if (fromSeq > last) return { rows: [], seq: last };
  const rows = await selectRows(db, conditions, { fromSeq, toSeq: last })
    .orderBy('request_log.seq')
    .limit(BLOCK_ROWS)
    .execute();
  return { rows, seq: rows.length === BLOCK_ROWS ? rows.at(-1)!.seq : last };
}
