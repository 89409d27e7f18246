import { insertRows } from '../bulk.ts';
import { callerInsert, DAY_MS, MAX_CALLERS, OTHER_CALLERS } from './caller-counts.ts';
import { type RepairParts, repairableSince } from './repair.ts';
import { keysAt, placesOf } from './retention.ts';
import { RowScan, type ScannedRow } from './row-scan.ts';

export interface DayAsk {
  readonly tenantId: string;
  /** Epoch ms of its 00:00 UTC. */
  readonly day: number;
  /** No row of the day is before this position. */
  readonly seq: number;
}

interface Caller {
  readonly secretId: string;
  readonly ip: string;
  readonly userAgent: string;
  total: number;
  lastSeenAt: number;
}

/** Makes the callers of one day and tenant anew, from rows. */
export class DayRepair {
  readonly #parts: RepairParts;
  readonly #day: number;
  readonly #places: readonly number[];
  readonly #tenantId: string;
  readonly #scan: RowScan;
  readonly #keys = new Map<string, Map<string, Caller>>();
  rows = 0;

  private constructor(parts: RepairParts, places: readonly number[], { tenantId, day, seq }: DayAsk) {
    this.#tenantId = tenantId;
    this.#parts = parts;
    this.#places = places;
    this.#day = day;
    this.#scan = new RowScan(places, { from: day, to: day + DAY_MS }, seq);
  }

  static async open(parts: RepairParts, ask: DayAsk): Promise<DayRepair> {
    return new DayRepair(parts, await placesOf(parts.db, ask.tenantId), ask);
  }

  get seq(): number {
    return this.#scan.firstSeq;
  }

  /** Reads some rows, and writes what they make once they are all read. Answers whether there is more to do. */
  async goOn(deadline: number): Promise<boolean> {
    if (this.#places.length === 0) return false;
    for (;;) {
      const rows = await this.#scan.next(this.#parts.db);
      if (rows === null) break;
      for (const row of rows) this.#take(row);
      if (performance.now() > deadline) return true;
    }
    await this.#write();
    return false;
  }

  #take({ key_id: keyId, secret_id: secretId, ip, user_agent: userAgent, at }: ScannedRow): void {
    this.rows++;
    let callers = this.#keys.get(keyId);
    if (callers === undefined) {
      callers = new Map();
      this.#keys.set(keyId, callers);
    }
    const known = callers.get(`${secretId} ${ip} ${userAgent}`);
    if (known !== undefined) {
      count(known, at);
      return;
    }
    if (callers.size < MAX_CALLERS) {
      callers.set(`${secretId} ${ip} ${userAgent}`, { secretId, ip, userAgent, total: 1, lastSeenAt: at });
      return;
    }
    const name = `${secretId} ${OTHER_CALLERS} `;
    const other = callers.get(name);
    if (other !== undefined) count(other, at);
    else callers.set(name, { secretId, ip: OTHER_CALLERS, userAgent: '', total: 1, lastSeenAt: at });
  }

  /** As with minutes, the writer has nothing unwritten before, and remembers nothing after. */
  async #write(): Promise<void> {
    const { db, dialect, writer } = this.#parts;
    await writer.write([]);
    // Retention may have come meanwhile, and taken rows along.
    if (this.#day < (await repairableSince(db, this.#tenantId))) return;
    for (const rows of await this.#scan.rest(db)) for (const row of rows) this.#take(row);
    const rows = [...this.#keys].flatMap(([keyId, callers]) =>
      [...callers.values()].map(({ secretId, ip, userAgent, total, lastSeenAt }) => [
        keyId,
        this.#day,
        secretId,
        ip,
        userAgent,
        total,
        lastSeenAt,
      ]),
    );
    await db.transaction().execute(async (tx) => {
      await tx
        .deleteFrom('usage_callers')
        .where('day', '=', this.#day)
        .where('key_id', 'in', keysAt(this.#places))
        .execute();
      await insertRows(tx, dialect, callerInsert, rows);
    });
    writer.forgetState();
  }
}

function count(caller: Caller, at: number): void {
  caller.total++;
  caller.lastSeenAt = Math.max(caller.lastSeenAt, at);
}
