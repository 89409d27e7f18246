import { AppError, notFound } from '../errors.ts';
import { countLicenses } from '../store/licenses.ts';
import { type App, type Context, change } from './app.ts';
import { requireAllCustomers } from './customer-bounds.ts';
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

/** What licences are for. Products belong to the tenant: who is bound to customers reads them. */
export interface Product extends StoredRecord {
  readonly name: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export type ProductInput = Pick<Product, 'name' | 'description' | 'metadata'>;

const kind: RecordKind<'products'> = {
  table: 'products',
  prefix: 'prd',
  noun: 'product',
  customer: null,
  json: ['metadata'],
  searched: ['name', 'description'],
  personal: [],
};

const whose = 'a product of the tenant';

export function listProducts(app: App, ctx: Context, ask: RecordAsk) {
  return listRecords<'products', Product>(app, ctx, kind, ask);
}

export function getProduct(app: App, ctx: Context, id: string): Promise<Product> {
  return getRecord(app, ctx, kind, id);
}

export function createProduct(app: App, ctx: Context, input: ProductInput): Promise<Product> {
  requireAllCustomers(ctx, whose);
  return change(app, ctx, async (unit) => {
    const product = await addRecord<'products', Product>(app, ctx, unit, kind, input);
    if (product === null) throw notFound(kind.noun);
    return product;
  });
}

export async function patchProduct(
  app: App,
  ctx: Context,
  id: string,
  patch: Partial<ProductInput>,
  precondition?: Precondition,
): Promise<Product> {
  requireAllCustomers(ctx, whose);
  return patchRecord(app, ctx, kind, id, patch, { precondition });
}

export async function deleteProduct(
  app: App,
  ctx: Context,
  id: string,
  precondition?: Precondition,
): Promise<void> {
  requireAllCustomers(ctx, whose);
  await removeRecord<'products', Product>(app, ctx, kind, id, {
    precondition,
    allow: async (unit) => {
      const count = await countLicenses(unit.tx, 'product_id', id);
      if (count === 0) return;
      const licenses = count === 1 ? '1 licence' : `${count} licences`;
      throw new AppError('conflict', `This product still has ${licenses}. Delete them first.`);
    },
  });
}
