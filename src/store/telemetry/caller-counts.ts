import type { LoggedKey } from '../../telemetry/record.ts';
import { type BulkInsert, insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import type { TelemetryDb } from './log-writer.ts';

export const DAY_MS = 86_400_000;

/** Callers of a key told apart on one day; what comes after them is counted as one. */
export const MAX_CALLERS = 200;
/** Stands for both address and user agent of the rest. */
export const OTHER_CALLERS = 'other';

export const callerInsert: BulkInsert = {
  table: 'usage_callers',
  columns: ['key_id', 'day', 'secret_id', 'ip', 'user_agent', 'total', 'last_seen_at'],
  onConflict: `(key_id, day, secret_id, ip, user_agent) do update set
    total = usage_callers.total + excluded.total,
    last_seen_at = case when excluded.last_seen_at > usage_callers.last_seen_at
      then excluded.last_seen_at else usage_callers.last_seen_at end`,
};

const maxKeyDays = 20_000;
const maxInQuery = 500;

interface Caller {
  readonly keyId: string;
  readonly day: number;
  readonly secretId: string;
  readonly ip: string;
  readonly userAgent: string;
  total: number;
  lastSeenAt: number;
}

/** Who used which secret of a key, by day. */
export class CallerCounts {
  /** Key and day → the callers that have a row, as far as they are known. */
  readonly #known = new Map<string, Set<string>>();
  #pending = new Map<string, Caller>();

  /** `ref` stands for the secret: a number is quicker to join than its id. */
  add(
    { keyId, secretId }: Pick<LoggedKey, 'keyId' | 'secretId'>,
    ref: number,
    at: number,
    ip: string,
    userAgent: string,
  ): void {
    const day = Math.floor(at / DAY_MS) * DAY_MS;
    const name = `${ref} ${day} ${ip} ${userAgent}`;
    const caller = this.#pending.get(name);
    if (caller === undefined) {
      this.#pending.set(name, { keyId, day, secretId, ip, userAgent, total: 1, lastSeenAt: at });
      return;
    }
    caller.total++;
    caller.lastSeenAt = Math.max(caller.lastSeenAt, at);
  }

  async save(tx: TelemetryDb, dialect: Dialect): Promise<void> {
    const pending = [...this.#pending.values()];
    this.#pending = new Map();
    if (this.#known.size > maxKeyDays) this.#known.clear();
    await this.#recall(tx, pending);
    const merged = new Map<string, Caller>();
    for (const caller of pending) {
      const named = this.#isToldApart(caller) ? caller : { ...caller, ip: OTHER_CALLERS, userAgent: '' };
      const name = `${keyDayOf(named)} ${callerOf(named)}`;
      const same = merged.get(name);
      if (same === undefined) merged.set(name, named);
      else {
        same.total += named.total;
        same.lastSeenAt = Math.max(same.lastSeenAt, named.lastSeenAt);
      }
    }
    const rows = [...merged.values()].map((caller) => [
      caller.keyId,
      caller.day,
      caller.secretId,
      caller.ip,
      caller.userAgent,
      caller.total,
      caller.lastSeenAt,
    ]);
    await insertRows(tx, dialect, callerInsert, rows);
  }

  #isToldApart(caller: Caller): boolean {
    const known = this.#known.get(keyDayOf(caller))!;
    const name = callerOf(caller);
    if (known.has(name)) return true;
    if (known.size >= MAX_CALLERS) return false;
    known.add(name);
    return true;
  }

  /** Reads the callers of keys and days that are new to this process. */
  async #recall(tx: TelemetryDb, callers: readonly Caller[]): Promise<void> {
    const unknown = callers.filter((caller) => {
      const name = keyDayOf(caller);
      if (this.#known.has(name)) return false;
      this.#known.set(name, new Set());
      return true;
    });
    for (const [day, ofDay] of Map.groupBy(unknown, (caller) => caller.day)) {
      for (let i = 0; i < ofDay.length; i += maxInQuery) {
        const rows = await tx
          .selectFrom('usage_callers')
          .select(['key_id', 'secret_id', 'ip', 'user_agent'])
          .where('day', '=', day)
          .where(
            'key_id',
            'in',
            ofDay.slice(i, i + maxInQuery).map(({ keyId }) => keyId),
          )
          .execute();
        for (const { key_id: keyId, secret_id: secretId, ip, user_agent: userAgent } of rows) {
          if (ip !== OTHER_CALLERS)
            this.#known.get(keyDayOf({ keyId, day }))!.add(callerOf({ secretId, ip, userAgent }));
        }
      }
    }
  }
}

function keyDayOf({ keyId, day }: Pick<Caller, 'keyId' | 'day'>): string {
  return `${day} ${keyId}`;
}

function callerOf({ secretId, ip, userAgent }: Pick<Caller, 'secretId' | 'ip' | 'userAgent'>): string {
  return `${secretId} ${ip} ${userAgent}`;
}
