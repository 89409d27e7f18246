import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../../problem.ts';
import { sortRefusal } from './problems.ts';

test('what is not valid is told at its field, also in a list or below a limit', () => {
  const { fields, limits, rest } = sortRefusal(
    new Problem(400, {
      code: 'validation_failed',
      errors: [
        { path: 'ipAllowlist.2', message: 'must be an address' },
        { path: 'rateLimit.burst', message: 'must not be more than perMinute' },
      ],
    }),
  );
  assert.deepEqual(fields, { addresses: 'Must be an address' });
  assert.deepEqual(limits, { burst: 'Must not be more than perMinute' });
  assert.equal(rest, null);
});

test('every broken rule of the key policy is told at its field', () => {
  const { fields, rest } = sortRefusal(
    new Problem(403, {
      code: 'policy_violation',
      violations: [
        { rule: 'name', message: 'The names of keys have a form.' },
        { rule: 'ceiling', message: 'The ceiling is lower.' },
        { rule: 'tier', message: 'The role may not give it.' },
      ],
    }),
  );
  assert.equal(fields.name, 'The names of keys have a form.');
  assert.equal(fields.limits, 'The ceiling is lower. The role may not give it.');
  assert.equal(rest, null);
});

test('what goes beyond one’s own rights is said in words', () => {
  const { fields } = sortRefusal(
    new Problem(403, {
      code: 'scope_escalation',
      detail: 'You do not have jobs:write.',
      exceeds: ['scopes', 'rateLimit.perDay'],
    }),
  );
  assert.match(fields.scopes ?? '', /more than you have yourself.*jobs:write/);
});

test('what has no field, and a refusal without fields, stays for the alert', () => {
  const odd = sortRefusal(
    new Problem(400, { code: 'validation_failed', errors: [{ path: 'x', message: 'is odd' }] }),
  );
  assert.equal(odd.rest?.errors.length, 1);
  const refused = new Problem(403, { code: 'role_not_allowed', detail: 'The role may not.' });
  assert.equal(sortRefusal(refused).rest?.message, 'The role may not.');
});
