import type { TelemetryDb } from './log-writer.ts';

/** How far something has come, by name. */
export async function readFact(db: TelemetryDb, name: string): Promise<number | null> {
  const row = await db
    .selectFrom('telemetry_facts')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value ?? null;
}

export async function writeFact(db: TelemetryDb, name: string, value: number): Promise<void> {
  await db
    .insertInto('telemetry_facts')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}
