import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { moment, toTimestamp } from './common.ts';

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

test('a time in a request may have an offset or fractions, or none, and no other form', () => {
  const expected = Date.UTC(2026, 10, 21, 9, 30);
  for (const time of ['2026-11-21T09:30:00Z', '2026-11-21T09:30:00.000Z', '2026-11-21T10:30:00+01:00']) {
    assert.equal(moment.parse(time), expected, time);
  }
  for (const time of ['2026-11-21', '2026-11-21T09:30:00', 'yesterday', '2026-02-30T00:00:00Z', '', 1]) {
    const said = moment.safeParse(time).error?.issues[0]?.message;
    assert.equal(said, 'must be an ISO 8601 time, such as 2026-11-21T09:30:00Z', String(time));
  }
});
