import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkNames } from '../../src/core/decide.ts';
import { checkWords, placeOfChange } from './explain-words.ts';

const found = (name: string, input: Record<string, unknown>) => checkWords({ name, input }).found;

test('every check of the guard has words, whatever it looked at', () => {
  for (const name of checkNames) {
    for (const input of [{}, { states: [], ipAllowlist: null, expiresAt: null, customerIds: null }]) {
      const words = checkWords({ name, input });
      assert.notEqual(words.label, name);
      assert.match(words.question, /\?$/);
      assert.doesNotMatch(words.found, /undefined(?! )|null|NaN|object/);
    }
  }
});

test('a check of a newer server has its own name', () => {
  assert.deepEqual(checkWords({ name: 'mood', input: { a: 1 } }), { label: 'mood', question: '', found: '' });
});

test('what a check looked at is said', () => {
  assert.equal(
    found('environment', { keyEnvironment: 'sandbox', requestEnvironment: 'production' }),
    'Key of Sandbox, request to Production',
  );
  assert.equal(
    found('ip', { ip: '127.0.0.1', ipAllowlist: ['10.0.0.0/8'] }),
    'From 127.0.0.1; allowed: 10.0.0.0/8',
  );
  assert.equal(found('scope', { requiredScopes: [] }), 'The call needs none');
  assert.equal(found('expiry', { expiresAt: null }), 'No end');
  assert.equal(found('status', { isActive: false, secretEndsAt: null }), 'Not active');
});

test('of the limit, what it is then and what is left now', () => {
  const limits = { perMinute: 60, burst: 10, perDay: 10_000 };
  assert.equal(found('limit', limits), '70 in any 60 seconds, 10,000 a day');
  assert.equal(
    found('limit', { ...limits, violatedPolicies: ['minute'], retryAfterSeconds: 12 }),
    '70 in any 60 seconds, 10,000 a day; reached for 60 seconds, with room again after 12 s',
  );
  const state = { minuteLimit: 70, minuteRemaining: 0, dayLimit: 10_000, dayRemaining: 9_930 };
  assert.equal(found('limit', { states: [state] }), '0 of 70 left in 60 seconds, 9,930 of 10,000 left today');
});

test('a change leads to where it is made, and nowhere where the caller has to make it', () => {
  const change = (action: string, path: string | null) => ({
    action,
    detail: '',
    request: path === null ? null : { method: 'POST', path, body: null },
  });
  assert.deepEqual(placeOfChange(change('activate_key', '/api/v1/api-keys/key_1/activate'), 'key_2'), {
    label: 'Open the key to activate it',
    to: '/keys/$id',
    keyId: 'key_1',
  });
  assert.equal(
    placeOfChange(change('activate_key', '/api/v1/me/api-keys/key_1/activate'), 'key_1')?.to,
    '/my-keys',
  );
  assert.equal(placeOfChange(change('use_replacement', null), 'key_1')?.to, '/keys/$id/rotation');
  assert.equal(placeOfChange(change('create_key', null), null)?.to, '/keys/new');
  assert.equal(placeOfChange(change('use_host', null), 'key_1'), null);
  assert.equal(placeOfChange(change('sign_in', null), null), null);
});
