import { AppError, invalid } from '../errors.ts';
import { contactsByEmail, type KnownContact } from '../store/contacts.ts';
import { countConversations } from '../store/conversations.ts';
import { type App, type Context, change, type Unit } from './app.ts';
import { customerFor, customersOf, requireCustomer } from './customer-bounds.ts';
import { requireCustomersExist } from './customers.ts';
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

export interface Contact extends StoredRecord {
  readonly customerId: string | null;
  /** Normalised. */
  readonly email: string | null;
  readonly phone: string | null;
  readonly name: string | null;
  readonly customFields: Readonly<Record<string, unknown>>;
}

/** What is left out stays as it is where the contact is known; null clears. */
export interface ContactInput {
  readonly customerId?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly customFields?: Readonly<Record<string, unknown>> | undefined;
}

export interface ContactQuery extends RecordAsk {
  readonly email?: string;
  readonly phone?: string;
  readonly customerId?: string;
}

/** As the contract shows it, besides its times. */
export function presentContact({ id, customerId, email, phone, name, customFields }: Contact) {
  return { id, customerId, email, phone, name, customFields };
}

const kind: RecordKind<'contacts'> = {
  table: 'contacts',
  prefix: 'con',
  noun: 'contact',
  customer: 'customer_id',
  json: ['customFields'],
  searched: ['name', 'email', 'phone'],
  personal: ['name', 'email', 'phone', 'customFields'],
  show: presentContact,
};

export function listContacts(app: App, ctx: Context, { email, phone, customerId, ...ask }: ContactQuery) {
  return listRecords<'contacts', Contact>(app, ctx, kind, ask, (e) => {
    const given = { email, phone, customer_id: customerId };
    return Object.entries(given).flatMap(([column, value]) =>
      value === undefined ? [] : [e(column as keyof typeof given, '=', value)],
    );
  });
}

export function getContact(app: App, ctx: Context, id: string): Promise<Contact> {
  return getRecord(app, ctx, kind, id);
}

/** The contact that a POST with this address means; null: there is none yet. */
async function knownContact(ctx: Context, unit: Unit, input: ContactInput): Promise<KnownContact | null> {
  if (input.email === undefined || input.email === null) return null;
  const isNamed = input.customerId !== undefined || customersOf(ctx) !== null;
  const customerId = isNamed ? customerFor(ctx, input.customerId) : undefined;
  const found = await contactsByEmail(unit.tx, ctx, input.email, (e) =>
    customerId === undefined ? [] : [e('customer_id', customerId === null ? 'is' : '=', customerId)],
  );
  const [first, second] = found;
  if (first === undefined) return null;
  if (second === undefined || first.customer_id === null) return first;
  throw invalid({
    path: 'customerId',
    message: 'is required: several customers have a contact with this e-mail address',
  });
}

async function requireKnownCustomer(ctx: Context, unit: Unit, customerId: string | null | undefined) {
  if (customerId !== undefined && customerId !== null)
    await requireCustomersExist(ctx, unit, [customerId], 'customerId');
}

/** The contact that has the e-mail address, as it is, or a new one: who may not change contacts may name one. */
export async function obtainContact(
  app: App,
  ctx: Context,
  unit: Unit,
  input: ContactInput,
): Promise<Contact> {
  requireCustomer(ctx, input.customerId);
  const known = await knownContact(ctx, unit, input);
  if (known !== null) return getContact(app, { ...ctx, unit }, known.id);
  return (await putContact(app, { ...ctx, unit }, input)).record;
}

export interface PutContact {
  readonly record: Contact;
  readonly isNew: boolean;
  /** false: it was known, and says nothing else than before. */
  readonly isChanged: boolean;
}

/** Makes a contact, or changes the one that has the e-mail address already. */
export async function putContact(app: App, ctx: Context, input: ContactInput): Promise<PutContact> {
  return change(app, ctx, async (unit) => {
    const patchKnown = async ({ id, version }: KnownContact) => {
      const record = await patchContact(app, { ...ctx, unit }, id, input);
      return { record, isNew: false, isChanged: record.version !== version };
    };
    const known = await knownContact(ctx, unit, input);
    if (known !== null) return patchKnown(known);
    requireAddress(input);
    const customerId = customerFor(ctx, input.customerId);
    await requireKnownCustomer(ctx, unit, customerId);
    const { email = null, phone = null, name = null, customFields = {} } = input;
    const fields = { customerId, email, phone, name, customFields };
    const record = await addRecord<'contacts', Contact>(app, ctx, unit, kind, fields);
    if (record !== null) return { record, isNew: true, isChanged: true };
    // Somebody else made it at the same moment.
    return patchKnown((await knownContact(ctx, unit, { ...input, customerId }))!);
  });
}

function requireAddress({ email, phone }: ContactInput): void {
  if (!email && !phone)
    throw invalid({ path: 'email', message: 'is required where there is no phone number' });
}

async function requireFree(ctx: Context, unit: Unit, { id, email, customerId }: Contact): Promise<void> {
  if (email === null) return;
  const found = await contactsByEmail(unit.tx, ctx, email, (e) => [
    e('customer_id', customerId === null ? 'is' : '=', customerId),
  ]);
  const other = found.find((row) => row.id !== id);
  if (other === undefined) return;
  throw new AppError('conflict', 'Another contact of the customer has this e-mail address.', {
    members: { existingId: other.id },
  });
}

export function patchContact(
  app: App,
  ctx: Context,
  id: string,
  patch: ContactInput,
  precondition?: Precondition,
): Promise<Contact> {
  requireCustomer(ctx, patch.customerId);
  return patchRecord<'contacts', Contact>(app, ctx, kind, id, patch, {
    precondition,
    allow: async (unit, after) => {
      requireAddress(after);
      await requireKnownCustomer(ctx, unit, patch.customerId);
      await requireFree(ctx, unit, after);
    },
  });
}

export function deleteContact(
  app: App,
  ctx: Context,
  id: string,
  precondition?: Precondition,
): Promise<void> {
  return removeRecord<'contacts', Contact>(app, ctx, kind, id, {
    precondition,
    allow: async (unit) => {
      const count = await countConversations(unit.tx, 'contact_id', id);
      if (count === 0) return;
      const conversations = count === 1 ? '1 conversation' : `${count} conversations`;
      throw new AppError('conflict', `This contact still has ${conversations}, which cannot be deleted.`);
    },
  });
}
