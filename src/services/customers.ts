import { AppError, invalid } from '../errors.ts';
import { countContactsOf } from '../store/contacts.ts';
import { countConversations } from '../store/conversations.ts';
import { customerByEmail, existingCustomers, keysOfCustomer } from '../store/customers.ts';
import type { Db } from '../store/database.ts';
import { countLicenses } from '../store/licenses.ts';
import { countTelemetryOf } from '../store/telemetry-records.ts';
import { type App, type Context, change, type Unit } from './app.ts';
import { customersOf, requireAllCustomers } from './customer-bounds.ts';
import {
  addRecord,
  getRecord,
  listRecords,
  type Precondition,
  patchRecord,
  type RecordAsk,
  type RecordKind,
  removeRecord,
  type StoredRecord,
} from './records.ts';

export interface Customer extends StoredRecord {
  readonly name: string;
  /** Normalised; null once the customer is anonymised. */
  readonly email: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly anonymizedAt: number | null;
}

export interface CustomerInput {
  readonly name: string;
  readonly email: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface CustomerQuery extends RecordAsk {
  readonly email?: string;
}

const kind: RecordKind<'customers'> = {
  table: 'customers',
  prefix: 'cus',
  noun: 'customer',
  customer: 'id',
  json: ['metadata'],
  searched: ['name', 'email'],
  personal: ['name', 'email', 'metadata'],
};

/** What may belong to a customer, and what people call it. */
interface Reference {
  readonly one: string;
  readonly many: string;
  count(db: Db, customerId: string): Promise<number>;
}

const references: readonly Reference[] = [
  {
    one: 'API key',
    many: 'API keys',
    count: async (db, customerId) => (await keysOfCustomer(db, customerId)).length,
  },
  { one: 'contact', many: 'contacts', count: countContactsOf },
  { one: 'licence', many: 'licences', count: (db, id) => countLicenses(db, 'customer_id', id) },
  {
    one: 'conversation',
    many: 'conversations',
    count: (db, id) => countConversations(db, 'customer_id', id),
  },
  { one: 'telemetry record', many: 'telemetry records', count: countTelemetryOf },
];

async function taken(ctx: Context, db: Db, email: string | null, self?: string) {
  const existingId = email === null ? null : await customerByEmail(db, ctx, email);
  if (existingId === null || existingId === self) return null;
  // Who is bound to certain customers learns nothing of others.
  const members = customersOf(ctx) === null ? { existingId } : {};
  return new AppError('conflict', `Another customer has the e-mail address ${email}.`, { members });
}

export function listCustomers(app: App, ctx: Context, { email, ...ask }: CustomerQuery) {
  return listRecords<'customers', Customer>(app, ctx, kind, ask, (e) =>
    email === undefined ? [] : [e('email', '=', email)],
  );
}

export function getCustomer(app: App, ctx: Context, id: string): Promise<Customer> {
  return getRecord(app, ctx, kind, id);
}

export async function createCustomer(app: App, ctx: Context, input: CustomerInput): Promise<Customer> {
  requireAllCustomers(ctx, 'a new one');
  return change(app, ctx, async (unit) => {
    const fields = { ...input, anonymizedAt: null };
    const customer = await addRecord<'customers', Customer>(app, ctx, unit, kind, fields);
    if (customer === null) throw (await taken(ctx, unit.tx, input.email))!;
    return customer;
  });
}

export function patchCustomer(
  app: App,
  ctx: Context,
  id: string,
  patch: Partial<CustomerInput>,
  precondition?: Precondition,
): Promise<Customer> {
  return patchRecord<'customers', Customer>(app, ctx, kind, id, patch, {
    precondition,
    allow: async (unit, { email }) => {
      const refusal = await taken(ctx, unit.tx, email, id);
      if (refusal) throw refusal;
    },
  });
}

async function refuseWhileReferred(unit: Unit, customerId: string): Promise<void> {
  const counts: string[] = [];
  for (const { one, many, count } of references) {
    const found = await count(unit.tx, customerId);
    if (found > 0) counts.push(`${found} ${found === 1 ? one : many}`);
  }
  if (counts.length === 0) return;
  throw new AppError(
    'conflict',
    `This customer still has ${counts.join(', ')}. Delete them first, or anonymise the customer.`,
  );
}

export function deleteCustomer(
  app: App,
  ctx: Context,
  id: string,
  precondition?: Precondition,
): Promise<void> {
  return removeRecord<'customers', Customer>(app, ctx, kind, id, {
    precondition,
    allow: (unit) => refuseWhileReferred(unit, id),
  });
}

/** Forgets who the customer is, for ever; what belongs to the customer stays. Again, it changes nothing. */
export async function anonymizeCustomer(app: App, ctx: Context, id: string): Promise<Customer> {
  const forget = ({ anonymizedAt, metadata }: Customer) =>
    anonymizedAt === null
      ? {
          name: 'Anonymised customer',
          email: null,
          metadata: Object.fromEntries(Object.keys(metadata).map((name) => [name, null])),
          anonymizedAt: app.clock.wallMs(),
        }
      : {};
  return patchRecord<'customers', Customer>(app, ctx, kind, id, forget, { action: 'customer.anonymized' });
}

/** 400 where one of them does not exist. `path` names the member that named them. */
export async function requireCustomersExist(
  ctx: Context,
  unit: Unit,
  ids: readonly string[],
  path: string,
): Promise<void> {
  const found = await existingCustomers(unit.tx, ctx, ids);
  const missing = ids.filter((id) => !found.has(id));
  const errors = missing.map((id) => ({ path, message: `there is no customer ${id}` }));
  if (errors.length > 0) throw invalid(...errors);
}
