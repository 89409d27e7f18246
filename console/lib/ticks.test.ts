import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spreadLabels, timeTicks, valueTicks } from './ticks.ts';

test('values are whole, evenly apart, begin at 0 and reach the highest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), (max) => {
      const ticks = valueTicks(max);
      assert.equal(ticks[0], 0);
      assert.ok(ticks.at(-1)! >= max && ticks.at(-2)! < max);
      assert.ok(ticks.length <= 6, String(ticks));
      const step = ticks[1]!;
      for (const [i, tick] of ticks.entries()) assert.equal(tick, i * step);
      assert.ok(Number.isInteger(step));
    }),
  );
});

test('where nothing happened there is still an axis', () => {
  assert.deepEqual(valueTicks(0), [0, 1]);
  assert.deepEqual(valueTicks(1), [0, 1]);
  assert.deepEqual(valueTicks(595), [0, 200, 400, 600]);
});

const at = (text: string) => Date.parse(`${text}Z`);
const labels = (from: string, to: string, count: number) =>
  timeTicks(at(from), at(to), count).map(({ label }) => label);

test('moments are round in UTC, and midnight is called by its day', () => {
  assert.deepEqual(labels('2026-11-21T18:10', '2026-11-22T06:10', 5), ['21:00', '22 Nov', '03:00', '06:00']);
  assert.deepEqual(labels('2026-11-21T10:03', '2026-11-21T10:33', 4), ['10:10', '10:20', '10:30']);
  assert.deepEqual(labels('2026-10-24T00:00', '2026-11-23T00:00', 5), [
    '26 Oct',
    '2 Nov',
    '9 Nov',
    '16 Nov',
    '23 Nov',
  ]);
});

test('long ranges have months, and January its year', () => {
  assert.deepEqual(labels('2025-11-22T00:00', '2026-11-22T00:00', 8), [
    '2026',
    'Mar',
    'May',
    'Jul',
    'Sep',
    'Nov',
  ]);
});

test('there are never more moments than have room', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2e12 }),
      fc.integer({ min: 120_000, max: 400 * 86_400_000 }),
      fc.integer({ min: 2, max: 20 }),
      (from, length, count) => {
        const ticks = timeTicks(from, from + length, count);
        assert.ok(ticks.length <= count + 1);
        assert.ok(ticks.every((tick) => tick.at >= from && tick.at <= from + length));
      },
    ),
  );
});

test('labels keep their distance and their order, and stay inside', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 300 }), { maxLength: 5 }), (wanted) => {
      const places = spreadLabels(wanted, 16, 8, 200);
      const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
      const sorted = order.map((i) => places[i]!);
      for (const [i, place] of sorted.entries()) {
        assert.ok(place >= 8 && place <= 200);
        if (i > 0) assert.ok(place - sorted[i - 1]! >= 16);
      }
    }),
  );
  assert.deepEqual(spreadLabels([50, 100], 16, 8, 200), [50, 100]);
});
