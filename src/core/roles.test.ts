import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environments } from './environments.ts';
import { grantableScopes, mayGrantRole, roleNames, sessionScopes } from './roles.ts';
import { createScopeCatalogue, expandScopes, mustBeNamed } from './scopes.ts';

const catalogue = createScopeCatalogue(['billing']);

test('scopes that must always be named are in no bundle and never inherited', () => {
  const named = [...catalogue.all].filter(mustBeNamed);
  assert.deepEqual(named.sort(), ['api_keys:read', 'api_keys:verify', 'api_keys:write', 'audit:read']);
  for (const scope of named) {
    assert.ok(!catalogue.inherited.has(scope));
    for (const bundle of catalogue.bundles)
      assert.ok(!bundle.scopes.includes(scope), `${bundle.name} has ${scope}`);
  }
});

test('every scope of a bundle exists, and an operator’s surface is in full_access', () => {
  for (const bundle of catalogue.bundles)
    for (const scope of bundle.scopes) assert.ok(catalogue.all.has(scope), scope);
  const full = catalogue.bundles.find((bundle) => bundle.name === 'full_access');
  assert.ok(full?.scopes.includes('billing:write'));
});

test('write implies read on the same surface and on no other', () => {
  assert.deepEqual([...expandScopes(['contacts:write'], catalogue.all)], ['contacts:write', 'contacts:read']);
  assert.deepEqual([...expandScopes(['channels.email:write'], catalogue.all)], ['channels.email:write']);
  assert.deepEqual([...expandScopes(['contacts:read'], catalogue.all)], ['contacts:read']);
});

test('a role may grant what the contract says', () => {
  assert.equal(grantableScopes('owner', catalogue).size, catalogue.all.size);
  assert.equal(grantableScopes('admin', catalogue).size, catalogue.all.size);
  const developer = grantableScopes('developer', catalogue);
  for (const scope of ['api_keys:read', 'api_keys:verify', 'jobs:write', 'bulk:write', 'audit:read']) {
    assert.ok(!developer.has(scope), scope);
  }
  assert.ok(developer.has('jobs:read') && developer.has('channels.sms:write'));
  const viewer = grantableScopes('viewer', catalogue);
  for (const scope of viewer) assert.match(scope, /:read$/);
  for (const scope of ['logs:read', 'api_keys:read', 'jobs:read', 'audit:read'])
    assert.ok(!viewer.has(scope), scope);
});

test('in a session, keys of production are written by owners and admins only, audit is theirs alone', () => {
  for (const role of roleNames) {
    for (const environment of environments) {
      const held = sessionScopes(role, environment, catalogue);
      const isAdministrator = role === 'owner' || role === 'admin';
      const mayWrite = isAdministrator || (role === 'developer' && environment !== 'production');
      assert.equal(held.has('api_keys:write'), mayWrite, `${role} ${environment}`);
      assert.ok(held.has('api_keys:read'), `${role} ${environment}`);
      assert.equal(held.has('audit:read'), isAdministrator);
      assert.equal(held.has('knowledge:write'), role !== 'viewer');
      assert.equal(held.has('logs:read'), role !== 'viewer');
      assert.ok(held.has('analytics:read'));
    }
  }
});

test('nobody grants a role above their own', () => {
  for (const [i, own] of roleNames.entries()) {
    for (const [j, granted] of roleNames.entries()) assert.equal(mayGrantRole(own, granted), i <= j);
  }
});
