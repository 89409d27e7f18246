import { HOUR_MS, MINUTE_MS, Usage } from '../../telemetry/usage.ts';
import { type BulkInsert, insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import type { TelemetryDb } from './log-writer.ts';

const columns = [
  'place',
  'total',
  'ok',
  'client_error',
  'rate_limited',
  'server_error',
  'routes',
  'latency',
] as const;

/** `usage_unrecorded` has the part of the other that has no rows in the log. */
export type MinuteTable = 'usage_minutes' | 'usage_unrecorded';

/** How to write usage of a span of time over what stands there. */
export function usageInsert(table: MinuteTable | 'usage_hours', span: 'minute' | 'hour'): BulkInsert {
  const replaced = columns.map((column) => `${column} = excluded.${column}`).join(', ');
  return {
    table,
    columns: ['key_id', span, ...columns],
    onConflict: `(key_id, ${span}) do update set ${replaced}`,
  };
}

export function usageRow(keyId: string, span: number, place: number, usage: Usage): unknown[] {
  const { total, ok, clientError, rateLimited, serverError } = usage;
  const counts = [total, ok, clientError, rateLimited, serverError];
  return [keyId, span, place, ...counts, usage.encodeRoutes(), usage.latency.encode()];
}

const minuteInserts: Readonly<Record<MinuteTable, BulkInsert>> = {
  usage_minutes: usageInsert('usage_minutes', 'minute'),
  usage_unrecorded: usageInsert('usage_unrecorded', 'minute'),
};
/** An hour is summed up so long after its end: requests may still be under way that came in it. */
export const HOUR_GRACE_MS = 2 * MINUTE_MS;

const keptMinutes = 5;
const maxInQuery = 500;

interface Cell {
  readonly keyId: string;
  readonly minute: number;
  readonly place: number;
  readonly usage: Usage;
  isDirty: boolean;
  /** What stands in the database is not in `usage` yet. */
  isPartial: boolean;
}

/** Usage by key and minute of the requests' arrival. Minutes of late are kept, so that only their new values are written. */
export class MinuteUsage {
  readonly #cells = new Map<string, Cell>();
  #dirty: Cell[] = [];
  #newest = 0;
  readonly #lateHours = new Set<number>();
  /** Of later minutes the database has nothing but what stands in the cells. */
  readonly #newestStored: number;
  readonly #table: MinuteTable;
  readonly #unrecorded: MinuteUsage | null;

  private constructor(newestStored: number, table: MinuteTable, unrecorded: MinuteUsage | null) {
    this.#newestStored = newestStored;
    this.#table = table;
    this.#unrecorded = unrecorded;
  }

  static async read(db: TelemetryDb): Promise<MinuteUsage> {
    const unrecorded = new MinuteUsage(await newestIn(db, 'usage_unrecorded'), 'usage_unrecorded', null);
    return new MinuteUsage(await newestIn(db, 'usage_minutes'), 'usage_minutes', unrecorded);
  }

  /** To be added to, all of them, for what has no row in the log. */
  ofUnrecorded(keyId: string, place: number, at: number): Usage[] {
    const own = this.of(keyId, place, at);
    return this.#unrecorded === null ? [own] : [own, this.#unrecorded.of(keyId, place, at)];
  }

  /** The usage of the minute of `at`, to be added to before the next `save`. */
  of(keyId: string, place: number, at: number): Usage {
    const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const name = `${minute} ${place} ${keyId}`;
    let cell = this.#cells.get(name);
    if (cell === undefined) {
      const isPartial = minute <= Math.max(this.#newestStored, this.#newest - keptMinutes * MINUTE_MS);
      cell = { keyId, minute, place, usage: new Usage(), isDirty: false, isPartial };
      this.#cells.set(name, cell);
      this.#newest = Math.max(this.#newest, minute);
    }
    if (!cell.isDirty) {
      cell.isDirty = true;
      this.#dirty.push(cell);
    }
    return cell.usage;
  }

  get isDirty(): boolean {
    return this.#dirty.length > 0;
  }

  /** Hours that were summed up before something came for them. */
  takeLateHours(): number[] {
    const hours = [...this.#lateHours];
    this.#lateHours.clear();
    return hours;
  }

  /** `summedUpUntil`: hours before it have a sum that what is saved now is not part of. */
  async save(tx: TelemetryDb, dialect: Dialect, summedUpUntil: number): Promise<void> {
    const partial = this.#dirty.filter((cell) => cell.isPartial);
    for (const [minute, cells] of Map.groupBy(partial, (cell) => cell.minute)) {
      for (let i = 0; i < cells.length; i += maxInQuery) {
        await complete(tx, this.#table, minute, cells.slice(i, i + maxInQuery));
      }
    }
    const rows = this.#dirty.map(({ keyId, minute, place, usage }) => usageRow(keyId, minute, place, usage));
    await insertRows(tx, dialect, minuteInserts[this.#table], rows);
    for (const cell of this.#dirty) {
      cell.isDirty = false;
      const hour = Math.floor(cell.minute / HOUR_MS) * HOUR_MS;
      if (hour < summedUpUntil) this.#lateHours.add(hour);
    }
    this.#dirty = [];
    for (const [name, { minute }] of this.#cells) {
      if (minute > this.#newest - keptMinutes * MINUTE_MS) continue;
      this.#cells.delete(name);
    }
    await this.#unrecorded?.save(tx, dialect, summedUpUntil);
  }
}

async function newestIn(db: TelemetryDb, table: MinuteTable): Promise<number> {
  const { newest } = await db
    .selectFrom(table)
    .select((eb) => eb.fn.coalesce(eb.fn.max('minute'), eb.lit(0)).as('newest'))
    .executeTakeFirstOrThrow();
  return newest;
}

/** Adds what was counted before, by this process or by one before it. */
async function complete(
  tx: TelemetryDb,
  table: MinuteTable,
  minute: number,
  cells: readonly Cell[],
): Promise<void> {
  const rows = await tx
    .selectFrom(table)
    .select(['key_id', 'routes', 'latency'])
    .where('minute', '=', minute)
    .where(
      'key_id',
      'in',
      cells.map(({ keyId }) => keyId),
    )
    .execute();
  const stored = new Map(rows.map((row) => [row.key_id, row]));
  for (const cell of cells) {
    const row = stored.get(cell.keyId);
    if (row) cell.usage.merge(Usage.decode(row.routes, row.latency));
    cell.isPartial = false;
  }
}
