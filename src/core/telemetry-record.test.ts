import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readTelemetry } from './telemetry-record.ts';

const good = { group: 'build', name: 'seconds' };

describe('a telemetry record', () => {
  test('is taken as it is where it is well formed', () => {
    for (const [type, value] of [
      ['value', 12.5],
      ['value', 0],
      ['text', ''],
      ['text', 'it is warm'],
      ['points', [1, 2, 3]],
      ['points', [{ at: '2026-11-21T09:30:00Z', value: 1 }]],
    ] as const) {
      assert.deepEqual(readTelemetry({ ...good, type, value }), { ...good, type, value, flagReason: null });
    }
  });

  test('is flagged with all that is wrong with it', () => {
    const flagged: [Record<string, unknown>, RegExp][] = [
      [{ ...good, type: 'value', value: '12' }, /^value is not a number$/],
      [{ ...good, type: 'value' }, /^value is not a number$/],
      [{ ...good, type: 'text', value: 1 }, /^value is not a text$/],
      [{ ...good, type: 'points', value: [] }, /^value is not a list of points$/],
      [{ ...good, type: 'points', value: [1, 'x'] }, /^value\.1 is no number/],
      [{ ...good, type: 'points', value: Array(1_001).fill(1) }, /more than 1000 points/],
      [{ ...good, type: 'color', value: 1 }, /^type is none of value, points, text$/],
      [{ type: 'value', value: 1 }, /^group is not .*; name is not /],
      [{}, /^group .*; name .*; type /],
    ];
    for (const [given, expected] of flagged)
      assert.match(readTelemetry(given).flagReason ?? '', expected, JSON.stringify(given));
  });

  test('of whatever kind is read, and what is kept of it is small', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (more, value) => {
        const record = readTelemetry({ ...more, type: 'value', ...good, value });
        assert.equal(record.flagReason === null, typeof value === 'number');
      }),
    );
    const { value } = readTelemetry({ ...good, type: 'value', value: 'x'.repeat(100_000) });
    assert.ok(JSON.stringify(value).length < 5_000);
  });
});
