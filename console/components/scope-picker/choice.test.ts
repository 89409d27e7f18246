import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScopeCatalogue, expandScopes, mustBeNamed } from '../../../src/core/scopes.ts';
import { closestBundle, differenceFrom, inheritsAll, namedScopes, scopeBody } from './choice.ts';
import { groupScopes, searchGroups } from './groups.ts';
import { abilityWords } from './words.ts';

const { scopes, bundles: its, all } = createScopeCatalogue(['billing']);
const catalogue = scopes.map((scope) => ({
  ...scope,
  implies: [...expandScopes([scope.name], all)].filter((name) => name !== scope.name),
  inheritable: !mustBeNamed(scope.name),
}));
const bundles = its.map((bundle) => ({ ...bundle, scopes: [...bundle.scopes] }));
const bundle = (name: string) => bundles.find((one) => one.name === name)!;

test('what a write brings along is not named again', () => {
  assert.deepEqual(namedScopes(['contacts:read', 'contacts:write', 'logs:read'], catalogue), [
    'contacts:write',
    'logs:read',
  ]);
});

test('the difference from a bundle is about what the key may, not about how it is written', () => {
  assert.deepEqual(differenceFrom(bundle('basic'), bundle('basic').scopes, catalogue), {
    added: [],
    missing: [],
  });
  assert.deepEqual(differenceFrom(bundle('basic'), ['knowledge:write', 'contacts:read'], catalogue), {
    added: ['knowledge:write'],
    missing: ['conversations:read'],
  });
});

test('the closest bundle is the one with the fewest differences', () => {
  assert.equal(closestBundle(bundles, ['knowledge:read', 'contacts:read'], catalogue)?.name, 'basic');
  assert.equal(closestBundle(bundles, [...all], catalogue)?.name, 'full_access');
});

test('no tick inherits, a bundle never does, and the body says which', () => {
  assert.equal(inheritsAll({ mode: 'list', bundle: null, ticks: [] }), true);
  assert.equal(inheritsAll({ mode: 'bundle', bundle: 'basic', ticks: [] }), false);
  assert.deepEqual(scopeBody({ mode: 'bundle', bundle: 'basic', ticks: [] }, catalogue), { bundle: 'basic' });
  assert.deepEqual(scopeBody({ mode: 'list', bundle: null, ticks: [] }, catalogue), { scopes: [] });
});

test('every scope stands in exactly one row', () => {
  const shown = groupScopes(catalogue).flatMap(({ rows }) => rows.flatMap((row) => row.scopes));
  assert.equal(shown.length, catalogue.length);
  assert.equal(new Set(shown).size, catalogue.length);
});

test('a search finds words of labels, names and groups', () => {
  const found = (text: string) =>
    searchGroups(groupScopes(catalogue), text).flatMap(({ rows }) => rows.map(({ label }) => label));
  assert.deepEqual(found('licence'), ['License']);
  assert.deepEqual(found('billing'), ['Billing']);
  assert.equal(found('channels').length, 8);
  assert.deepEqual(found('no such thing'), []);
});

test('abilities are said in words', () => {
  assert.equal(
    abilityWords(['contacts:write', 'contacts:read', 'knowledge:read'], catalogue),
    'read and change contacts; read the knowledge base',
  );
  assert.match(abilityWords(bundle('integration').scopes, catalogue), /send through every channel$/);
});
