import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { environments } from './environments.ts';
import {
  ageLimitOf,
  type Concern,
  defaultExpiry,
  defaultKeyPolicy,
  type KeyPolicy,
  latestExpiry,
  type PlannedKey,
  personalScopes,
  rotationDays,
  violationsOf,
} from './key-policy.ts';
import { grantableScopes, type Role, roleNames, sessionScopes } from './roles.ts';
import { createScopeCatalogue, expandScopes } from './scopes.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 21);
const catalogue = createScopeCatalogue();
const none = defaultKeyPolicy.environments.production;
const concerns: Concern[] = ['name', 'expiry', 'tier', 'scopes', 'ceiling'];

const key: PlannedKey = {
  name: 'x',
  owner: 'tenant',
  environment: 'production',
  tier: 'enterprise',
  expiresAt: null,
  scopes: catalogue.all,
};

function policyWith(change: Partial<KeyPolicy>): KeyPolicy {
  return { ...defaultKeyPolicy, ...change };
}

const rulesBroken = (policy: KeyPolicy, change: Partial<PlannedKey> = {}, role: Role | null = 'developer') =>
  violationsOf(policy, { ...key, ...change }, concerns, { role, now, catalogue }).map(({ rule }) => rule);

describe('the key policy', () => {
  test('without one nothing is demanded', () => {
    for (const role of [...roleNames, null]) assert.deepEqual(rulesBroken(defaultKeyPolicy, {}, role), []);
    assert.equal(defaultExpiry(none, now), null);
    assert.equal(latestExpiry(none, now), null);
    assert.equal(ageLimitOf(none, now), null);
  });

  test('a key that ends at the last moment is within, one that never ends is not', () => {
    const limited = { ...none, maxExpiryDays: 7 };
    const policy = policyWith({ environments: { ...defaultKeyPolicy.environments, production: limited } });
    assert.deepEqual(rulesBroken(policy, { expiresAt: now + 7 * day }), []);
    assert.deepEqual(rulesBroken(policy, { expiresAt: now + 7 * day + 1 }), ['expiresAt']);
    assert.deepEqual(rulesBroken(policy, { expiresAt: null }), ['expiresAt']);
    assert.deepEqual(rulesBroken(policy, { expiresAt: null, environment: 'staging' }), []);
  });

  test('the default end is never beyond the last one', () => {
    const at = (defaultExpiryDays: number | null, maxExpiryDays: number | null) =>
      defaultExpiry({ ...none, defaultExpiryDays, maxExpiryDays }, now);
    assert.equal(at(30, 7), now + 7 * day);
    assert.equal(at(7, 30), now + 7 * day);
    assert.equal(at(null, 30), now + 30 * day);
    assert.equal(at(30, null), now + 30 * day);
  });

  test('only an enforced age ends a secret; a reminder makes its rotation due', () => {
    const reminding = { ...none, maxAgeDays: 30 };
    assert.equal(ageLimitOf(reminding, now), null);
    assert.equal(ageLimitOf({ ...reminding, maxAgeAction: 'enforce' }, now), now + 30 * day);
    assert.equal(ageLimitOf({ ...none, maxAgeAction: 'enforce' }, now), null);
    assert.equal(rotationDays('tenant', 365, none), 365);
    assert.equal(rotationDays('user', 365, none), 90);
    assert.equal(rotationDays('user', 60, none), 60);
    assert.equal(rotationDays('tenant', 365, reminding), 30);
    const enforced = (maxAgeDays: number) =>
      rotationDays('tenant', 365, { ...none, maxAgeDays, maxAgeAction: 'enforce' });
    assert.deepEqual([enforced(90), enforced(20), enforced(1)], [76, 10, 1], 'with time left to rotate');
  });

  test('grants bind their role alone, and nobody where no role is behind the call', () => {
    const grants = { ...defaultKeyPolicy.grants, developer: { tiers: [], scopes: ['knowledge:write'] } };
    const policy = policyWith({ grants });
    assert.deepEqual(rulesBroken(policy), ['tier', 'scopes']);
    assert.deepEqual(rulesBroken(policy, {}, 'viewer'), []);
    assert.deepEqual(rulesBroken(policy, {}, null), []);
    assert.deepEqual(
      rulesBroken(policy, { scopes: new Set(['knowledge:read']) }),
      ['tier'],
      'write has read',
    );
  });

  test('a personal key has nothing that its owner may not grant, may not do, or that the policy keeps back', () => {
    for (const role of roleNames) {
      for (const environment of environments) {
        const held = personalScopes(role, environment, defaultKeyPolicy, catalogue);
        const grantable = expandScopes(grantableScopes(role, catalogue), catalogue.all);
        const own = sessionScopes(role, environment, catalogue);
        for (const scope of held) assert.ok(grantable.has(scope) && own.has(scope), `${role} ${scope}`);
        const grants = { ...defaultKeyPolicy.grants, [role]: { tiers: null, scopes: ['contacts:read'] } };
        const left = personalScopes(role, environment, policyWith({ grants }), catalogue);
        assert.deepEqual([...left], ['contacts:read']);
      }
    }
    assert.deepEqual(
      [...personalScopes('owner', 'production', defaultKeyPolicy, catalogue)].sort(),
      [...catalogue.all].sort(),
    );
  });

  test('a viewer’s personal key reads, and a wider role holds what a narrower one holds', () => {
    for (const environment of environments) {
      const of = (role: Role) => personalScopes(role, environment, defaultKeyPolicy, catalogue);
      for (const scope of of('viewer')) assert.match(scope, /:read$/);
      for (const [wide, narrow] of [
        ['owner', 'admin'],
        ['admin', 'developer'],
        ['developer', 'viewer'],
      ] as const) {
        for (const scope of of(narrow)) assert.ok(of(wide).has(scope), `${wide} ${scope}`);
      }
    }
  });
});
