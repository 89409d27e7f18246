import { type DatabaseKind, startPostgres } from '../databases.ts';

/** Runs `work` with a PostgreSQL of its own where one is asked for. */
export async function withDatabase<T>(kind: DatabaseKind, work: () => Promise<T>): Promise<T> {
  if (kind === 'sqlite') return work();
  const postgres = await startPostgres();
  if ('unavailable' in postgres) throw new Error(`PostgreSQL: ${postgres.unavailable}`);
  process.env.KEYWARD_TEST_POSTGRES = postgres.url;
  try {
    return await work();
  } finally {
    await postgres.stop();
  }
}
