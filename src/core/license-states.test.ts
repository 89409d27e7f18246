import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  allowsAction,
  type LicenseFacts,
  licenseActions,
  licenseState,
  licenseStates,
  licenseTransitions,
} from './license-states.ts';

const now = 1_000;
const fresh: LicenseFacts = {
  customerId: null,
  isSuspended: false,
  isRevoked: false,
  expiresAt: null,
  machines: 0,
};

/** What each action does to the facts, as the service does it. */
const effects: Record<(typeof licenseActions)[number], (facts: LicenseFacts) => LicenseFacts> = {
  assign: (facts) => ({ ...facts, customerId: 'cus_1' }),
  activate: (facts) => ({ ...facts, machines: facts.machines + 1 }),
  deactivate: (facts) => ({ ...facts, machines: Math.max(0, facts.machines - 1) }),
  suspend: (facts) => ({ ...facts, isSuspended: true }),
  resume: (facts) => ({ ...facts, isSuspended: false }),
  expire: (facts) => ({ ...facts, expiresAt: now }),
  revoke: (facts) => ({ ...facts, isRevoked: true }),
};

describe('states of a licence', () => {
  test('go as the table says', () => {
    const expected: Record<string, string> = {
      available: 'assign expire revoke',
      assigned: 'assign activate suspend expire revoke',
      active: 'activate deactivate suspend expire revoke',
      suspended: 'deactivate resume expire revoke',
      expired: 'deactivate revoke',
      revoked: '',
    };
    for (const state of licenseStates) {
      const allowed = licenseActions.filter((action) => allowsAction(state, action));
      assert.equal(allowed.join(' '), expected[state], state);
    }
  });

  test('lead where their action says, whatever came before; nothing leaves revoked', () => {
    const ends: Partial<Record<string, readonly string[]>> = {
      assign: ['assigned'],
      activate: ['active'],
      suspend: ['suspended'],
      resume: ['assigned', 'active'],
      expire: ['expired'],
      revoke: ['revoked'],
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...licenseActions), { maxLength: 20 }), (actions) => {
        let facts = fresh;
        for (const action of actions) {
          const before = licenseState(facts, now);
          if (!allowsAction(before, action)) continue;
          facts = effects[action](facts);
          const after = licenseState(facts, now);
          const possible = ends[action];
          if (possible) assert.ok(possible.includes(after), `${before} ${action} ${after}`);
          else assert.ok(after === before || after === 'assigned', `${before} ${action} ${after}`);
          assert.ok(after !== 'active' || facts.customerId !== null, 'nobody uses what nobody was given');
        }
      }),
    );
  });

  test('every state is reached, and every action possible somewhere', () => {
    for (const action of licenseActions) assert.ok(licenseTransitions[action].length > 0, action);
    assert.equal(licenseState(fresh, now), 'available');
    assert.equal(licenseState({ ...fresh, expiresAt: now + 1 }, now), 'available');
    assert.equal(licenseState({ ...fresh, expiresAt: now }, now), 'expired');
  });
});
