import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Database, openSqliteDatabase } from './database.ts';
import { migrate } from './migrations/index.ts';

function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'keyward-store-'));
}

const waysOfUse: Record<string, (database: Database) => Promise<unknown>> = {
  'was not used': async () => {},
  'was only read': ({ read }) => read.selectFrom('tenants').selectAll().execute(),
  'was written': ({ write }) => write.deleteFrom('tenants').execute(),
};

for (const [name, use] of Object.entries(waysOfUse)) {
  test(`close() settles the write-ahead log of a database that ${name}`, async () => {
    const directory = newDirectory();
    const first = openSqliteDatabase(directory);
    await migrate(first, Date.now());
    const second = openSqliteDatabase(directory);
    await use(second);
    await first.close();
    await second.close();
    // SQLite removes these two when the last connection is gone.
    const left = readdirSync(directory).filter((file) => /-(wal|shm)$/.test(file));
    assert.deepEqual(left, []);
    rmSync(directory, { recursive: true });
  });
}
