import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem.ts';
import { explained, waitWords } from './sign-in-problem.ts';

const type = 'https://keys.example.com/docs/errors/role_not_allowed';

test('a wait is said in words that are never too short', () => {
  assert.equal(waitWords(1), 'one second');
  assert.equal(waitWords(90), '90 seconds');
  assert.equal(waitWords(91), '2 minutes');
  assert.equal(waitWords(600), '10 minutes');
  assert.equal(waitWords(601), '11 minutes');
});

test('too many wrong passwords: until when to wait, with the request’s id', () => {
  const refused = new Problem(429, { code: 'rate_limited', retryAfterSeconds: 540, requestId: 'req_1' });
  const said = explained(refused, Date.UTC(2026, 10, 21, 12), 'https://keys.example.com');
  assert.match(said.message, /Try again in 9 minutes, at \d\d:\d\d/);
  assert.deepEqual([said.status, said.code, said.requestId], [429, 'rate_limited', 'req_1']);
});

test('a page at another address than Keyward’s is told so, and only that', () => {
  const refused = new Problem(403, { code: 'role_not_allowed', detail: 'No.', type });
  assert.match(explained(refused, 0, 'http://10.0.0.5:8787').message, /https:\/\/keys\.example\.com/);
  assert.equal(explained(refused, 0, 'https://keys.example.com'), refused);
  const other = new Problem(409, { code: 'conflict', detail: 'No.', type });
  assert.equal(explained(other, 0, 'http://10.0.0.5:8787'), other);
});

test('a wrong password is told without the number of its request', () => {
  const refused = new Problem(401, {
    code: 'invalid_credentials',
    detail: 'Wrong.',
    requestId: 'req_1',
    type,
  });
  const said = explained(refused, 0, 'http://10.0.0.5:8787');
  assert.deepEqual([said.message, said.requestId, said.status], ['Wrong.', null, 401]);
});
