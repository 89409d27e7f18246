import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as core from '../../src/core/people.ts';
import { passwordAdvice, passwordLength } from './password.ts';

const samples = [
  '',
  'short',
  'elevenchars',
  'twelve chars',
  'aaaaaaaaaaaaaaaa',
  'abababababab',
  'abcabcabcabc',
  'abcdabcdabcd',
  'correct horse battery staple',
  'with a \0 in it, long enough',
  'half a surrogate \ud800 in it',
  'x'.repeat(64) + 'yz!'.repeat(21),
  'abcd'.repeat(32),
  `${'abcd'.repeat(32)}e`,
];

test('the advice speaks against exactly what the server refuses', () => {
  assert.deepEqual(passwordLength, core.passwordLength);
  for (const password of samples) {
    const isRefused = core.passwordProblem(password) !== null;
    assert.equal(passwordAdvice(password) !== null, isRefused, JSON.stringify(password));
  }
});

test('the e-mail address is no password', () => {
  assert.notEqual(passwordAdvice('Ada@Example.com 1', 'ada@example.com'), null);
  assert.equal(passwordAdvice('Ada@Example.com 1', ''), null);
});
