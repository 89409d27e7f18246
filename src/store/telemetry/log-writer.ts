import { type Kysely, sql } from 'kysely';
import { maskSecrets } from '../../core/secret.ts';
import type { LoggedRoute, UnrecordedUsage } from '../../telemetry/record.ts';
import { type BatchedRecord, type RecordBatch, readBatch } from '../../telemetry/record-buffer.ts';
import { Usage } from '../../telemetry/usage.ts';
import { type BulkInsert, insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import { CallerCounts, DAY_MS } from './caller-counts.ts';
import { hoursUntil } from './hours.ts';
import { OpenBlock } from './log-block.ts';
import { LogDictionary } from './log-dictionary.ts';
import { MinuteUsage } from './minute-usage.ts';
import type { RequestLogTable, TelemetryTables } from './tables.ts';

export type TelemetryDb = Kysely<TelemetryTables>;

const logColumns = [
  'seq',
  'at',
  'place',
  'key_ref',
  'route_ref',
  'method',
  'path',
  'status',
  'code',
  'environment',
  'duration_us',
  'ip',
  'user_agent',
  'request_bytes',
  'response_bytes',
  'request_id',
  'client_request_id',
  'details',
] as const satisfies readonly (keyof RequestLogTable)[];

const logInsert: BulkInsert = { table: 'request_log', columns: logColumns };
const blockInsert: BulkInsert = {
  table: 'log_blocks',
  columns: ['first_seq', 'last_seq', 'from_at', 'to_at', 'from_id', 'to_id', 'filter'],
};

/**
 * The only writer of the request log and of usage: rows, blocks, minutes and callers of a batch in one transaction.
 * What it remembers between batches is read anew after a failure, so that a batch may be tried again.
 */
export class LogWriter {
  readonly #db: TelemetryDb;
  readonly #dialect: Dialect;
  readonly #routes: readonly LoggedRoute[];
  #state: WriterState | null = null;

  constructor(db: TelemetryDb, dialect: Dialect, routes: readonly LoggedRoute[]) {
    this.#db = db;
    this.#dialect = dialect;
    this.#routes = routes;
  }

  /** All or nothing. */
  async write(batches: readonly RecordBatch[], unrecorded: readonly UnrecordedUsage[] = []): Promise<void> {
    const state = this.#state ?? (await WriterState.read(this.#db, this.#routes));
    this.#state = null;
    await this.#db.transaction().execute(async (tx) => {
      const keys = batches.flatMap((batch) => batch.keys);
      await state.dictionary.learn(tx, this.#dialect, keys, unrecorded);
      const rows: unknown[][] = [];
      const blocks: unknown[][] = [];
      for (const batch of batches) {
        for (const record of readBatch(batch)) rows.push(state.take(record, blocks));
      }
      for (const usage of unrecorded) state.countUnrecorded(usage);
      await state.prepareDays(tx, this.#dialect, rows);
      await insertRows(tx, this.#dialect, logInsert, rows);
      await insertRows(tx, this.#dialect, blockInsert, blocks);
      await state.minutes.save(tx, this.#dialect, (await hoursUntil(tx)) ?? 0);
      await state.callers.save(tx, this.#dialect);
    });
    this.#state = state;
  }

  /** Hours that are to be summed up again. */
  takeLateHours(): number[] {
    return this.#state?.minutes.takeLateHours() ?? [];
  }
}

class WriterState {
  readonly dictionary: LogDictionary;
  readonly minutes: MinuteUsage;
  readonly callers: CallerCounts;
  /** Days that rows can be written to. */
  readonly #days = new Set<number>();
  #nextSeq: number;
  #block: OpenBlock;

  private constructor(dictionary: LogDictionary, minutes: MinuteUsage, nextSeq: number) {
    this.dictionary = dictionary;
    this.minutes = minutes;
    this.callers = new CallerCounts();
    this.#nextSeq = nextSeq;
    this.#block = new OpenBlock(nextSeq);
  }

  static async read(db: TelemetryDb, routes: readonly LoggedRoute[]): Promise<WriterState> {
    const dictionary = await LogDictionary.read(db, routes);
    const { last } = await db
      .selectFrom('log_blocks')
      .select(sql<number>`coalesce(max(last_seq), 0)`.as('last'))
      .executeTakeFirstOrThrow();
    const open = await db
      .selectFrom('request_log')
      .leftJoin('log_keys', 'log_keys.ref', 'key_ref')
      .select(['seq', 'at', 'request_id', 'request_log.place', 'route_ref', 'method', 'status', 'code', 'ip'])
      .select(['client_request_id', 'key_id', 'secret_id'])
      .where('seq', '>', last)
      .orderBy('seq')
      .execute();
    const state = new WriterState(dictionary, await MinuteUsage.read(db), last + 1);
    for (const row of open) {
      state.#nextSeq = row.seq + 1;
      state.#block.add(row.at, row.request_id, {
        place: row.place,
        keyId: row.key_id ?? '',
        secretId: row.secret_id ?? '',
        route: dictionary.templateOf(row.route_ref),
        method: row.method,
        status: row.status,
        code: row.code,
        ip: row.ip,
        clientRequestId: row.client_request_id,
      });
    }
    return state;
  }

  /** The record's row; a block that it fills is added to `blocks`. */
  take(record: BatchedRecord, blocks: unknown[][]): unknown[] {
    const { key, route, at, status } = record;
    const { place, ref } = this.dictionary.refOf(record);
    const routeRef = this.dictionary.routeRef(route);
    const path = maskSecrets(record.path);
    const userAgent = maskSecrets(record.userAgent);
    const seq = this.#nextSeq++;
    this.#block.add(at, record.requestId, {
      place,
      keyId: key?.keyId ?? '',
      secretId: key?.secretId ?? '',
      route: this.dictionary.templateOf(routeRef),
      method: record.method,
      status,
      code: record.code,
      ip: record.ip,
      clientRequestId: record.clientRequestId,
    });
    if (this.#block.isFull) this.#closeBlock(seq, blocks);
    this.#count(record, place, routeRef, userAgent);
    return [
      seq,
      at,
      place,
      ref,
      routeRef,
      record.method,
      path,
      status,
      record.code,
      record.environment,
      record.durationUs,
      record.ip,
      userAgent,
      record.requestBytes,
      record.responseBytes,
      record.requestId,
      record.clientRequestId,
      record.details === null ? null : maskSecrets(JSON.stringify(record.details)),
    ];
  }

  async prepareDays(tx: TelemetryDb, dialect: Dialect, rows: readonly (readonly unknown[])[]): Promise<void> {
    for (const row of rows) {
      const day = Math.floor((row[1] as number) / DAY_MS) * DAY_MS;
      if (this.#days.has(day)) continue;
      await dialect.prepareLogDay(tx, day);
      this.#days.add(day);
    }
  }

  countUnrecorded({ tenantId, environment, keyId, minute, routes, latency }: UnrecordedUsage): void {
    const place = this.dictionary.placeOf(tenantId, environment);
    const usage = Usage.decode(routes, latency);
    this.minutes
      .of(keyId ?? environment, place, minute)
      .merge(usage, (index) => this.dictionary.routeRef(index));
  }

  #closeBlock(lastSeq: number, blocks: unknown[][]): void {
    const { firstSeq, fromAt, toAt, fromId, toId } = this.#block;
    blocks.push([firstSeq, lastSeq, fromAt, toAt, fromId, toId, this.#block.filter()]);
    this.#block = new OpenBlock(lastSeq + 1);
  }

  #count(record: BatchedRecord, place: number, routeRef: number, userAgent: string): void {
    const { key, at, status, durationUs, ip, environment } = record;
    this.minutes.of(key?.keyId ?? environment, place, at).add(routeRef, status, durationUs);
    if (key !== null) this.callers.add(key, at, ip, userAgent);
  }
}
