import { sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';

export interface TelemetryCount extends Place {
  /** Epoch ms of its 00:00 UTC. */
  readonly day: number;
  readonly group: string | null;
  readonly customerId: string | null;
  readonly isFlagged: boolean;
}

export async function countTelemetry(tx: Tx, count: TelemetryCount): Promise<void> {
  const flagged = count.isFlagged ? 1 : 0;
  await tx
    .insertInto('telemetry_totals')
    .values({
      tenant_id: count.tenantId,
      environment: count.environment,
      day: count.day,
      group_name: count.group ?? '',
      customer_id: count.customerId ?? '',
      total: 1,
      flagged,
    })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'environment', 'day', 'group_name', 'customer_id']).doUpdateSet({
        total: sql`telemetry_totals.total + 1`,
        flagged: sql`telemetry_totals.flagged + ${flagged}`,
      }),
    )
    .execute();
}

export interface TotalsAsk {
  /** Days, from and to among them. */
  readonly from: number;
  readonly to: number;
  readonly group: string | undefined;
  /** null: of all, and of nobody. */
  readonly customers: readonly string[] | null;
}

export interface TelemetryCounts {
  readonly total: number;
  readonly flagged: number;
}

export interface TelemetryTotals {
  /** Oldest first. */
  readonly byDay: readonly (TelemetryCounts & { readonly day: number })[];
  /** Those with most records, `maxGroups` of them. */
  readonly byGroup: readonly (TelemetryCounts & { readonly group: string })[];
}

const maxGroups = 200;

export async function telemetryTotals(db: Db, place: Place, ask: TotalsAsk): Promise<TelemetryTotals> {
  const counted = db
    .selectFrom('telemetry_totals')
    .select((e) => [e.fn.sum<number>('total').as('total'), e.fn.sum<number>('flagged').as('flagged')])
    .where('tenant_id', '=', place.tenantId)
    .where('environment', '=', place.environment)
    .where('day', '>=', ask.from)
    .where('day', '<=', ask.to)
    .$if(ask.group !== undefined, (query) => query.where('group_name', '=', ask.group!))
    .$if(ask.customers !== null, (query) => query.where('customer_id', 'in', [...ask.customers!]));
  const days = await counted.select('day').groupBy('day').orderBy('day').execute();
  const groups = await counted
    .select('group_name as group')
    .groupBy('group_name')
    .orderBy('total', 'desc')
    .orderBy('group_name')
    .limit(maxGroups)
    .execute();
  const numbers = <T extends TelemetryCounts>(row: T) => ({
    ...row,
    total: Number(row.total),
    flagged: Number(row.flagged),
  });
  return { byDay: days.map(numbers), byGroup: groups.map(numbers) };
}

export async function countTelemetryOf(db: Db, customerId: string): Promise<number> {
  const { count } = await db
    .selectFrom('telemetry_records')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('customer_id', '=', customerId)
    .executeTakeFirstOrThrow();
  return Number(count);
}
