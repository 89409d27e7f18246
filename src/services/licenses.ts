import { randomBytes } from 'node:crypto';
import { type LicenseState, licenseState } from '../core/license-states.ts';
import { toTimestamp } from '../core/timestamp.ts';
import { AppError, invalid } from '../errors.ts';
import { activationsOf, inState } from '../store/licenses.ts';
import { type App, type Context, change, reader, type Unit } from './app.ts';
import { customerFor } from './customer-bounds.ts';
import { requireCustomersExist } from './customers.ts';
import { getProduct } from './products.ts';
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

/** Times are epoch ms. */
export interface License extends StoredRecord {
  readonly productId: string;
  readonly customerId: string | null;
  readonly licenseKey: string;
  /** Machines at most. */
  readonly activationLimit: number;
  readonly machines: number;
  readonly isSuspended: number;
  readonly revokedAt: number | null;
  readonly expiresAt: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface LicenseInput {
  readonly productId: string;
  readonly customerId?: string | null;
  readonly activationLimit: number;
  readonly expiresAt: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface LicensePatch {
  readonly activationLimit?: number;
  /** Later than now, it renews a licence that has expired. */
  readonly expiresAt?: number | null;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface LicenseQuery extends RecordAsk {
  readonly productId?: string;
  readonly customerId?: string;
  readonly state?: LicenseState;
  readonly key?: string;
}

export const licenseKind: RecordKind<'licenses'> = {
  table: 'licenses',
  prefix: 'lic',
  noun: 'license',
  customer: 'customer_id',
  json: ['metadata'],
  searched: [],
  // Who has a licence's key has the licence.
  personal: ['licenseKey', 'metadata'],
  show: (license: License, app) => {
    const { key: _key, ...shown } = presentLicense(license, app);
    return shown;
  },
};

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 125 bits, in five groups that can be read aloud: no I, L, O and U. */
function newLicenseKey(): string {
  const characters = Array.from(randomBytes(25), (byte) => alphabet[byte & 31]).join('');
  return characters.match(/.{5}/g)!.join('-');
}

export function stateOf(license: License, now: number): LicenseState {
  const { customerId, revokedAt, expiresAt, machines } = license;
  const facts = { customerId, expiresAt, machines };
  return licenseState(
    { ...facts, isSuspended: license.isSuspended === 1, isRevoked: revokedAt !== null },
    now,
  );
}

/** As the contract shows it, besides its times. */
export function presentLicense(license: License, app: App) {
  const { id, productId, customerId, licenseKey, activationLimit, machines, metadata } = license;
  return {
    id,
    productId,
    customerId,
    key: licenseKey,
    state: stateOf(license, app.clock.wallMs()),
    activationLimit,
    activations: machines,
    expiresAt: toTimestamp(license.expiresAt),
    revokedAt: toTimestamp(license.revokedAt),
    metadata,
  };
}

export function listLicenses(app: App, ctx: Context, query: LicenseQuery) {
  const { productId, customerId, state, key, ...ask } = query;
  return listRecords<'licenses', License>(app, ctx, licenseKind, ask, (e) => [
    ...(productId === undefined ? [] : [e('product_id', '=', productId)]),
    ...(customerId === undefined ? [] : [e('customer_id', '=', customerId)]),
    ...(key === undefined ? [] : [e('license_key', '=', key)]),
    ...(state === undefined ? [] : inState(state, app.clock.wallMs())(e)),
  ]);
}

export function getLicense(app: App, ctx: Context, id: string): Promise<License> {
  return getRecord(app, ctx, licenseKind, id);
}

export async function listActivations(app: App, ctx: Context, id: string) {
  await getLicense(app, ctx, id);
  return activationsOf(reader(app, ctx), id);
}

function requireFuture(app: App, expiresAt: number | null | undefined): void {
  if (typeof expiresAt === 'number' && expiresAt <= app.clock.wallMs())
    throw invalid({ path: 'expiresAt', message: 'must be in the future; to end it now, send /expire' });
}

async function requireProduct(app: App, ctx: Context, unit: Unit, id: string): Promise<void> {
  await getProduct(app, { ...ctx, unit }, id).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
    throw invalid({ path: 'productId', message: 'there is no such product' });
  });
}

/** Refuses by throwing what could not be made. Answers whose it would be. */
export async function requireLicense(
  app: App,
  ctx: Context & { readonly unit: Unit },
  { customerId: asked, expiresAt, productId }: LicenseInput,
): Promise<string | null> {
  const customerId = customerFor(ctx, asked);
  requireFuture(app, expiresAt);
  await requireProduct(app, ctx, ctx.unit, productId);
  if (customerId !== null) await requireCustomersExist(ctx, ctx.unit, [customerId], 'customerId');
  return customerId;
}

export async function createLicense(app: App, ctx: Context, input: LicenseInput): Promise<License> {
  return change(app, ctx, async (unit) => {
    const customerId = await requireLicense(app, { ...ctx, unit }, input);
    const fields = {
      ...input,
      customerId,
      licenseKey: newLicenseKey(),
      machines: 0,
      isSuspended: 0,
      revokedAt: null,
    };
    // 125 random bits are not drawn twice.
    return (await addRecord<'licenses', License>(app, ctx, unit, licenseKind, fields))!;
  });
}

export async function patchLicense(
  app: App,
  ctx: Context,
  id: string,
  patch: LicensePatch,
  precondition?: Precondition,
): Promise<License> {
  requireFuture(app, patch.expiresAt);
  return patchRecord<'licenses', License>(app, ctx, licenseKind, id, patch, {
    precondition,
    allow: async (_unit, { activationLimit, machines }) => {
      if (machines <= activationLimit) return;
      const message = `must not be less than the machines it is activated on, ${machines}`;
      throw invalid({ path: 'activationLimit', message });
    },
  });
}

export function deleteLicense(
  app: App,
  ctx: Context,
  id: string,
  precondition?: Precondition,
): Promise<void> {
  return removeRecord<'licenses', License>(app, ctx, licenseKind, id, { precondition });
}
