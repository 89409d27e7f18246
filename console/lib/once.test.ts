import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem.ts';
import { makeOnce, type Once } from './once.ts';

const body = { name: 'Nightly export' };

async function keyAfter(once: Once, status: number, code: string): Promise<string> {
  let sent = '';
  const refused = once(body, (key) => {
    sent = key;
    return Promise.reject(new Problem(status, { code }));
  });
  await assert.rejects(refused);
  return sent;
}

const keyOf = (once: Once, what: unknown) => once(what, (key) => Promise.resolve(key));

for (const [status, code] of [
  [0, 'unreachable'],
  [502, 'foreign_answer'],
  [413, 'foreign_answer'],
  [503, 'draining'],
  [409, 'idempotency_in_progress'],
] as const) {
  test(`the key stays after ${status} ${code}`, async () => {
    const once = makeOnce();
    assert.equal(await keyAfter(once, status, code), await keyOf(once, body));
  });
}

for (const [status, code] of [
  [400, 'invalid_request'],
  [403, 'forbidden'],
  [409, 'conflict'],
] as const) {
  test(`after ${status} ${code} the next try has another key`, async () => {
    const once = makeOnce();
    assert.notEqual(await keyAfter(once, status, code), await keyOf(once, body));
  });
}

test('the key survives a lost answer and the refusal of a retry that came too early', async () => {
  const once = makeOnce();
  const first = await keyAfter(once, 0, 'unreachable');
  assert.equal(await keyAfter(once, 409, 'idempotency_in_progress'), first);
  assert.equal(await keyOf(once, body), first);
});

test('what broke in the console itself may have been carried out: the key stays', async () => {
  const once = makeOnce();
  let sent = '';
  await assert.rejects(
    once(body, (key) => {
      sent = key;
      return Promise.reject(new SyntaxError('Unexpected end of JSON input'));
    }),
  );
  assert.equal(await keyOf(once, body), sent);
});

test('a request that says something else has another key', async () => {
  const once = makeOnce();
  assert.notEqual(await keyOf(once, body), await keyOf(once, { name: 'Billing' }));
});

test('the refusal of an earlier request leaves the key of a later one', async () => {
  const once = makeOnce();
  const { promise, reject } = Promise.withResolvers<never>();
  const earlier = once({ name: 'Billing' }, () => promise);
  const later = await keyOf(once, body);
  reject(new Problem(400, { code: 'invalid_request' }));
  await assert.rejects(earlier);
  assert.equal(await keyOf(once, body), later);
});
