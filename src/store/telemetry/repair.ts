import { HOUR_MS, MINUTE_MS, Usage } from '../../telemetry/usage.ts';
import { insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import { readFact } from './facts.ts';
import { hoursUntil, sumUpHour } from './hours.ts';
import type { LogWriter, TelemetryDb } from './log-writer.ts';
import { usageInsert, usageRow } from './minute-usage.ts';
import { goneFact, placesOf } from './retention.ts';
import { sweptFact } from './retention-sweep.ts';
import { RowScan, type ScannedRow } from './row-scan.ts';

export interface RepairParts {
  readonly db: TelemetryDb;
  readonly dialect: Dialect;
  readonly writer: LogWriter;
}

/** Usage of so many keys and minutes is held in memory at once, where the span can be made shorter. */
const maxCellsHeld = 20_000;
const spans = [HOUR_MS, 10 * MINUTE_MS, MINUTE_MS] as const;

const minuteInsert = usageInsert('usage_minutes', 'minute');

interface Cell {
  readonly keyId: string;
  readonly minute: number;
  readonly place: number;
  readonly usage: Usage;
}

/** From when on usage can be made again: rows, and what had none, are all there. Whole hours, epoch ms. */
export async function repairableSince(db: TelemetryDb, tenantId: string): Promise<number> {
  const gone = (await readFact(db, goneFact(tenantId))) ?? 0;
  const swept = (await readFact(db, sweptFact)) ?? 0;
  const told = (await readFact(db, 'unrecorded_since')) ?? 0;
  return Math.ceil(Math.max(gone, swept, told) / HOUR_MS) * HOUR_MS;
}

async function newestMinute(db: TelemetryDb): Promise<number> {
  const { newest } = await db
    .selectFrom('usage_minutes')
    .select((eb) => eb.fn.max<number | null>('minute').as('newest'))
    .executeTakeFirstOrThrow();
  return newest ?? Number.NEGATIVE_INFINITY;
}

/** Makes the usage of one hour and tenant anew: minutes from rows and what was counted without one, the hour from minutes. */
export class HourRepair {
  readonly hour: number;
  readonly #parts: RepairParts;
  readonly #places: readonly number[];
  readonly #tenantId: string;
  readonly #keepsMinutes: boolean;
  readonly #maxCells: number;
  #span: number = spans[0];
  #from: number;
  #cells = new Map<string, Cell>();
  #scan: RowScan;
  #seq: number;
  rows = 0;

  private constructor(parts: RepairParts, places: readonly number[], ask: HourAsk, maxCells: number) {
    this.hour = ask.hour;
    this.#from = ask.hour;
    this.#parts = parts;
    this.#places = places;
    this.#tenantId = ask.tenantId;
    this.#keepsMinutes = ask.keepsMinutes;
    this.#maxCells = maxCells;
    this.#seq = ask.seq;
    this.#scan = this.#beginScan();
  }

  static async open(parts: RepairParts, ask: HourAsk, maxCells = maxCellsHeld): Promise<HourRepair> {
    return new HourRepair(parts, await placesOf(parts.db, ask.tenantId), ask, maxCells);
  }

  /** Where the rows of this hour begin, once they were read: those of later hours are not before. */
  get seq(): number {
    return this.#seq;
  }

  /** Reads some rows, and writes what they make once they are all read. Answers whether there is more to do. */
  async goOn(deadline: number): Promise<boolean> {
    if (this.#places.length === 0) return false;
    while (this.#from < this.hour + HOUR_MS) {
      for (let isMore = true; isMore; ) {
        const rows = await this.#scan.next(this.#parts.db);
        isMore = rows !== null;
        if (!this.#take(rows ?? [])) isMore = this.#shorten();
        if (isMore && performance.now() > deadline) return true;
      }
      await this.#write();
      this.#seq = this.#scan.firstSeq;
      this.#from += this.#span;
      this.#scan = this.#beginScan();
    }
    await this.#sumUp();
    return false;
  }

  #beginScan(): RowScan {
    this.#cells = new Map();
    const span = { from: this.#from, to: Math.min(this.#from + this.#span, this.hour + HOUR_MS) };
    return new RowScan(this.#places, span, this.#seq);
  }

  /** False where they were too many. */
  #take(rows: readonly ScannedRow[]): boolean {
    for (const row of rows) {
      const { at, key_id: keyId, place, route_ref: route, status, duration_us: durationUs } = row;
      const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
      this.#cellOf(keyId, minute, place).usage.add(route, status, durationUs);
    }
    return this.#cells.size <= this.#maxCells || this.#span === spans.at(-1);
  }

  #cellOf(keyId: string, minute: number, place: number): Cell {
    const name = `${minute} ${keyId}`;
    const known = this.#cells.get(name);
    if (known !== undefined) return known;
    const cell = { keyId, minute, place, usage: new Usage() };
    this.#cells.set(name, cell);
    return cell;
  }

  #shorten(): true {
    this.#span = spans[spans.indexOf(this.#span as (typeof spans)[number]) + 1]!;
    this.#scan = this.#beginScan();
    return true;
  }

  /**
   * The writer must have written all usage before, and read anew afterwards what it remembers, which is that of the last
   * minutes: then each row is either part of what is written here, or counted later.
   */
  async #write(): Promise<void> {
    const { db, dialect, writer } = this.#parts;
    await writer.write([]);
    // Retention may have come meanwhile, and taken rows along.
    if (this.hour < (await repairableSince(db, this.#tenantId))) return;
    for (const rows of await this.#scan.rest(db)) this.#take(rows);
    const { from, to } = this.#scan.span;
    const isRemembered = to > (await newestMinute(db)) - HOUR_MS;
    await db.transaction().execute(async (tx) => {
      const unrecorded = await tx
        .selectFrom('usage_unrecorded')
        .select(['key_id', 'minute', 'place', 'routes', 'latency'])
        .where('minute', '>=', from)
        .where('minute', '<', to)
        .where('place', 'in', this.#places)
        .execute();
      for (const { key_id: keyId, minute, place, routes, latency } of unrecorded)
        this.#cellOf(keyId, minute, place).usage.merge(Usage.decode(routes, latency));
      await tx
        .deleteFrom('usage_minutes')
        .where('minute', '>=', from)
        .where('minute', '<', to)
        .where('place', 'in', this.#places)
        .execute();
      const cells = [...this.#cells.values()];
      const rows = cells.map(({ keyId, minute, place, usage }) => usageRow(keyId, minute, place, usage));
      await insertRows(tx, dialect, minuteInsert, rows);
      for (const { usage } of cells) this.rows += usage.total;
    });
    if (isRemembered) writer.forgetState();
  }

  /** An hour that is not over yet is summed up in its time. */
  async #sumUp(): Promise<void> {
    const { db, dialect } = this.#parts;
    if (this.hour >= ((await hoursUntil(db)) ?? 0)) return;
    if (this.hour < (await repairableSince(db, this.#tenantId))) return;
    await sumUpHour(db, dialect, this.hour, this.#places);
    const inHour = { from: this.hour, to: this.hour + HOUR_MS };
    await db
      .deleteFrom('usage_hours')
      .where('place', 'in', this.#places)
      .where('hour', '=', this.hour)
      .where('key_id', 'not in', (eb) =>
        eb
          .selectFrom('usage_minutes')
          .select('key_id')
          .where('place', 'in', this.#places)
          .where('minute', '>=', inHour.from)
          .where('minute', '<', inHour.to),
      )
      .execute();
    if (this.#keepsMinutes) return;
    await db
      .deleteFrom('usage_minutes')
      .where('place', 'in', this.#places)
      .where('minute', '>=', inHour.from)
      .where('minute', '<', inHour.to)
      .execute();
  }
}

export interface HourAsk {
  readonly tenantId: string;
  readonly hour: number;
  /** No row of the hour is before this position. */
  readonly seq: number;
  /** Whether minutes of that time are still kept. */
  readonly keepsMinutes: boolean;
}
