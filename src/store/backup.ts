import { backup, DatabaseSync } from 'node:sqlite';

const pagesAtOnce = 2_000;

/**
 * Copies a database of SQLite as it is at this moment, also while a server writes to it, into one file without a WAL.
 * The open transaction holds the snapshot: without it every change by the server would begin the copy anew.
 */
export async function copySqlite(source: string, target: string, signal?: AbortSignal): Promise<void> {
  const from = new DatabaseSync(source, { readOnly: true, timeout: 5_000 });
  try {
    from.exec('BEGIN');
    from.prepare('select count(*) from sqlite_master').get();
    await backup(from, target, { rate: pagesAtOnce, progress: () => signal?.throwIfAborted() });
  } finally {
    from.close();
  }
  const copy = new DatabaseSync(target);
  try {
    copy.exec('PRAGMA journal_mode = DELETE');
  } finally {
    copy.close();
  }
}
