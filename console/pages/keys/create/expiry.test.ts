import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf, expiresAtOf, expiryOf, expiryOptions, expiryProblem, localField } from './expiry.ts';

const now = Date.UTC(2026, 10, 22, 9, 5);
const day = 86_400_000;
const at = (ms: number) => new Date(ms).toISOString();
const free = { defaultExpiresAt: null, latestExpiresAt: null, maxExpiryDays: null };
const bound = {
  defaultExpiresAt: at(now + 90 * day),
  latestExpiresAt: at(now + 200 * day),
  maxExpiryDays: 200,
};
const values = (rules: typeof free | typeof bound) => expiryOptions(rules).map(({ value }) => value);

test('without a policy a key need not end, and that is what is chosen first', () => {
  assert.deepEqual(values(free), ['default', '7', '30', '90', '365', 'date']);
  assert.equal(expiresAtOf({ kind: 'default', date: '' }, free, now), undefined);
  assert.equal(endOf({ kind: 'default', date: '' }, free, now), null);
});

test('a policy takes away what it does not allow', () => {
  assert.deepEqual(values(bound), ['default', '7', '30', '90', '200', 'date']);
  assert.match(expiryProblem({ kind: 'never', date: '' }, bound, now) ?? '', /within 200 days/);
  assert.match(
    expiryProblem({ kind: 'date', date: localField(now + 201 * day) }, bound, now) ?? '',
    /later than/,
  );
});

test('the latest that is allowed is the server’s word, whatever the clock of the browser says', () => {
  assert.equal(endOf({ kind: '200', date: '' }, bound, now + day), now + 200 * day);
});

test('a moment is read in the time zone of the browser, and must be to come', () => {
  const date = localField(now + day);
  assert.equal(expiresAtOf({ kind: 'date', date }, free, now), at(now + day));
  assert.match(expiryProblem({ kind: 'date', date: '' }, free, now) ?? '', /day and a time/);
  assert.match(expiryProblem({ kind: 'date', date: localField(now - day) }, free, now) ?? '', /future/);
});

test('a copy takes over an end that is to come, and forgets one that has passed', () => {
  assert.equal(expiryOf(at(now + day), now).kind, 'date');
  assert.equal(expiryOf(at(now - day), now).kind, 'default');
});
