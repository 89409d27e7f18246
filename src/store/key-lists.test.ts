import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { freshDatabase, onEachDatabase } from '../../test/databases.ts';
import { createIdFactory } from '../core/id.ts';
import { isCleanText } from '../core/text.ts';
import { type Database, openPostgresDatabase, openSqliteDatabase } from './database.ts';
import type { KeyFilters } from './key-filters.ts';
import { listKeys } from './key-lists.ts';
import { deleteKey, insertKey, type KeyRow, saveUses, updateKey } from './keys.ts';
import { migrate } from './migrations/index.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 21);
const place = { tenantId: 'tnt_1', environment: 'production' } as const;
const places = [
  place,
  { tenantId: 'tnt_1', environment: 'sandbox' },
  { tenantId: 'tnt_2', environment: 'production' },
] as const;
/** Texts that share runs of characters, and what is special to one of the two databases or to FTS5. */
const pieces = [
  'team',
  'tea',
  'ea',
  'a',
  'A',
  'ß',
  'İ',
  'Σ',
  'ς',
  '%',
  '_',
  '\\',
  '"',
  "'",
  '*',
  ' ',
  '\n',
  '1',
  '12',
  '𝒳',
  '😀',
  '\u0001',
  '\u0003',
  '\u{f0000}',
  '-',
  'AND',
  ',',
  ':',
];
const scopeLists = [[], ['knowledge:read'], ['contacts:write'], ['contacts:read', 'knowledge:write']];
const tiers = ['starter', 'enterprise', 'custom'];

const pieced = (most: number) =>
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: most }).map((parts) => parts.join(''));
const text = fc.oneof(
  { weight: 4, arbitrary: pieced(8) },
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(isCleanText),
);
const maybeTime = fc.constantFrom(null, now - 1, now, now + 1);
const draft = fc.record({
  place: fc.constantFrom(...places),
  name: text,
  description: fc.option(text),
  hint: fc.oneof(
    fc.constantFrom('sa_live_AbC', 'sa_live_abd', 'sa_test_a', '%', 'ÄB', 'a\u{10ffff}b'),
    text.filter((t) => t.length <= 40),
  ),
  scopes: fc.constantFrom(...scopeLists),
  tier: fc.constantFrom(...tiers),
  isActive: fc.boolean(),
  expiresAt: maybeTime,
  endsAt: maybeTime,
  createdDaysAgo: fc.integer({ min: 0, max: 4 }),
  usedDaysAgo: fc.option(fc.integer({ min: 0, max: 4 })),
});
const wanted: fc.Arbitrary<KeyFilters> = fc.record(
  {
    status: fc.constantFrom('active', 'inactive', 'expired'),
    scope: fc.record({
      names: fc.constantFrom(['knowledge:read', 'knowledge:write'], ['contacts:write'], ['licenses:read']),
      isInherited: fc.boolean(),
    }),
    tier: fc.constantFrom(...tiers, 'professional'),
    owner: fc.constantFrom('tenant', 'user'),
    q: fc.oneof(pieced(2), pieced(3), text, fc.constantFrom('sa_live_', 'sa_live_ab', 'SA_LIVE_abc', 'ä')),
    unusedSince: fc.integer({ min: 0, max: 5 }).map((days) => now - days * dayMs),
  },
  { requiredKeys: [] },
) as never;

/** Every way to find a page, however few the keys of a test are. */
const waysOf = [
  undefined,
  { few: 2, many: 30, firstStep: 3, largestStep: 9 },
  { few: 0, many: 0, firstStep: 3, largestStep: 9 },
  { few: 0, many: 1_000, firstStep: 3, largestStep: 9 },
];

interface Model {
  row: KeyRow;
  readonly hint: string;
}

/** As SQLite compares: hints in any case of ASCII letters. */
const foldAscii = (value: string) => value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

function isWanted({ row, hint }: Model, filters: KeyFilters, isFolding: boolean): boolean {
  const fold = isFolding ? foldAscii : (value: string) => value;
  const { q, scope, status, tier, owner, unusedSince } = filters;
  const isEnded = row.is_active === 0 || (row.ends_at !== null && row.ends_at <= now);
  const isExpired = row.expires_at !== null && row.expires_at <= now;
  const state = isEnded ? 'inactive' : isExpired ? 'expired' : 'active';
  const scopes = JSON.parse(row.scopes) as string[];
  if (status !== undefined && status !== state) return false;
  if (tier !== undefined && tier !== row.tier) return false;
  if (owner !== undefined && owner !== row.owner) return false;
  if (unusedSince !== undefined && (row.last_used_at ?? row.created_at) >= unusedSince) return false;
  if (
    scope &&
    !scope.names.some((name) => scopes.includes(name)) &&
    !(scope.isInherited && scopes.length === 0)
  )
    return false;
  if (q === undefined) return true;
  return row.search_text.includes(q.toLowerCase()) || row.id === q || fold(hint).startsWith(fold(q));
}

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
        given.usedDaysAgo === null ? null : now - Math.min(given.usedDaysAgo, given.createdDaysAgo) * dayMs;
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
        last_used_day: null,
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
