import type { Db, Tx } from './database.ts';

export interface JournalRow {
  readonly seq: number;
  readonly at: number;
  readonly body: Uint8Array;
}

export interface DayRow {
  readonly group: string;
  readonly day: number;
  readonly used: number;
  readonly journalSeq: number;
}

/** Every batch that is still kept, and the day counters from `day` (UTC day number) on. */
export async function loadLimits(
  telemetry: Db,
  db: Db,
  day: number,
): Promise<{ batches: JournalRow[]; days: DayRow[] }> {
  const batches = await telemetry.selectFrom('admission_journal').selectAll().execute();
  const rows = await db.selectFrom('day_counters').selectAll().where('day', '>=', day).execute();
  const days = rows.map((row) => ({
    group: row.limit_group,
    day: row.day,
    used: row.used,
    journalSeq: row.journal_seq,
  }));
  return { batches, days };
}

export async function appendJournal(telemetry: Db, batches: readonly JournalRow[]): Promise<void> {
  await telemetry
    .insertInto('admission_journal')
    .values([...batches])
    .onConflict((conflict) => conflict.column('seq').doNothing())
    .execute();
}

export async function pruneJournal(telemetry: Db, before: number): Promise<void> {
  await telemetry.deleteFrom('admission_journal').where('at', '<', before).execute();
}

/** A counter never goes down. */
export async function saveDayCounters(tx: Tx, rows: readonly DayRow[]): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map((row) => ({
    limit_group: row.group,
    day: row.day,
    used: row.used,
    journal_seq: row.journalSeq,
  }));
  await tx
    .insertInto('day_counters')
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(['limit_group', 'day'])
        .doUpdateSet((e) => ({ used: e.ref('excluded.used'), journal_seq: e.ref('excluded.journal_seq') }))
        .whereRef('day_counters.used', '<=', 'excluded.used'),
    )
    .execute();
}

export async function deleteOldDayCounters(db: Db, beforeDay: number): Promise<void> {
  await db.deleteFrom('day_counters').where('day', '<', beforeDay).execute();
}
