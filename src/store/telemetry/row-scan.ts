import { BLOCK_ROWS } from './log-block.ts';
import { lastClosedSeq } from './log-reader.ts';
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

  /** No row of the span is before `seq`. */
  constructor(places: readonly number[], span: TimeSpan, seq: number) {
    this.#places = places;
    this.span = span;
    this.#after = seq - 1;
  }

  /** Where rows of the span, or of later ones, begin. */
  get firstSeq(): number {
    return this.#firstSeq ?? this.#after + 1;
  }

  /** The next rows, maybe none; null: this was the end of the log, for now. */
  async next(db: TelemetryDb): Promise<readonly ScannedRow[] | null> {
    const closed = await lastClosedSeq(db);
    this.#firstSeq ??= await this.#findFirst(db, closed);
    // By their times: after a clock was set back, earlier requests stand behind later ones.
    const block = await db
      .selectFrom('log_blocks')
      .select(['first_seq', 'last_seq'])
      .where('first_seq', '>', this.#after - BLOCK_ROWS)
      .where('last_seq', '>', this.#after)
      .where('to_at', '>=', this.span.from)
      .where('from_at', '<', this.span.to)
      .orderBy('first_seq')
      .limit(1)
      .executeTakeFirst();
    if (block === undefined) {
      this.#after = Math.max(this.#after, closed);
      const rows = await this.#read(db, Number.MAX_SAFE_INTEGER, BLOCK_ROWS);
      if (rows.length === 0) return null;
      this.#after = rows.at(-1)!.seq;
      return rows;
    }
    const rows = (await this.#mayHold(db, block.first_seq))
      ? await this.#read(db, block.last_seq, BLOCK_ROWS)
      : [];
    this.#after = block.last_seq;
    return rows;
  }

  /** Where the first block begins that ends in the span or later, or the rows that are in none yet. */
  async #findFirst(db: TelemetryDb, closed: number): Promise<number> {
    const { first } = await db
      .selectFrom('log_blocks')
      .select((eb) => eb.fn.min<number | null>('first_seq').as('first'))
      .where('to_at', '>=', this.span.from)
      .executeTakeFirstOrThrow();
    return Math.max(this.#after + 1, first ?? closed + 1);
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
