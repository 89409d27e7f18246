import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { LatencyHistogram } from './histogram.ts';

const anyDurations = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 2 ** 36 - 1 }),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
  ),
  { minLength: 1, maxLength: 200 },
);

function histogramOf(durations: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const us of durations) histogram.add(us);
  return histogram;
}

test('a quantile is within 1/32 of the exact one of the whole microseconds, and exact below 16 µs', () => {
  fc.assert(
    fc.property(anyDurations, fc.double({ min: 0, max: 1, noNaN: true }), (durations, q) => {
      const sorted = durations.map(Math.floor).sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
      const found = histogramOf(durations).quantileUs(q)!;
      if (exact < 16) assert.equal(found, exact);
      else assert.ok(Math.abs(found - exact) <= exact / 32 + 0.5, `${found} for ${exact}`);
    }),
  );
});

test('parts merged, and written and read back, are the whole', () => {
  fc.assert(
    fc.property(anyDurations, anyDurations, (some, others) => {
      const merged = histogramOf(some);
      merged.merge(LatencyHistogram.decode(histogramOf(others).encode()));
      const whole = histogramOf([...some, ...others]);
      assert.equal(merged.encode(), whole.encode());
      assert.equal(merged.total, some.length + others.length);
      assert.equal(LatencyHistogram.decode(whole.encode()).encode(), whole.encode());
    }),
  );
});

test('counts up to a power of two are exact', () => {
  fc.assert(
    fc.property(anyDurations, fc.integer({ min: 4, max: 36 }), (durations, power) => {
      const expected = durations.filter((us) => Math.floor(us) < 2 ** power).length;
      assert.deepEqual(histogramOf(durations).countsUpTo([2 ** power]), [expected]);
    }),
  );
});

test('a histogram of nothing has no quantile, and what is beyond its range counts at its ends', () => {
  assert.equal(new LatencyHistogram().quantileUs(0.5), null);
  assert.equal(new LatencyHistogram().encode(), '');
  assert.equal(LatencyHistogram.decode('').total, 0);
  assert.equal(histogramOf([-5]).quantileUs(1), 0);
  assert.ok(histogramOf([Number.MAX_SAFE_INTEGER]).quantileUs(1)! < 2 ** 36);
});
