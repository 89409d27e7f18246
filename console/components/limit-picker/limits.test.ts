import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choiceOf, limitOf, limitProblems, limitSentences } from './limits.ts';

const limit = { perMinute: 60, burst: 10, perDay: 10_000 };

test('a tier has its own limits, whatever stands in the fields', () => {
  const choice = { ...choiceOf('starter', limit), perMinute: 'x' };
  assert.equal(limitOf(choice)?.perMinute, 60);
});

test('custom limits are read with or without separators', () => {
  const choice = { tier: 'custom', perMinute: '1,000', burst: '0', perDay: '1 000 000' } as const;
  assert.deepEqual(limitOf(choice), { perMinute: 1_000, burst: 0, perDay: 1_000_000 });
});

test('a burst beyond the requests a minute, a ceiling and what is no number are told at their fields', () => {
  const problems = (part: object, ceiling = null as typeof limit | null) =>
    Object.keys(limitProblems({ ...choiceOf('custom', limit), ...part }, ceiling));
  assert.deepEqual(problems({}), []);
  assert.deepEqual(problems({ burst: '61' }), ['burst']);
  assert.deepEqual(problems({ perMinute: '0', perDay: '' }), ['perMinute', 'perDay']);
  assert.deepEqual(problems({ perDay: '1000000001' }), ['perDay']);
  assert.deepEqual(problems({}, { perMinute: 50, burst: 10, perDay: 10_000 }), ['perMinute']);
});

test('the sentences say the window, the day and how long a day lasts at full speed', () => {
  const [first, second, third] = limitSentences(limit);
  assert.match(
    first!,
    /more than 70 requests in any 60 seconds \(60, and 10 more in a burst\), and 10,000 a day/,
  );
  assert.match(second!, /every 0\.86 seconds/);
  assert.match(third!, /after 2\.4 hours/);
  assert.equal(limitSentences({ perMinute: 1, burst: 0, perDay: 10_000 }).length, 2);
});
