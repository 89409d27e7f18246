import { type Selectable, sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';
import { prepared } from './prepared.ts';
import type { KeyTable, SignalTable } from './schema.ts';

export type SignalRow = Selectable<SignalTable>;

const keyColumns = [
  'id',
  'name',
  'scopes',
  'is_active',
  'ends_at',
  'expires_at',
  'created_at',
  'last_used_at',
  'per_minute',
  'burst',
  'per_day',
] as const;

/** What the conditions of alerts are judged by. */
export interface WatchedRow extends Pick<KeyTable, (typeof keyColumns)[number]> {
  /** null: it has no secret that goes on. */
  readonly secret_created_at: number | null;
  /** Units of the day in question. */
  readonly used: number;
}

interface KeysAsk {
  readonly tenantId: string;
  readonly environment: string;
  readonly day: number;
  readonly before?: string;
  readonly limit: number;
}

function usedOn(db: Db, day: number) {
  return db
    .selectFrom('keys')
    .leftJoin('day_counters', (join) =>
      join.onRef('day_counters.limit_group', '=', 'keys.limit_group').on('day_counters.day', '=', day),
    )
    .select(sql<number>`coalesce(day_counters.used, 0)`.as('used'));
}

const watchedPage = prepared((db, ask: KeysAsk) => {
  const page = usedOn(db, ask.day)
    .select(keyColumns.map((column) => `keys.${column}` as const))
    .select((eb) =>
      eb
        .selectFrom('secrets')
        .select((e) => e.fn.max('secrets.created_at').as('at'))
        .whereRef('secrets.key_id', '=', 'keys.id')
        .where('secrets.ends_at', 'is', null)
        .as('secret_created_at'),
    )
    .where('keys.tenant_id', '=', ask.tenantId)
    .where('keys.environment', '=', ask.environment)
    .orderBy('keys.id', 'desc')
    .limit(ask.limit);
  return ask.before === undefined ? page : page.where('keys.id', '<', ask.before);
});

/** Keys of a place, newest first, at most `limit`, older than the key `before`. */
export function watchedKeys(
  db: Db,
  { tenantId, environment }: Place,
  page: { readonly day: number; readonly before: string | undefined; readonly limit: number },
): Promise<WatchedRow[]> {
  return watchedPage(db, { tenantId, environment, ...page } as KeysAsk) as Promise<WatchedRow[]>;
}

export interface LimitedRow
  extends Pick<
    KeyTable,
    | 'id'
    | 'tenant_id'
    | 'environment'
    | 'name'
    | 'is_active'
    | 'ends_at'
    | 'expires_at'
    | 'per_minute'
    | 'burst'
    | 'per_day'
  > {
  readonly used: number;
}

/** Those of the keys that are still there, with what they used on the day. */
export function limitedKeys(
  db: Db,
  dialect: Dialect,
  ids: readonly string[],
  day: number,
): Promise<LimitedRow[]> {
  return usedOn(db, day)
    .select([
      'keys.id',
      'keys.tenant_id',
      'keys.environment',
      'keys.name',
      'keys.is_active',
      'keys.ends_at',
      'keys.expires_at',
      'keys.per_minute',
      'keys.burst',
      'keys.per_day',
    ])
    .where(sql<boolean>`keys.id in ${dialect.listOf(ids)}`)
    .execute();
}

/** Keys of these limit groups that have used at least this share of their day. */
export async function busyKeys(
  db: Db,
  dialect: Dialect,
  groups: readonly string[],
  day: number,
  percent: number,
): Promise<string[]> {
  // As decimals: the product of two integers does not fit into one of PostgreSQL's.
  const isBusy = sql<boolean>`day_counters.used * 100.0 >= keys.per_day * 1.0 * ${sql.lit(percent)}`;
  const own = usedOn(db, day)
    .select('keys.id')
    .where(sql<boolean>`keys.id in ${dialect.listOf(groups)}`)
    .where(isBusy);
  const heirs = usedOn(db, day)
    .select('keys.id')
    .where(sql<boolean>`keys.limit_group in ${dialect.listOf(groups)}`)
    .whereRef('keys.limit_group', '<>', 'keys.id')
    .where(isBusy);
  const rows = await own.unionAll(heirs).execute();
  return rows.map(({ id }) => id);
}

/** Keys with an open signal about their limits, after `after` in the order of ids, each once. */
export async function keysWithLimitSignals(db: Db, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('signals')
    .select('key_id')
    .distinct()
    .where(sql<boolean>`code in ('day_limit_near', 'limit_reached')`)
    .where('key_id', '>', after)
    .orderBy('key_id')
    .limit(limit)
    .execute();
  return rows.map(({ key_id }) => key_id);
}

/** Signals of the place whose keys lie between: `from` included, `before` not. */
export function signalsBetween(
  db: Db,
  { tenantId, environment }: Place,
  from: string | undefined,
  before: string | undefined,
): Promise<SignalRow[]> {
  let query = db
    .selectFrom('signals')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where(sql<boolean>`code not in ('day_limit_near', 'limit_reached')`);
  if (from !== undefined) query = query.where('key_id', '>=', from);
  if (before !== undefined) query = query.where('key_id', '<', before);
  return query.execute();
}

/** Signals about the limits of these keys. */
export function limitSignals(db: Db, dialect: Dialect, keyIds: readonly string[]): Promise<SignalRow[]> {
  return db
    .selectFrom('signals')
    .selectAll()
    .where(sql<boolean>`code in ('day_limit_near', 'limit_reached')`)
    .where(sql<boolean>`key_id in ${dialect.listOf(keyIds)}`)
    .execute();
}

/** Whether it was not there yet: each is raised once. */
export async function insertSignal(tx: Tx, row: SignalRow): Promise<boolean> {
  const result = await tx
    .insertInto('signals')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows) === 1;
}

function one(row: SignalRow) {
  return sql<boolean>`tenant_id = ${row.tenant_id} and environment = ${row.environment}
    and key_id = ${row.key_id} and alert_id = ${row.alert_id} and code = ${row.code}`;
}

/** Whether it was still there: each ends once. */
export async function deleteSignal(tx: Tx, row: SignalRow): Promise<boolean> {
  const result = await tx.deleteFrom('signals').where(one(row)).executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

export async function setClearSince(tx: Tx, row: SignalRow, clearSince: number | null): Promise<void> {
  await tx.updateTable('signals').set({ clear_since: clearSince }).where(one(row)).execute();
}

export interface SignalPage {
  readonly limit: number;
  readonly code: string | undefined;
  readonly keyId: string | undefined;
  /** The last one of the page before. */
  readonly after: { readonly keyId: string; readonly code: string } | undefined;
  /** Without those of personal keys of others than this person. */
  readonly visibleTo: string | undefined;
}

/** What is so in the place by the tenant's own settings: of the newest keys first. */
export function openSignals(
  db: Db,
  { tenantId, environment }: Place,
  { limit, code, keyId, after, visibleTo }: SignalPage,
): Promise<SignalRow[]> {
  let query = db
    .selectFrom('signals')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('alert_id', '=', '')
    .orderBy('key_id', 'desc')
    .orderBy('code')
    .limit(limit);
  if (code !== undefined) query = query.where('code', '=', code);
  if (keyId !== undefined) query = query.where('key_id', '=', keyId);
  if (visibleTo !== undefined)
    query = query.where((e) =>
      e.exists(
        e
          .selectFrom('keys')
          .select('keys.id')
          .whereRef('keys.id', '=', 'signals.key_id')
          .where((k) => k.or([k('owner', '=', 'tenant'), k('owner_user_id', '=', visibleTo)])),
      ),
    );
  if (after !== undefined) {
    query = query.where((e) =>
      e.or([
        e('key_id', '<', after.keyId),
        e.and([e('key_id', '=', after.keyId), e('code', '>', after.code)]),
      ]),
    );
  }
  return query.execute();
}
