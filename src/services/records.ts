import type { IdPrefix } from '../core/id.ts';
import { type JsonObject, mergePatch } from '../core/merge-patch.ts';
import { toTimestamp } from '../core/timestamp.ts';
import { isEventType } from '../core/webhook-events.ts';
import { notFound } from '../errors.ts';
import {
  deleteRecord,
  findRecord,
  findRecords,
  insertRecord,
  lockRecord,
  type RecordFilter,
  type RecordRow,
  type RecordTable,
  updateRecord,
} from '../store/records.ts';
import type { RecordColumns } from '../store/schema.ts';
import { type App, type Context, change, reader, type Unit } from './app.ts';
import { recordChange } from './audit.ts';
import { withinCustomers } from './customer-bounds.ts';
import { changedFields, publishEvent } from './events.ts';
import { differenceOf, toColumns, toFields } from './fields.ts';
import { cutPage, type Page, type PageAsk, readCursor } from './page.ts';
import { checkPrecondition } from './precondition.ts';

/** As the services speak of a record: camelCase, times in epoch ms, what is stored as JSON parsed. */
export interface StoredRecord {
  readonly id: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What tells kinds of records apart. All of them have the same five operations, audit entries and bounds. */
export interface RecordKind<T extends RecordTable> {
  readonly table: T;
  readonly prefix: IdPrefix;
  readonly noun: string;
  /** Which column says whose the record is; null: such records belong to no customer. */
  readonly customer: 'id' | 'customer_id' | null;
  /** Columns that hold JSON. */
  readonly json: readonly string[];
  /** What is looked through for a text. */
  readonly searched: readonly string[];
  /** About people, or long: audit entries, which are kept for ever, say only that it changed. */
  readonly personal: readonly string[];
  /** What comes by the thousand and is never changed leaves no audit entries. */
  readonly isAudited?: false;
  /** As the contract shows it, besides its times: what events of the kind tell. Without it there are none. */
  show?(record: StoredRecord, app: App): object;
}

interface RecordEvent {
  readonly before?: StoredRecord;
  readonly after: StoredRecord;
  readonly details?: object | undefined;
}

/** Tells of what happened to a record, where it is an event. */
async function publishRecord(
  app: App,
  ctx: Context,
  unit: Unit,
  kind: RecordKind<RecordTable>,
  action: string,
  { before, after, details }: RecordEvent,
): Promise<void> {
  if (!kind.show || !isEventType(action) || !action.startsWith(`${kind.noun}.`)) return;
  const show = (record: StoredRecord) => ({
    ...kind.show!(record, app),
    createdAt: toTimestamp(record.createdAt),
    updatedAt: toTimestamp(record.updatedAt),
  });
  await publishEvent(app, ctx, unit, action, () => ({
    ...show(after),
    ...(before ? { changed: changedFields(show(before), show(after)) } : {}),
    ...details,
  }));
}

export interface Precondition {
  readonly ifMatch: string | undefined;
  readonly tagOf: (row: { readonly id: string; readonly version: number }) => string;
}

export function recordOf<T extends RecordTable, R extends StoredRecord>(
  kind: RecordKind<T>,
  row: RecordRow<T>,
): R {
  const fields = toFields(row) as Record<string, unknown>;
  for (const name of kind.json) fields[name] = JSON.parse(fields[name] as string);
  delete fields.searchText;
  return fields as unknown as R;
}

function columnsOf(kind: RecordKind<RecordTable>, fields: object): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    kind.json.includes(name) ? JSON.stringify(value) : value,
  ]);
  return toColumns(Object.fromEntries(entries));
}

function searchTextOf({ searched }: RecordKind<RecordTable>, fields: object): { search_text?: string } {
  const values = fields as Readonly<Record<string, unknown>>;
  if (searched.length === 0) return {};
  return {
    search_text: searched
      .map((name) => values[name] ?? '')
      .join('\n')
      .toLowerCase(),
  };
}

function audited({ personal }: RecordKind<RecordTable>, fields: object): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    personal.includes(name) && value !== null ? '[not recorded]' : value,
  ]);
  return Object.fromEntries(entries);
}

export async function getRecord<T extends RecordTable, R extends StoredRecord>(
  app: App,
  ctx: Context,
  kind: RecordKind<T>,
  id: string,
): Promise<R> {
  const bounds = withinCustomers(ctx, kind.customer);
  const row = await findRecord(reader(app, ctx), kind.table, ctx, id, bounds);
  if (row === undefined) throw notFound(kind.noun);
  return recordOf(kind, row);
}

export interface RecordAsk extends PageAsk {
  readonly q?: string;
}

export async function listRecords<T extends RecordTable, R extends StoredRecord>(
  app: App,
  ctx: Context,
  kind: RecordKind<T>,
  ask: RecordAsk,
  filter: RecordFilter = () => [],
): Promise<Page<R>> {
  const bounds = withinCustomers(ctx, kind.customer);
  const page = {
    limit: ask.limit + 1,
    before: readCursor(kind.prefix, ask.cursor),
    text: ask.q?.toLowerCase(),
  };
  const both: RecordFilter = (e) => [...bounds(e), ...filter(e)];
  const rows = await findRecords(reader(app, ctx), kind.table, ctx, both, page);
  const { kept, nextCursor } = cutPage(rows, ask.limit, (row) => (row as RecordColumns).id);
  return { items: kept.map((row) => recordOf<T, R>(kind, row)), nextCursor };
}

/** Makes the record in the open transaction. null: one of its unique values is taken. */
export async function addRecord<T extends RecordTable, R extends StoredRecord>(
  app: App,
  ctx: Context,
  unit: Unit,
  kind: RecordKind<T>,
  fields: object,
): Promise<R | null> {
  const now = app.clock.wallMs();
  const row = {
    id: app.newId(kind.prefix),
    tenant_id: ctx.tenantId,
    environment: ctx.environment,
    ...columnsOf(kind, fields),
    ...searchTextOf(kind, fields),
    created_at: now,
    updated_at: now,
    version: 1,
  } as unknown as RecordRow<T>;
  if (!(await insertRecord(unit.tx, kind.table, row))) return null;
  if (kind.isAudited === false) return recordOf(kind, row);
  const { id } = row as RecordColumns;
  await recordChange(app, ctx, unit, {
    action: `${kind.noun}.created`,
    targetId: id,
    after: audited(kind, fields),
  });
  const record = recordOf<T, R>(kind, row);
  await publishRecord(app, ctx, unit, kind, `${kind.noun}.created`, { after: record });
  return record;
}

export interface RecordPatch<R extends StoredRecord> {
  readonly precondition?: Precondition;
  /** Past tense, where it is not an update like any other. */
  readonly action?: string;
  /** What the event says, besides the record. */
  readonly details?: object | undefined;
  /** Refuses by throwing what the record would become. */
  readonly allow?: (unit: Unit, after: R) => Promise<void>;
}

/** The record, locked until the transaction ends, if it is still what the caller read. */
export async function lockExpected<T extends RecordTable, R extends StoredRecord>(
  app: App,
  ctx: Context,
  unit: Unit,
  kind: RecordKind<T>,
  id: string,
  precondition?: Precondition,
): Promise<R> {
  const bounds = withinCustomers(ctx, kind.customer);
  const row = await lockRecord(unit.tx, app.database.dialect, kind.table, ctx, id, bounds);
  if (row === undefined) throw notFound(kind.noun);
  const record = recordOf<T, R>(kind, row);
  if (precondition) checkPrecondition(precondition.ifMatch, precondition.tagOf(record));
  return record;
}

/** JSON members are merged at every depth (RFC 7396); what comes out equal is no change. */
function mergedFields(kind: RecordKind<RecordTable>, current: object, patch: object): object {
  const now = current as JsonObject;
  const entries = Object.entries(patch).map(([name, value]) => {
    if (value === undefined || !kind.json.includes(name)) return [name, value];
    const isWhole = Array.isArray(value) || value === null;
    const merged = isWhole ? value : mergePatch((now[name] ?? {}) as JsonObject, value as JsonObject);
    return [name, JSON.stringify(merged) === JSON.stringify(now[name]) ? undefined : merged];
  });
  return Object.fromEntries(entries);
}

/** Applies a merge patch; one that changes nothing leaves no trace. */
export async function patchRecord<T extends RecordTable, R extends StoredRecord>(
  app: App,
  ctx: Context,
  kind: RecordKind<T>,
  id: string,
  patch: object | ((record: R) => object),
  options: RecordPatch<R> = {},
): Promise<R> {
  return change(app, ctx, async (unit) => {
    const record = await lockExpected<T, R>(app, ctx, unit, kind, id, options.precondition);
    const wanted = typeof patch === 'function' ? (patch as (record: R) => object)(record) : patch;
    const { before, after } = differenceOf(record, mergedFields(kind, record, wanted));
    if (Object.keys(after).length === 0) return record;
    const updatedAt = app.clock.wallMs();
    const changed = { ...record, ...after, updatedAt, version: record.version + 1 };
    await options.allow?.(unit, changed);
    const action = options.action ?? `${kind.noun}.updated`;
    const isFound = kind.searched.some((name) => name in after);
    await updateRecord(unit.tx, kind.table, id, {
      ...columnsOf(kind, after),
      ...(isFound ? searchTextOf(kind, changed) : {}),
      updated_at: updatedAt,
    });
    await recordChange(app, ctx, unit, {
      action,
      targetId: id,
      before: audited(kind, before),
      after: audited(kind, after),
    });
    const { details } = options;
    await publishRecord(app, ctx, unit, kind, action, { before: record, after: changed, details });
    return changed;
  });
}

export interface RecordRemoval<R extends StoredRecord> {
  readonly precondition?: Precondition;
  /** Refuses by throwing; or does what must happen before the record goes. */
  readonly allow?: (unit: Unit, record: R) => Promise<void>;
}

export async function removeRecord<T extends RecordTable, R extends StoredRecord>(
  app: App,
  ctx: Context,
  kind: RecordKind<T>,
  id: string,
  options: RecordRemoval<R> = {},
): Promise<void> {
  await change(app, ctx, async (unit) => {
    const record = await lockExpected<T, R>(app, ctx, unit, kind, id, options.precondition);
    await options.allow?.(unit, record);
    await deleteRecord(unit.tx, kind.table, id);
    const { id: _id, version: _version, ...fields } = record;
    await recordChange(app, ctx, unit, {
      action: `${kind.noun}.deleted`,
      targetId: id,
      before: audited(kind, fields),
    });
    await publishRecord(app, ctx, unit, kind, `${kind.noun}.deleted`, { after: record });
  });
}
