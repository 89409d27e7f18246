import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { Dialect } from './dialect.ts';

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
  admissions: Db,
  db: Db,
  day: number,
): Promise<{ batches: JournalRow[]; days: DayRow[] }> {
  const batches = await admissions.selectFrom('admission_journal').selectAll().execute();
  const rows = await db.selectFrom('day_counters').selectAll().where('day', '>=', day).execute();
  const days = rows.map((row) => ({
    group: row.limit_group,
    day: row.day,
    used: row.used,
    journalSeq: row.journal_seq,
  }));
  return { batches, days };
}

export async function appendJournal(admissions: Db, batches: readonly JournalRow[]): Promise<void> {
  await admissions
    .insertInto('admission_journal')
    .values([...batches])
    .onConflict((conflict) => conflict.column('seq').doNothing())
    .execute();
}

export async function pruneJournal(admissions: Db, before: number): Promise<void> {
  await admissions.deleteFrom('admission_journal').where('at', '<', before).execute();
}

/** A counter never goes down. */
export async function saveDayCounters(tx: Tx, dialect: Dialect, rows: readonly DayRow[]): Promise<void> {
  if (rows.length === 0) return;
  const given = dialect.rowsOf(rows, { group: 'text', day: 'bigint', used: 'bigint', journalSeq: 'bigint' });
  // Without `where true` SQLite would read `on conflict` as a join's.
  await sql`insert into day_counters (limit_group, day, used, journal_seq)
    select "group", day, used, "journalSeq" from ${given} as given where true
    on conflict (limit_group, day) do update set used = excluded.used, journal_seq = excluded.journal_seq
    where day_counters.used <= excluded.used`.execute(tx);
}

export async function deleteOldDayCounters(db: Db, beforeDay: number): Promise<void> {
  await db.deleteFrom('day_counters').where('day', '<', beforeDay).execute();
}
