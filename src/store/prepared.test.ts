import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freshDatabase, onEachDatabase } from '../../test/databases.ts';
import { type Database, type Db, openPostgresDatabase, openSqliteDatabase } from './database.ts';
import { migrate } from './migrations/index.ts';
import { prepared } from './prepared.ts';
import type { TenantTable } from './schema.ts';

function tenant(id: string, name: string): TenantTable {
  return { id, name, ceilings: '{}', settings: '{}', created_at: 1, updated_at: 1 };
}

interface Search {
  readonly names: string;
  readonly before?: string;
  readonly limit: number;
}

onEachDatabase((kind, skip) => {
  describe(`prepared queries on ${kind}`, { skip }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-prepared-'));
    let database: Database;
    let built = 0;
    const add = prepared((db: Db, row: TenantTable) => db.insertInto('tenants').values(row));
    const find = prepared((db: Db, { names, before, limit }: Search) => {
      built++;
      let query = db.selectFrom('tenants').select('id').where('name', '=', names);
      if (before !== undefined) query = query.where('id', '<', before);
      return query.orderBy('id', 'desc').limit(limit);
    });

    before(async () => {
      database =
        kind === 'sqlite' ? openSqliteDatabase(directory) : openPostgresDatabase(await freshDatabase());
      await migrate(database, Date.now());
      for (const id of ['tnt_1', 'tnt_2', 'tnt_3']) {
        await add(database.write, tenant(id, 'One'));
      }
    });
    after(async () => {
      await database.close();
      rmSync(directory, { recursive: true });
    });

    test('answer by the arguments of the call, and are built once for each set of arguments', async () => {
      const ids = async (search: Search) => (await find(database.read, search)).map((row) => row.id);
      assert.deepEqual(await ids({ names: 'One', limit: 2 }), ['tnt_3', 'tnt_2']);
      assert.deepEqual(await ids({ names: 'One', limit: 9, before: 'tnt_3' }), ['tnt_2', 'tnt_1']);
      assert.deepEqual(await ids({ names: 'Other', limit: 9, before: undefined }), []);
      assert.deepEqual(await ids({ names: "' or 1=1 --", limit: 9 }), []);
      assert.equal(built, 2);
    });

    test('belong to the transaction they are given', async () => {
      const failing = database.transaction(async (tx) => {
        await add(tx, tenant('tnt_8', 'Eight'));
        throw new Error('undo');
      });
      await assert.rejects(failing, /undo/);
      await database.transaction((tx) => add(tx, tenant('tnt_9', 'Nine')));
      assert.deepEqual(await find(database.read, { names: 'Eight', limit: 9 }), []);
      assert.deepEqual(await find(database.read, { names: 'Nine', limit: 9 }), [{ id: 'tnt_9' }]);
    });
  });
});
