import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { z } from 'zod';
import { type Harness, openHarness, type TestKey } from '../../../test/harness.ts';
import * as contract from '../../contract/catalogue.ts';
import { createScopeCatalogue } from '../../core/scopes.ts';

const lists: readonly (readonly [path: string, schema: z.ZodType, count: number])[] = [
  ['scopes', contract.scopeCatalogue, createScopeCatalogue(['billing']).scopes.length],
  ['scope-bundles', contract.scopeBundleCatalogue, 4],
  ['rate-limit-tiers', contract.rateLimitTierCatalogue, 4],
  ['environments', contract.environmentCatalogue, 4],
];

describe('catalogues', () => {
  let t: Harness;
  let reading: TestKey;
  let other: TestKey;
  before(async () => {
    t = await openHarness('sqlite', {
      settings: { KEYWARD_SURFACES: 'billing', KEYWARD_KEY_PREFIX: 'acme' },
    });
    reading = await t.createKey({ scopes: ['api_keys:read'] });
    other = await t.createKey({ scopes: ['knowledge:write'] });
  });
  after(() => t.close());
  const itemsOf = async (path: string) =>
    (await t.send({ url: `/api/v1/${path}`, key: reading.secret })).body.data;

  for (const [path, schema, count] of lists) {
    test(`${path} come whole and as the contract has them, for api_keys:read alone`, async () => {
      const answer = await t.send({ url: `/api/v1/${path}`, key: reading.secret });
      assert.equal(answer.status, 200);
      assert.deepEqual(schema.parse(answer.body), answer.body);
      assert.equal(answer.body.data.length, count);
      assert.equal(answer.body.nextCursor, null);
      assert.equal((await t.send({ url: `/api/v1/${path}` })).status, 401);
      assert.equal(
        (await t.send({ url: `/api/v1/${path}`, key: other.secret })).body.code,
        'insufficient_scope',
      );
    });
  }

  test('a page ends where it was asked to, and its cursor goes on from there', async () => {
    const read = (query: string) => t.send({ url: `/api/v1/scopes?${query}`, key: reading.secret });
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await read(`limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`);
      names.push(...body.data.map(({ name }: { name: string }) => name));
      cursor = body.nextCursor;
    }
    assert.deepEqual(
      names,
      createScopeCatalogue(['billing']).scopes.map(({ name }) => name),
    );
    for (const query of ['limit=0', 'limit=201', 'cursor=x'])
      assert.equal((await read(query)).status, 400, query);
  });

  test('a viewer may read them, to understand what a key is', async () => {
    const viewer = await t.signUp('viewer');
    for (const [path] of lists) {
      assert.equal((await t.send({ url: `/api/v1/${path}`, cookie: viewer.cookie })).status, 200, path);
    }
  });

  test('a scope says what comes with it and whether it is inherited', async () => {
    const scopes: z.output<typeof contract.scopeView>[] = await itemsOf('scopes');
    const byName = new Map(scopes.map((scope) => [scope.name, scope]));
    assert.deepEqual(byName.get('knowledge:write')?.implies, ['knowledge:read']);
    assert.deepEqual(byName.get('knowledge:read')?.implies, []);
    assert.deepEqual(byName.get('channels.email:write')?.implies, []);
    assert.equal(byName.get('licenses:write')?.label, 'License Management');
    assert.equal(byName.get('billing:write')?.surface, 'billing');
    const named = scopes.filter((scope) => !scope.inheritable).map((scope) => scope.name);
    assert.deepEqual(named.sort(), ['api_keys:read', 'api_keys:verify', 'api_keys:write', 'audit:read']);
  });

  test('no bundle has a scope that must be named, and every scope of one exists', async () => {
    const scopes: z.output<typeof contract.scopeView>[] = await itemsOf('scopes');
    const inheritable = new Set(scopes.filter((scope) => scope.inheritable).map((scope) => scope.name));
    for (const bundle of await itemsOf('scope-bundles')) {
      for (const scope of bundle.scopes) assert.ok(inheritable.has(scope), `${bundle.name}: ${scope}`);
    }
  });

  test('the custom tier has bounds instead of limits', async () => {
    const tiers = await itemsOf('rate-limit-tiers');
    assert.deepEqual(
      tiers.map(({ name, perMinute, burst, perDay }: Record<string, unknown>) => [
        name,
        perMinute,
        burst,
        perDay,
      ]),
      [
        ['starter', 60, 10, 10_000],
        ['professional', 300, 50, 100_000],
        ['enterprise', 1_000, 200, 1_000_000],
        ['custom', null, null, null],
      ],
    );
    assert.deepEqual(tiers[3].bounds.perDay, { min: 1, max: 1_000_000_000 });
  });

  test('an environment says how its secrets begin, with the prefix of this installation', async () => {
    for (const { name, secretPrefix } of await itemsOf('environments')) {
      const { secret } = await t.createKey({ environment: name });
      assert.ok(secret.startsWith(secretPrefix), name);
      assert.equal(secretPrefix, name === 'production' ? 'acme_live_' : 'acme_test_');
    }
  });
});
