import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionLabel, actionWords, auditActions, targetName } from './audit-words.ts';

test('an action is the middle of a sentence', () => {
  assert.deepEqual(actionWords('key.revoked'), { did: 'revoked the key', hasTarget: true });
  assert.deepEqual(actionWords('user.signed_in'), { did: 'signed in', hasTarget: false });
  assert.equal(actionWords('license.resumed').did, 'resumed the licence');
});

test('an action of a newer server is made of its own words', () => {
  assert.equal(actionWords('alert_channel.mail_tested').did, 'mail tested the alert channel');
  assert.equal(actionWords('odd').did, 'odd');
});

test('every action of the filter has a label of its own that begins with a capital', () => {
  const labels = auditActions.map(actionLabel);
  assert.equal(new Set(labels).size, labels.length);
  for (const label of labels) assert.match(label, /^[A-Z].*[a-z]$/);
});

test('a target is called as the entry has it, and never by what was hidden', () => {
  assert.equal(targetName(null, { name: 'Zendesk', slug: 'z' }), 'Zendesk');
  assert.equal(targetName({ title: 'Old' }, { title: 'New' }), 'New');
  assert.equal(targetName({ name: 'Gone' }, null), 'Gone');
  assert.equal(targetName(null, { email: '[not recorded]', name: '[not recorded]' }), null);
  assert.equal(targetName({ isActive: true }, 3), null);
});
