import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toTimestamp } from './common.ts';

const last = 8_640_000_000_000_000;

test('a time is written as Date writes it, in any order of times', () => {
  const time = fc.oneof(
    fc.integer({ min: -last, max: last }),
    fc.integer({ min: -3, max: 3 }).map((n) => 1_795_219_200_000 + n),
    fc.double({ min: -last, max: last, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(time, { maxLength: 20 }), (times) => {
      for (const ms of times) assert.equal(toTimestamp(ms), new Date(ms).toISOString());
    }),
    { numRuns: 2_000 },
  );
});

test('no time is null, and what no calendar has is a RangeError', () => {
  assert.equal(toTimestamp(null), null);
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, last + 86_400_000, -last - 86_400_000]) {
    assert.throws(() => toTimestamp(ms), RangeError, String(ms));
  }
});
