import { AppError, invalid } from '../errors.ts';
import type { RecordFilter } from '../store/records.ts';
import type { Context } from './app.ts';

/** The customers whose data the caller may see and change; null: those of all, and what belongs to none. */
export function customersOf({ caller }: Context): readonly string[] | null {
  if (caller.kind !== 'key' || caller.policy.customerIds.length === 0) return null;
  return caller.policy.customerIds;
}

/** Keeps what belongs to other customers, or to none, out of every query: to the caller it does not exist. */
export function withinCustomers(ctx: Context, column: 'id' | 'customer_id' | null): RecordFilter {
  const customers = customersOf(ctx);
  if (customers === null || column === null) return () => [];
  return (e) => [e(column, 'in', [...customers])];
}

function refusal(customers: readonly string[], detail: string): AppError {
  return new AppError('customer_not_allowed', detail, { members: { customerIds: customers } });
}

/** 403 for what cannot be divided by customers. `what` ends the sentence: `the metrics of all keys`. */
export function requireAllCustomers(ctx: Context, what: string): void {
  const customers = customersOf(ctx);
  if (customers === null) return;
  throw refusal(customers, `This key is for the data of certain customers only, and this is ${what}.`);
}

/** Whether a key is for customers of the caller's only, so that what it does is data of theirs. */
export function isKeyWithin(ctx: Context, customerIds: readonly string[]): boolean {
  const customers = customersOf(ctx);
  return customers === null || (customerIds.length > 0 && customerIds.every((id) => customers.includes(id)));
}

/** 403 where a write names a customer that is not the caller's, and the same whether there is such a customer. */
export function requireCustomer(ctx: Context, customerId: string | null | undefined): void {
  const customers = customersOf(ctx);
  if (customers === null || customerId === undefined) return;
  if (customerId !== null && customers.includes(customerId)) return;
  throw refusal(customers, 'This key is for the data of certain customers only.');
}

/** Whose a new record is: who is bound to one customer need not name it. */
export function customerFor(ctx: Context, customerId: string | null | undefined): string | null {
  const customers = customersOf(ctx);
  if (customers === null) return customerId ?? null;
  if (customerId === undefined) {
    if (customers.length === 1) return customers[0]!;
    throw invalid({ path: 'customerId', message: 'is required: this key is for several customers' });
  }
  requireCustomer(ctx, customerId);
  return customerId;
}
