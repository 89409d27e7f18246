import { BLOCK_ROWS } from './log-block.ts';
import { maxLateMs } from './log-reader.ts';
import type { TelemetryDb } from './log-writer.ts';
import { mayHoldPlace } from './old-blocks.ts';

export interface ScannedRow {
  readonly seq: number;
  readonly at: number;
  readonly place: number;
  readonly key_id: string;
  readonly secret_id: string;
  readonly route_ref: number;
  readonly status: number;
  readonly duration_us: number;
  readonly ip: string;
  readonly user_agent: string;
}

export interface TimeSpan {
  /** Epoch ms, inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Goes through the rows of some places and a span of time, in the order of the log, a block at a time. */
export class RowScan {
  readonly span: TimeSpan;
  readonly #places: readonly number[];
  #after: number;
  #firstSeq: number | null = null;
  #isPastBlocks = false;

  /** No row of the span is before `seq`. */
  constructor(places: readonly number[], span: TimeSpan, seq: number) {
    this.#places = places;
    this.span = span;
    this.#after = seq - 1;
  }

  /** Where blocks with rows of the span, or of later ones, begin. */
  get firstSeq(): number {
    return this.#firstSeq ?? this.#after + 1;
  }

  /** The next rows, maybe none; null: this was the end of the log, for now. */
  async next(db: TelemetryDb): Promise<readonly ScannedRow[] | null> {
    if (this.#isPastBlocks) return null;
    const block = await db
      .selectFrom('log_blocks')
      .select(['first_seq', 'last_seq', 'from_at', 'to_at'])
      .where('first_seq', '>', this.#after - BLOCK_ROWS)
      .where('last_seq', '>', this.#after)
      .where('to_at', '>=', this.span.from)
      .orderBy('first_seq')
      .limit(1)
      .executeTakeFirst();
    if (block === undefined) {
      const rows = await this.#read(db, Number.MAX_SAFE_INTEGER, BLOCK_ROWS);
      if (rows.length === 0) return null;
      this.#after = rows.at(-1)!.seq;
      return rows;
    }
    this.#firstSeq ??= block.first_seq;
    // What was answered after this block came at most so much earlier.
    if (block.to_at - maxLateMs >= this.span.to) {
      this.#isPastBlocks = true;
      return null;
    }
    const isElsewhere = block.from_at >= this.span.to || !(await this.#mayHold(db, block.first_seq));
    const rows = isElsewhere ? [] : await this.#read(db, block.last_seq, BLOCK_ROWS);
    this.#after = block.last_seq;
    return rows;
  }

  /** What came while others were looked at. */
  async rest(db: TelemetryDb): Promise<readonly (readonly ScannedRow[])[]> {
    const all = [];
    for (let rows = await this.next(db); rows !== null; rows = await this.next(db)) all.push(rows);
    return all;
  }

  async #mayHold(db: TelemetryDb, firstSeq: number): Promise<boolean> {
    const { filter } = await db
      .selectFrom('log_blocks')
      .select('filter')
      .where('first_seq', '=', firstSeq)
      .executeTakeFirstOrThrow();
    return mayHoldPlace(filter, this.#places);
  }

  #read(db: TelemetryDb, lastSeq: number, limit: number): Promise<ScannedRow[]> {
    return db
      .selectFrom('request_log')
      .innerJoin('log_keys', 'log_keys.ref', 'key_ref')
      .select(['seq', 'at', 'request_log.place', 'key_id', 'secret_id', 'route_ref', 'status'])
      .select(['duration_us', 'ip', 'user_agent'])
      .where('seq', '>', this.#after)
      .where('seq', '<=', lastSeq)
      .where('at', '>=', this.span.from)
      .where('at', '<', this.span.to)
      .where('request_log.place', 'in', this.#places)
      .orderBy('seq')
      .limit(limit)
      .execute();
  }
}
