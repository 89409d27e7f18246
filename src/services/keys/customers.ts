import { customerScopes } from '../../core/scopes.ts';
import { invalid } from '../../errors.ts';
import { setCustomersOfKey } from '../../store/customers.ts';
import type { KeyRow } from '../../store/keys.ts';
import type { App, Context, Unit } from '../app.ts';
import { requireCustomersExist } from '../customers.ts';

/** The list as it is stored: sorted, without repeats; `[]` is for all customers. */
export function resolveCustomers(ids: readonly string[] | null | undefined): string {
  return JSON.stringify([...new Set(ids ?? [])].sort());
}

const listOf = (row: KeyRow) => JSON.parse(row.customer_ids) as string[];

/** A key for certain customers holds only scopes in which it can be kept to them; inheriting would give it all. */
function requireCustomerScopes(app: App, row: KeyRow): void {
  const scopes = JSON.parse(row.scopes) as string[];
  const possible = customerScopes(app.catalogue);
  const errors = scopes.flatMap((scope) =>
    possible.has(scope)
      ? []
      : [{ path: 'scopes', message: `${scope} cannot be restricted to customers: use a key without it` }],
  );
  if (scopes.length === 0)
    errors.push({
      path: 'scopes',
      message: 'must be named where customerIds are: an empty list inherits all',
    });
  if (errors.length > 0) throw invalid(...errors);
}

/** To be called once the row of the key is there. `before` is what it was, where it is not new. */
export async function bindCustomers(
  app: App,
  ctx: Context,
  unit: Unit,
  row: KeyRow,
  before?: KeyRow,
): Promise<void> {
  if (row.customer_ids === (before?.customer_ids ?? '[]')) return;
  const ids = listOf(row);
  if (ids.length > 0) requireCustomerScopes(app, row);
  const known = new Set(before ? listOf(before) : []);
  await requireCustomersExist(
    ctx,
    unit,
    ids.filter((id) => !known.has(id)),
    'customerIds',
  );
  await setCustomersOfKey(unit.tx, row.id, ids, before === undefined);
}
