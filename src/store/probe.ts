import { sql } from 'kysely';
import type { Database, Db } from './database.ts';

class Undone extends Error {}

/** Writes a row as it is and undoes that: rejects where the database can only be read, or where writing has to wait. */
export async function probeWriting(database: Database): Promise<void> {
  try {
    await database.transaction(async (tx) => {
      const same = { value: sql<string>`value` };
      await tx.updateTable('installation').set(same).where('name', '=', 'secret_check').execute();
      throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
  }
}

/** How many audit chains there are, and the entries in all of them, by their heads. */
export async function auditHeads(db: Db): Promise<{ chains: number; entries: number }> {
  const { chains, entries } = await db
    .selectFrom('audit_heads')
    .select((e) => [e.fn.countAll().as('chains'), e.fn.sum('seq').as('entries')])
    .executeTakeFirstOrThrow();
  return { chains: Number(chains), entries: Number(entries ?? 0) };
}
