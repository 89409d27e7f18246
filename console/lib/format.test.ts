import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatBytes, formatDuration, formatPercent, formatRelative } from './format.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');
const ago = (seconds: number) => formatRelative(now - seconds * 1_000, now);
const day = 86_400;

describe('a time is said', () => {
  test('by the largest unit that is over, and by the nearest beyond a day', () => {
    assert.equal(ago(0), 'just now');
    assert.equal(ago(59), '59 seconds ago');
    assert.equal(ago(60), '1 minute ago');
    assert.equal(ago(3 * 3_600 + 1_800), '3 hours ago');
    assert.equal(ago(day), 'yesterday');
    assert.equal(ago(-(90 * day - 60)), 'in 3 months');
    assert.equal(ago(12 * day), '2 weeks ago');
  });

  test('as just now where only the clocks differ', () => {
    assert.equal(ago(-12), 'just now');
    assert.equal(ago(-40), 'in 40 seconds');
  });
});

test('a share is never rounded to all or to nothing', () => {
  assert.equal(formatPercent(1), '100 %');
  assert.equal(formatPercent(0.9999), '99.9 %');
  assert.equal(formatPercent(0.0001), '< 0.1 %');
  assert.equal(formatPercent(0), '0 %');
  assert.equal(formatPercent(0.143), '14 %');
});

test('durations and sizes have the unit that suits them', () => {
  assert.deepEqual([0.84, 12.4, 1_430, 180_000].map(formatDuration), ['0.8 ms', '12 ms', '1.4 s', '3 min']);
  assert.deepEqual([999, 1_500, 2_340_000].map(formatBytes), ['999 B', '1.5 kB', '2.3 MB']);
});
