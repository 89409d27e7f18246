import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecret } from '../../src/core/secret.ts';
import { withoutSecrets } from './typed-text.ts';

test('of a pasted secret only its hint is left, whatever stands around it', () => {
  const { secret, hint } = createSecret('sa', 'production');
  assert.equal(withoutSecrets(secret), hint);
  assert.equal(withoutSecrets(`Bearer ${secret}"`), `Bearer ${hint}"`);
  assert.equal(withoutSecrets(secret.slice(0, 40)), hint, 'of a part of it, too');
});

test('every other text stays as it is', () => {
  for (const text of ['', 'Zendesk … sync', 'sa_live_', '/api/v1/kb', 'key_01m80d']) {
    assert.equal(withoutSecrets(text), text);
  }
});
