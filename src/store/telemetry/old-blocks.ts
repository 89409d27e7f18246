import { BlockFilter } from '../../telemetry/block-filter.ts';
import { entriesOf } from './log-block.ts';
import { lastClosedSeq } from './log-reader.ts';
import type { TelemetryDb } from './log-writer.ts';

/** More blocks than these do not hold one moment together, unless the clock was wrong. */
const maxAcross = 64;

/** Rows of the log by their positions, both inclusive, and the time before which they are meant. */
export interface RowSpan {
  readonly first: number;
  readonly last: number;
  readonly until: number;
}

type Block = Awaited<ReturnType<typeof select>>[number];

/** By time, not by position: a clock that was wrong for an hour holds up nothing. */
function select(db: TelemetryDb, from: number, limit: number) {
  return db
    .selectFrom('log_blocks')
    .selectAll()
    .where('to_at', '>=', from)
    .orderBy('to_at')
    .orderBy('first_seq')
    .limit(limit)
    .execute();
}

export function mayHoldPlace(filter: Uint8Array, places: readonly number[]): boolean {
  const block = new BlockFilter(filter);
  return places.some((place) => entriesOf({ place }).every((entry) => block.has(entry)));
}

/** The blocks that end next after `after` and before `before`, at one moment; those that hold none of the places have no rows. */
export async function nextOldBlocks(
  db: TelemetryDb,
  places: readonly number[],
  { after, before }: { readonly after: number; readonly before: number },
): Promise<{ readonly toAt: number; readonly spans: readonly RowSpan[] } | null> {
  const [next] = await select(db, after + 1, 1);
  if (next === undefined || next.to_at >= before) return null;
  const blocks = await db.selectFrom('log_blocks').selectAll().where('to_at', '=', next.to_at).execute();
  return { toAt: next.to_at, spans: spansOf(blocks, places, next.to_at + 1) };
}

/** Where else rows of these places from before this moment may be: blocks that hold it, and rows that are in none yet. */
export async function spansAcross(
  db: TelemetryDb,
  places: readonly number[],
  before: number,
): Promise<readonly RowSpan[]> {
  const blocks = (await select(db, before, maxAcross)).filter(({ from_at: from }) => from < before);
  const rest = { first: (await lastClosedSeq(db)) + 1, last: Number.MAX_SAFE_INTEGER, until: before };
  return [...spansOf(blocks, places, before), rest];
}

function spansOf(blocks: readonly Block[], places: readonly number[], until: number): RowSpan[] {
  return blocks
    .filter(({ filter }) => mayHoldPlace(filter, places))
    .map(({ first_seq: first, last_seq: last }) => ({ first, last, until }));
}
