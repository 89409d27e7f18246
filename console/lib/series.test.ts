import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsagePoint } from '../types.ts';
import {
  alignBefore,
  compare,
  differenceWords,
  errorsOf,
  kindWords,
  peakOf,
  stepPath,
  sumOf,
  sumSparklines,
} from './series.ts';

const hourMs = 3_600_000;
const first = Date.parse('2026-11-21T10:00:00.000Z');

function hours(totals: readonly number[], start = first): UsagePoint[] {
  return totals.map((total, i) => ({
    at: new Date(start + i * hourMs).toISOString(),
    total,
    ok: total,
    clientError: 0,
    rateLimited: 0,
    serverError: 0,
  }));
}

test('sums and the busiest point are those of the series', () => {
  const [point] = hours([9]);
  const series = [{ ...point!, ok: 4, clientError: 2, rateLimited: 2, serverError: 1 }, ...hours([3])];
  const sum = sumOf(series);
  assert.equal(sum.total, 12);
  assert.equal(errorsOf(sum), 5);
  assert.equal(kindWords(sum), '2 wrong, 2 over the limit, 1 failed here');
  assert.equal(kindWords(sumOf([])), 'none refused or failed');
  assert.equal(peakOf(hours([1, 7, 7, 2]))?.at, '2026-11-21T11:00:00.000Z');
  assert.equal(peakOf(hours([0, 0])), null);
});

test('each point stands beside the one so much earlier', () => {
  const weekMs = 168 * hourMs;
  const series = hours([1, 2, 3]);
  const before = hours([4, 5, 6], first - weekMs);
  assert.deepEqual(alignBefore(series, before, weekMs, 0), [4, 5, 6]);
  assert.deepEqual(alignBefore(series, before.slice(1), weekMs, 0), [null, 5, 6]);
});

test('what lies before the key was made is unknown, not zero', () => {
  const before = hours([0, 5, 6], first - 3 * hourMs);
  const madeInSecond = first - 2 * hourMs + 60_000;
  assert.deepEqual(alignBefore(hours([1, 2, 3]), before, 3 * hourMs, madeInSecond), [null, 5, 6]);
});

test('an hour that is not over is not held against a whole one', () => {
  const now = first + 2 * hourMs + 60_000;
  const sums = compare(hours([10, 20, 1]), [5, 10, 100], hourMs, now);
  assert.deepEqual(sums, { now: 30, before: 15, isPart: false });
});

test('points without anything beside them are left out on both sides', () => {
  const now = first + 10 * hourMs;
  assert.deepEqual(compare(hours([10, 20, 30]), [null, 10, 10], hourMs, now), {
    now: 50,
    before: 20,
    isPart: true,
  });
});

test('a difference is told in words', () => {
  const words = (now: number, before: number) => differenceWords(now, before, 'the week before');
  assert.equal(words(112, 100), '12 % more than the week before');
  assert.equal(words(88, 100), '12 % fewer than the week before');
  assert.equal(words(100, 100), 'as many as the week before');
  assert.equal(words(10_001, 10_000), 'about as many as the week before');
  assert.equal(words(340, 100), '3.4 times as many as the week before');
  assert.equal(words(0, 100), '100 % fewer than the week before');
  assert.equal(words(5, 0), 'none in the week before');
  assert.equal(words(0, 0), 'none in the week before either');
});

test('the sparklines of all rows add up hour by hour', () => {
  assert.deepEqual(
    sumSparklines([
      [1, 2, 3],
      [0, 5, 1],
    ]),
    [1, 7, 4],
  );
  assert.equal(sumSparklines([]), null);
  assert.equal(sumSparklines([[1], [1, 2]]), null);
});

test('steps fill their box, and the last one stands apart', () => {
  assert.deepEqual(stepPath([0, 4, 2], 30, 20), {
    line: 'M0 20H10V0H20',
    area: 'M0 20V20H10V0H20V10H30V20Z',
    last: 'M20 10H30',
  });
  assert.equal(stepPath([0, 0], 30, 20).line, 'M0 20H15');
  assert.deepEqual(stepPath([], 30, 20), { line: '', area: '', last: '' });
});
