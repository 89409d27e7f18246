import { containsSecret } from '../core/secret.ts';
import { readTelemetry, type TelemetryType } from '../core/telemetry-record.ts';
import { AppError, invalid } from '../errors.ts';
import { existingCustomers } from '../store/customers.ts';
import { countTelemetry, type TelemetryTotals, telemetryTotals } from '../store/telemetry-records.ts';
import { type App, type Context, change, reader, type Unit } from './app.ts';
import { customerFor, customersOf, requireCustomer } from './customer-bounds.ts';
import { getLicense } from './licenses.ts';
import {
  addRecord,
  getRecord,
  listRecords,
  type RecordAsk,
  type RecordKind,
  type StoredRecord,
} from './records.ts';

const dayMs = 86_400_000;

export interface Telemetry extends StoredRecord {
  readonly customerId: string | null;
  readonly licenseId: string | null;
  readonly groupName: string | null;
  readonly type: TelemetryType | null;
  readonly name: string | null;
  readonly value: unknown;
  readonly isFlagged: number;
  readonly flagReason: string | null;
}

export interface TelemetryQuery extends Omit<RecordAsk, 'q'> {
  readonly group?: string;
  readonly type?: TelemetryType;
  readonly name?: string;
  readonly customerId?: string;
  readonly licenseId?: string;
  readonly flagged?: boolean;
  readonly from?: number;
  readonly to?: number;
}

const kind: RecordKind<'telemetry_records'> = {
  table: 'telemetry_records',
  prefix: 'tel',
  noun: 'telemetry record',
  customer: 'customer_id',
  json: ['value'],
  searched: [],
  personal: [],
  isAudited: false,
};

interface Owner {
  readonly customerId: string | null;
  readonly licenseId: string | null;
  readonly problems: readonly string[];
}

async function licenseNamed(app: App, ctx: Context, unit: Unit, id: unknown) {
  if (typeof id !== 'string') return null;
  return getLicense(app, { ...ctx, unit }, id).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') return null;
    throw error;
  });
}

/** Whose a record is. What names a customer or licence that does not exist belongs to nobody, and is flagged. */
async function ownerOf(
  app: App,
  ctx: Context,
  unit: Unit,
  given: Readonly<Record<string, unknown>>,
): Promise<Owner> {
  const { customerId: asked, licenseId } = given;
  const license = await licenseNamed(app, ctx, unit, licenseId);
  const problems = licenseId != null && license === null ? ['there is no such licence'] : [];
  const owner = { licenseId: license?.id ?? null, problems };
  if (asked == null) return { ...owner, customerId: license?.customerId ?? customerFor(ctx, undefined) };
  if (typeof asked === 'string') {
    requireCustomer(ctx, asked);
    if ((await existingCustomers(unit.tx, ctx, [asked])).has(asked)) return { ...owner, customerId: asked };
  }
  const bounds = customersOf(ctx);
  const problem = 'there is no such customer';
  return {
    ...owner,
    customerId: bounds ? customerFor(ctx, undefined) : null,
    problems: [...problems, problem],
  };
}

/** Stores what was sent, whatever it is: a machine cannot mend it. What is malformed is flagged. */
export async function sendTelemetry(
  app: App,
  ctx: Context,
  given: Readonly<Record<string, unknown>>,
): Promise<Telemetry> {
  if (containsSecret(JSON.stringify(given)))
    throw invalid({
      path: '',
      message: 'contains the text of a key. Treat that key as leaked and rotate it',
    });
  const { group, flagReason, ...record } = readTelemetry(given);
  return change(app, ctx, async (unit) => {
    const { customerId, licenseId, problems } = await ownerOf(app, ctx, unit, given);
    const reasons = [...(flagReason === null ? [] : [flagReason]), ...problems];
    const isFlagged = reasons.length > 0;
    const fields = {
      ...record,
      groupName: group,
      customerId,
      licenseId,
      isFlagged: isFlagged ? 1 : 0,
      flagReason: isFlagged ? reasons.join('; ') : null,
    };
    const stored = (await addRecord<'telemetry_records', Telemetry>(app, ctx, unit, kind, fields))!;
    const day = Math.floor(stored.createdAt / dayMs) * dayMs;
    const { tenantId, environment } = ctx;
    await countTelemetry(unit.tx, { tenantId, environment, day, group, customerId, isFlagged });
    return stored;
  });
}

export function getTelemetry(app: App, ctx: Context, id: string): Promise<Telemetry> {
  return getRecord(app, ctx, kind, id);
}

export function listTelemetry(app: App, ctx: Context, query: TelemetryQuery) {
  const { group, type, name, customerId, licenseId, flagged, from, to, ...ask } = query;
  const equal = { group_name: group, type, name, customer_id: customerId, license_id: licenseId };
  return listRecords<'telemetry_records', Telemetry>(app, ctx, kind, ask, (e) => [
    ...Object.entries(equal).flatMap(([column, value]) =>
      value === undefined ? [] : [e(column as keyof typeof equal, '=', value)],
    ),
    ...(flagged === undefined ? [] : [e('is_flagged', '=', flagged ? 1 : 0)]),
    ...(from === undefined ? [] : [e('created_at', '>=', from)]),
    ...(to === undefined ? [] : [e('created_at', '<', to)]),
  ]);
}

export interface TotalsQuery {
  readonly from?: number;
  readonly to?: number;
  readonly group?: string;
  readonly customerId?: string;
}

const defaultDays = 30;
const maxDays = 400;

export type { TelemetryCounts, TelemetryTotals } from '../store/telemetry-records.ts';

/** Of whole days in UTC, counted as records came: at most as old as asked, and exact. */
export async function totalTelemetry(app: App, ctx: Context, query: TotalsQuery): Promise<TelemetryTotals> {
  const now = app.clock.wallMs();
  const to = Math.floor((query.to ?? now) / dayMs) * dayMs;
  const from = Math.floor((query.from ?? to - (defaultDays - 1) * dayMs) / dayMs) * dayMs;
  if (from > to) throw invalid({ path: 'from', message: 'must not be after `to`' });
  if (to - from >= maxDays * dayMs)
    throw invalid({ path: 'from', message: `must be less than ${maxDays} days before \`to\`` });
  const bounds = customersOf(ctx);
  const named = query.customerId === undefined ? bounds : [query.customerId];
  const customers = bounds && named ? named.filter((id) => bounds.includes(id)) : named;
  if (customers?.length === 0) return { byDay: [], byGroup: [] };
  return telemetryTotals(reader(app, ctx), ctx, { from, to, group: query.group, customers });
}
