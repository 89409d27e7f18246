import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { freshDatabase, onEachDatabase } from '../../test/databases.ts';
import {
  dayMs,
  draft,
  inOrder,
  isWanted,
  type Model,
  now,
  places,
  text,
  wanted,
} from '../../test/key-list-model.ts';
import { createIdFactory } from '../core/id.ts';
import { keySorts } from '../core/key-sorts.ts';
import { type Database, openPostgresDatabase, openSqliteDatabase } from './database.ts';
import { positionOf } from './key-list-order.ts';
import { listKeys } from './key-lists.ts';
import { listKeysSorted } from './key-lists-sorted.ts';
import { deleteKey, insertKey, type KeyRow, saveUses, updateKey } from './keys.ts';
import { migrate } from './migrations/index.ts';

/** Every way to find a page, however few the keys of a test are. */
const steps = { firstStep: 3, largestStep: 9, gatherStep: 4 };
const waysOf = [
  undefined,
  { few: 2, some: 10, many: 30, ...steps },
  { few: 0, some: 0, many: 0, ...steps },
  { few: 0, some: 1_000, many: 1_000, ...steps },
  { few: 0, some: 3, many: 1_000, ...steps },
];

onEachDatabase((kind, skip) => {
  describe(`lists of keys on ${kind}`, { skip }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-lists-'));
    let database: Database;
    const models: Model[] = [];

    async function add(
      given: typeof draft extends fc.Arbitrary<infer D> ? D : never,
      newId: ReturnType<typeof createIdFactory>,
    ) {
      const id = newId('key');
      const createdAt = now - given.createdDaysAgo * dayMs;
      const usedAt =
        given.usedDaysAgo === null
          ? null
          : now - Math.min(given.usedDaysAgo, given.createdDaysAgo) * dayMs - given.usedSecondsBefore * 1_000;
      const row: KeyRow = {
        id,
        tenant_id: given.place.tenantId,
        environment: given.place.environment,
        owner: 'tenant',
        owner_user_id: null,
        created_by: 'test',
        name: given.name,
        description: given.description,
        search_text: `${given.name}\n${given.description ?? ''}`.toLowerCase(),
        scopes: JSON.stringify(given.scopes),
        tier: given.tier,
        per_minute: 1,
        burst: 1,
        per_day: 1,
        limit_group: id,
        ip_allowlist: '[]',
        customer_ids: '[]',
        is_active: given.isActive ? 1 : 0,
        revoked_at: null,
        revoked_reason: null,
        is_compromised: 0,
        expires_at: given.expiresAt,
        ends_at: given.endsAt,
        replaces: null,
        replaced_by: null,
        last_used_at: null,
        last_used_ip: null,
        last_used_minute: null,
        created_at: createdAt,
        updated_at: createdAt,
        version: 1,
      };
      const secretId = newId('sec');
      const secret = {
        id: secretId,
        key_id: id,
        public_part: null,
        hint: given.hint,
        digest: secretId,
        created_at: createdAt,
      };
      await database.transaction(async (tx) => {
        await insertKey(tx, row, secret as never);
        if (usedAt !== null)
          await saveUses(tx, database.dialect, [{ keyId: id, secretId, at: usedAt, ip: null }]);
      });
      models.push({ row: { ...row, last_used_at: usedAt }, hint: given.hint });
    }

    before(async () => {
      database =
        kind === 'sqlite' ? openSqliteDatabase(directory) : openPostgresDatabase(await freshDatabase());
      await migrate(database, now);
      const tenant = { name: 'T', ceilings: '{}', settings: '{}', created_at: now, updated_at: now };
      for (const id of ['tnt_1', 'tnt_2'])
        await database.write
          .insertInto('tenants')
          .values({ id, ...tenant })
          .execute();
      let at = now;
      const newId = createIdFactory({ now: () => at });
      for (const [i, given] of fc.sample(draft, { numRuns: 400, seed: 7 }).entries()) {
        at = now + Math.floor(i / 5);
        await add(given, newId);
      }
      // The clock was set back, and the server started again.
      at = now - 1_000;
      const earlierId = createIdFactory({ now: () => at++ });
      for (const given of fc.sample(draft, { numRuns: 100, seed: 8 })) await add(given, earlierId);
      for (const [i, name] of fc.sample(text, { numRuns: 60, seed: 9 }).entries()) {
        const model = models[i * 8]!;
        const search_text = `${name}\n`.toLowerCase();
        await database.transaction((tx) =>
          updateKey(tx, model.row.id, { name, description: null, search_text }),
        );
        model.row = { ...model.row, search_text };
      }
      for (let i = 0; i < models.length; i += 9) {
        const model = models[i]!;
        const use = { keyId: model.row.id, secretId: 'none', at: now + i * 1_000, ip: null };
        await database.transaction((tx) => saveUses(tx, database.dialect, [use]));
        model.row = { ...model.row, last_used_at: use.at };
      }
      for (let i = 480; i > 0; i -= 31) {
        const [gone] = models.splice(i, 1);
        await database.transaction((tx) => deleteKey(tx, gone!.row.id));
      }
    });
    after(async () => {
      await database.close();
      rmSync(directory, { recursive: true });
    });

    test('answer what a look at every key finds, in order, page by page', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...places),
          wanted,
          fc.integer({ min: 1, max: 60 }),
          fc.constantFrom(...waysOf),
          async (where, filters, limit, sizes) => {
            const expected = models
              .filter(({ row }) => row.tenant_id === where.tenantId && row.environment === where.environment)
              .filter((model) => isWanted(model, filters, kind === 'sqlite'))
              .map(({ row }) => row.id)
              .sort()
              .reverse();
            const found: string[] = [];
            for (;;) {
              const options = { limit, before: found.at(-1), now };
              const page = await listKeys(database.read, database.dialect, where, filters, options, sizes);
              found.push(...page.map(({ id }) => id));
              if (page.length < limit) break;
            }
            assert.deepEqual(found, expected);
          },
        ),
        { numRuns: 1_000 },
      );
    });

    test('come in any order that is asked for, the same on both databases, page by page', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...places),
          wanted,
          fc.constantFrom(...keySorts),
          fc.integer({ min: 1, max: 60 }),
          fc.constantFrom(...waysOf),
          async (where, filters, sort, limit, sizes) => {
            const expected = inOrder(
              models
                .filter(
                  ({ row }) => row.tenant_id === where.tenantId && row.environment === where.environment,
                )
                .filter((model) => isWanted(model, filters, kind === 'sqlite')),
              sort,
            );
            const found: KeyRow[] = [];
            for (;;) {
              const last = found.at(-1);
              const options = { sort, limit, after: last && positionOf(sort, last), now };
              const page = await listKeysSorted(
                database.read,
                database.dialect,
                where,
                filters,
                options,
                sizes,
              );
              found.push(...page);
              if (page.length < limit) break;
            }
            assert.deepEqual(
              found.map(({ id }) => id),
              expected,
            );
          },
        ),
        { numRuns: 1_000 },
      );
    });

    test('leave nothing behind of keys that are deleted with their tenant', async () => {
      const write = database.write;
      await write.deleteFrom('tenants').where('id', '=', 'tnt_2').execute();
      const tables = kind === 'sqlite' ? ['key_terms', 'key_search_places'] : ['key_terms'];
      for (const table of tables) {
        const rows = await write
          .selectFrom(table as never)
          .selectAll()
          .where('tenant_id' as never, '=', 'tnt_2' as never)
          .execute();
        assert.deepEqual(rows, [], table);
      }
    });
  });
});
