import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { AuditRow } from '../core/audit-chain.ts';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';

export interface AuditFilters {
  readonly targetId?: string;
  readonly actorId?: string;
  readonly action?: string;
  readonly environment?: string;
  /** Epoch ms; the first counts, the second does not. */
  readonly from?: number;
  readonly to?: number;
}

/** An entry's place in the list: newest first, and at the same time the later in the chain. */
export interface AuditPlace {
  readonly at: number;
  readonly seq: number;
}

export interface AuditListOptions {
  readonly limit: number;
  readonly before?: AuditPlace | undefined;
}

type Entries = SelectQueryBuilder<Schema, 'audit_entries', object>;

/** What an index finds, mostly the rarest first. */
const filterColumns = [
  ['targetId', 'target_id'],
  ['actorId', 'actor_id'],
  ['action', 'action'],
  ['environment', 'environment'],
] as const;

interface Condition {
  readonly column: (typeof filterColumns)[number][1];
  readonly value: string;
}

const few = 1_000;
const firstStep = 500;
const largestStep = 4_000;

function place({ at, seq }: AuditPlace): RawBuilder<unknown> {
  return sql`(${at}, ${seq})`;
}

/** Entries that the index of one filter has in order. */
function entriesWith(db: Db, tenantId: string, filters: AuditFilters, driver?: Condition): Entries {
  let query = db.selectFrom('audit_entries').where('tenant_id', '=', tenantId);
  if (driver) query = query.where(driver.column, '=', driver.value);
  if (filters.from !== undefined) query = query.where('at', '>=', filters.from);
  if (filters.to !== undefined) query = query.where('at', '<', filters.to);
  return query;
}

function olderThan(query: Entries, before: AuditPlace | undefined): Entries {
  if (before === undefined) return query;
  // The plain comparison is the one that both databases take an index for, beside a condition on the time asked for.
  return query.where('at', '<=', before.at).where(sql<boolean>`(at, seq) < ${place(before)}`);
}

function newestFirst<O>(query: SelectQueryBuilder<Schema, 'audit_entries', O>) {
  return query.orderBy('at', 'desc').orderBy('seq', 'desc');
}

/** As an expression, so that neither database takes an index for it in the place of the driver's. */
function isSo({ column, value }: Condition): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} || '' = ${value}`;
}

/** The filter to go by: one that few entries fit, or else the first. */
async function chooseDriver(db: Db, tenantId: string, filters: AuditFilters, given: readonly Condition[]) {
  if (given.length < 2) return given[0];
  for (const condition of given) {
    const query = newestFirst(entriesWith(db, tenantId, filters, condition).select('seq'));
    if ((await query.offset(few).limit(1).executeTakeFirst()) === undefined) return condition;
  }
  return given[0];
}

/** Newest first. However rarely filters meet, nobody else waits long for their turn. */
export async function listAuditEntries(
  db: Db,
  tenantId: string,
  filters: AuditFilters,
  { limit, before }: AuditListOptions,
): Promise<AuditRow[]> {
  const given = filterColumns.flatMap(([name, column]) =>
    filters[name] === undefined ? [] : [{ column, value: filters[name] }],
  );
  const driver = await chooseDriver(db, tenantId, filters, given);
  const others = given.filter((condition) => condition !== driver).map(isSo);
  const entries = entriesWith(db, tenantId, filters, driver);
  const rows: AuditRow[] = [];
  let from = before;
  for (let size = Math.max(firstStep, limit); ; size = Math.min(size * 2, largestStep)) {
    const older = olderThan(entries, from);
    const last: AuditPlace | undefined =
      others.length === 0
        ? undefined
        : await newestFirst(older.select(['at', 'seq']))
            .offset(size - 1)
            .limit(1)
            .executeTakeFirst();
    let page = older;
    for (const other of others) page = page.where(other);
    if (last) page = page.where('at', '>=', last.at).where(sql<boolean>`(at, seq) >= ${place(last)}`);
    rows.push(
      ...(await newestFirst(page.selectAll())
        .limit(limit - rows.length)
        .execute()),
    );
    if (last === undefined || rows.length >= limit) return rows;
    from = last;
    await nextTurn();
  }
}

export interface ChainRange {
  readonly first: number;
  readonly last: number;
}

const rangeStep = 20_000;

/** From the first to the last entry of a time, by their numbers: clocks go back at times, numbers never. */
export async function rangeOfTime(
  db: Db,
  tenantId: string,
  times: Pick<AuditFilters, 'from' | 'to'>,
): Promise<ChainRange | null> {
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  let after: AuditPlace | undefined;
  for (;;) {
    let entries = entriesWith(db, tenantId, after ? { ...times, from: after.at } : times);
    if (after) entries = entries.where(sql<boolean>`(at, seq) > ${place(after)}`);
    const end = await entries
      .select(['at', 'seq'])
      .orderBy('at')
      .orderBy('seq')
      .offset(rangeStep - 1)
      .limit(1)
      .executeTakeFirst();
    if (end) entries = entries.where('at', '<=', end.at).where(sql<boolean>`(at, seq) <= ${place(end)}`);
    const found = await entries
      .select([sql<number | null>`min(seq)`.as('first'), sql<number | null>`max(seq)`.as('last')])
      .executeTakeFirstOrThrow();
    first = Math.min(first, found.first ?? Number.POSITIVE_INFINITY);
    last = Math.max(last, found.last ?? 0);
    if (end === undefined) return last === 0 ? null : { first, last };
    after = end;
    await nextTurn();
  }
}

/** The entries of a stretch of the chain in its order, of one environment where it is named. */
export function readStretch(
  db: Db,
  tenantId: string,
  { first, last }: ChainRange,
  environment: string | null,
): Promise<AuditRow[]> {
  let query = db
    .selectFrom('audit_entries')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('seq', '>=', first)
    .where('seq', '<=', last);
  if (environment !== null) query = query.where(isSo({ column: 'environment', value: environment }));
  return query.orderBy('seq').execute();
}

/** How many entries a tenant's chain has, and the hash of the last. */
export async function chainEnd(db: Db, tenantId: string) {
  const query = db.selectFrom('audit_heads').select(['seq', 'hash']).where('tenant_id', '=', tenantId);
  return (await query.executeTakeFirst()) ?? null;
}
