import { type Kysely, sql } from 'kysely';
import { maskSecrets } from '../../core/secret.ts';
import type { LoggedKey, LoggedRoute, UnrecordedUsage } from '../../telemetry/record.ts';
import { type BatchedRecord, type RecordBatch, readBatch } from '../../telemetry/record-buffer.ts';
import { Usage } from '../../telemetry/usage.ts';
import { type BulkInsert, insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import { CallerCounts, DAY_MS } from './caller-counts.ts';
import { readFact, writeFact } from './facts.ts';
import { hoursUntil } from './hours.ts';
import { OpenBlock } from './log-block.ts';
import { BodyMasks, bodyInsert } from './log-bodies.ts';
import { LogDictionary } from './log-dictionary.ts';
import { MinuteUsage } from './minute-usage.ts';
import { type RequestLogTable, requestLogColumns, type TelemetryTables } from './tables.ts';

export type TelemetryDb = Kysely<TelemetryTables>;

const logInsert: BulkInsert = { table: 'request_log', columns: requestLogColumns };
const blockInsert: BulkInsert = {
  table: 'log_blocks',
  columns: ['first_seq', 'last_seq', 'from_at', 'to_at', 'from_id', 'to_id', 'filter'],
};

/** The last row that is part of usage: those after it are counted anew by the next writer. */
const usageFact = 'usage_seq';

/**
 * The only writer of the request log and of usage. Rows and blocks of a batch are one transaction; usage, which costs
 * something for every key, is written with some batches only, and says up to which row it counts. What the writer
 * remembers between batches is read anew after a failure, so that a batch may be tried again.
 */
export class LogWriter {
  readonly #db: TelemetryDb;
  readonly #dialect: Dialect;
  readonly #routes: readonly LoggedRoute[];
  readonly #bodyMasks: BodyMasks;
  #state: WriterState | null = null;
  #lateHours: number[] = [];

  constructor(db: TelemetryDb, dialect: Dialect, routes: readonly LoggedRoute[]) {
    this.#db = db;
    this.#dialect = dialect;
    this.#routes = routes;
    this.#bodyMasks = new BodyMasks(routes);
  }

  get hasUnsavedUsage(): boolean {
    return this.#state?.minutes.isDirty === true;
  }

  /** All or nothing. What has no row is saved at once: nothing could count it anew. */
  async write(
    batches: readonly RecordBatch[],
    unrecorded: readonly UnrecordedUsage[] = [],
    savesUsage = true,
  ): Promise<void> {
    const state = this.#state ?? (await WriterState.read(this.#db, this.#routes));
    this.#state = null;
    await this.#db.transaction().execute(async (tx) => {
      const keys = batches.flatMap((batch) => batch.keys);
      await state.dictionary.learn(tx, this.#dialect, keys, unrecorded);
      const rows: unknown[][] = [];
      const blocks: unknown[][] = [];
      const bodies: unknown[][] = [];
      for (const batch of batches) {
        for (const record of readBatch(batch)) {
          const body = this.#bodyMasks.rowOf(state.nextSeq, record);
          if (body !== null) bodies.push(body);
          rows.push(state.take(record, blocks));
        }
      }
      for (const usage of unrecorded) state.countUnrecorded(usage);
      await state.prepareDays(tx, this.#dialect, rows);
      await insertRows(tx, this.#dialect, logInsert, rows);
      await insertRows(tx, this.#dialect, bodyInsert, bodies);
      await insertRows(tx, this.#dialect, blockInsert, blocks);
      if (savesUsage || unrecorded.length > 0) await state.saveUsage(tx, this.#dialect);
    });
    this.#state = state;
  }

  /** What is remembered is read anew: somebody else has changed usage. Nothing may wait to be saved. */
  forgetState(): void {
    this.#lateHours = this.takeLateHours();
    this.#state = null;
  }

  /** Hours that are to be summed up again. */
  takeLateHours(): number[] {
    const hours = new Set([...this.#lateHours, ...(this.#state?.minutes.takeLateHours() ?? [])]);
    this.#lateHours = [];
    return [...hours];
  }
}

interface Counted {
  readonly at: number;
  readonly status: number;
  readonly durationUs: number;
  readonly ip: string;
  readonly userAgent: string;
  readonly environment: string;
}

type StoredRow = Pick<
  RequestLogTable,
  | 'seq'
  | 'at'
  | 'request_id'
  | 'place'
  | 'key_ref'
  | 'route_ref'
  | 'method'
  | 'status'
  | 'code'
  | 'ip'
  | 'client_request_id'
  | 'duration_us'
  | 'user_agent'
  | 'environment'
> & { readonly key_id: string | null; readonly secret_id: string | null };

class WriterState {
  readonly dictionary: LogDictionary;
  readonly minutes: MinuteUsage;
  readonly callers: CallerCounts;
  /** Days that rows can be written to. */
  readonly #days = new Set<number>();
  #nextSeq: number;
  #block: OpenBlock;

  private constructor(dictionary: LogDictionary, minutes: MinuteUsage, closed: number, counted: number) {
    this.dictionary = dictionary;
    this.minutes = minutes;
    this.callers = new CallerCounts();
    // Never again a number that was given out, also when its row is gone: streams and usage go by it.
    this.#nextSeq = Math.max(closed, counted) + 1;
    this.#block = new OpenBlock(closed + 1);
  }

  /** Of the row that is taken next. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  static async read(db: TelemetryDb, routes: readonly LoggedRoute[]): Promise<WriterState> {
    const dictionary = await LogDictionary.read(db, routes);
    const { last } = await db
      .selectFrom('log_blocks')
      .select(sql<number>`coalesce(max(last_seq), 0)`.as('last'))
      .executeTakeFirstOrThrow();
    const counted = (await readFact(db, usageFact)) ?? last;
    const open = await db
      .selectFrom('request_log')
      .leftJoin('log_keys', 'log_keys.ref', 'key_ref')
      .select(['seq', 'at', 'request_id', 'request_log.place', 'route_ref', 'method', 'status', 'code', 'ip'])
      .select(['client_request_id', 'key_id', 'secret_id', 'key_ref', 'duration_us', 'user_agent'])
      .select('request_log.environment')
      .where('seq', '>', Math.min(last, counted))
      .orderBy('seq')
      .execute();
    const state = new WriterState(dictionary, await MinuteUsage.read(db), last, counted);
    for (const row of open)
      state.#replay(row, { isInOpenBlock: row.seq > last, isCounted: row.seq <= counted });
    return state;
  }

  #replay(
    row: StoredRow,
    { isInOpenBlock, isCounted }: { isInOpenBlock: boolean; isCounted: boolean },
  ): void {
    const { seq, at, place, key_ref: ref, route_ref: routeRef, key_id: keyId, secret_id: secretId } = row;
    if (isInOpenBlock) {
      this.#nextSeq = Math.max(this.#nextSeq, seq + 1);
      const traits = {
        place,
        keyId: keyId ?? '',
        secretId: secretId ?? '',
        route: this.dictionary.templateOf(routeRef),
        method: row.method,
        status: row.status,
        code: row.code,
        ip: row.ip,
        clientRequestId: row.client_request_id,
      };
      this.#block.add(at, row.request_id, traits, kindOf(ref || -place, routeRef, row));
    }
    if (isCounted) return;
    const key = keyId === null || secretId === null ? null : { keyId, secretId };
    const { status, duration_us: durationUs, ip, user_agent: userAgent, environment } = row;
    this.#count(key, ref, place, routeRef, { at, status, durationUs, ip, userAgent, environment });
  }

  /** The record's row; a block that it fills is added to `blocks`. */
  take(record: BatchedRecord, blocks: unknown[][]): unknown[] {
    const { key, route, at, status } = record;
    const { place, ref } = this.dictionary.refOf(record);
    const routeRef = this.dictionary.routeRef(route);
    const path = maskSecrets(record.path);
    const userAgent = maskSecrets(record.userAgent);
    const seq = this.#nextSeq++;
    this.#block.add(
      at,
      record.requestId,
      {
        place,
        keyId: key?.keyId ?? '',
        secretId: key?.secretId ?? '',
        route: this.dictionary.templateOf(routeRef),
        method: record.method,
        status,
        code: record.code,
        ip: record.ip,
        clientRequestId: record.clientRequestId,
      },
      kindOf(ref || -place, routeRef, record),
    );
    if (this.#block.isFull) this.#closeBlock(seq, blocks);
    this.#count(key, ref, place, routeRef, {
      at,
      status,
      durationUs: record.durationUs,
      ip: record.ip,
      userAgent,
      environment: record.environment,
    });
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

  async saveUsage(tx: TelemetryDb, dialect: Dialect): Promise<void> {
    await this.minutes.save(tx, dialect, (await hoursUntil(tx)) ?? 0);
    await this.callers.save(tx, dialect);
    await writeFact(tx, usageFact, this.#nextSeq - 1);
  }

  countUnrecorded({ tenantId, environment, keyId, minute, routes, latency }: UnrecordedUsage): void {
    const place = this.dictionary.placeOf(tenantId, environment);
    const usage = Usage.decode(routes, latency);
    for (const cell of this.minutes.ofUnrecorded(keyId ?? environment, place, minute))
      cell.merge(usage, (index) => this.dictionary.routeRef(index));
  }

  #closeBlock(lastSeq: number, blocks: unknown[][]): void {
    const { firstSeq, fromAt, toAt, fromId, toId } = this.#block;
    blocks.push([firstSeq, lastSeq, fromAt, toAt, fromId, toId, this.#block.filter()]);
    this.#block = new OpenBlock(lastSeq + 1);
  }

  #count(
    key: Pick<LoggedKey, 'keyId' | 'secretId'> | null,
    ref: number,
    place: number,
    routeRef: number,
    { at, status, durationUs, ip, userAgent, environment }: Counted,
  ): void {
    this.minutes.of(key?.keyId ?? environment, place, at).add(routeRef, status, durationUs);
    if (key !== null) this.callers.add(key, ref, at, ip, userAgent);
  }
}

/** Of refusals without a known key `ref` is the place, negative: numbers are quicker to join than ids. */
function kindOf(
  ref: number,
  route: number,
  { method, status, code, ip }: { method: string; status: number; code: string | null; ip: string },
): string {
  return `${ref} ${route} ${status} ${method} ${ip} ${code ?? ''}`;
}
