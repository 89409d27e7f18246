import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  comparisonsOf,
  fromUtcInput,
  intervalMs,
  pointWords,
  type RangeParams,
  rangeOf,
  ranges,
  rangeWords,
  toParam,
  toUtcInput,
  zoomOf,
} from './ranges.ts';

const now = Date.parse('2026-11-21T14:25:40Z');
const iso = (at: number) => new Date(at).toISOString();

test('a range ends with the interval that is going on, and is as long as it says', () => {
  for (const { name, lengthMs } of ranges) {
    const range = rangeOf({ range: name }, now);
    assert.equal(range.to - range.from, lengthMs, name);
    assert.ok(range.to > now && range.to - now <= intervalMs[range.interval], name);
    assert.ok(range.isLive && !range.isCustom, name);
  }
});

test('no range asks for more points than the server gives', () => {
  const spans: RangeParams[] = ranges.map(({ name }) => ({ range: name }));
  for (let hours = 1; hours < 24 * 500; hours += 7) {
    spans.push({ from: iso(now - hours * 3_600_000), to: iso(now) });
  }
  for (const params of spans) {
    const { from, to, interval } = rangeOf(params, now);
    assert.ok((to - from) / intervalMs[interval] <= 1_500, JSON.stringify(params));
  }
});

test('an address without sense shows the last 24 hours', () => {
  const day = rangeOf({}, now);
  assert.equal(day.name, '24h');
  for (const params of [
    { range: 'century' },
    { from: 'then', to: 'now' },
    { from: iso(now), to: iso(now - 60_000) },
    { from: iso(now + 60_000), to: iso(now + 3_600_000) },
    { from: iso(now - 3_600_000) },
  ]) {
    assert.deepEqual(rangeOf(params, now), day, JSON.stringify(params));
  }
});

test('minutes are asked for only where they are still kept', () => {
  const daysAgo = (days: number) => ({
    from: iso(now - days * 86_400_000),
    to: iso(now - days * 86_400_000 + 3_600_000),
  });
  assert.equal(rangeOf(daysAgo(2), now).interval, 'minute');
  assert.equal(rangeOf(daysAgo(20), now).interval, 'hour');
  assert.equal(rangeOf(daysAgo(2), now, { minuteUsageDays: 1, hourUsageDays: 395 }).interval, 'hour');
});

test('a range of its own does not reach into the future, and moves on only where it ends now', () => {
  const future = rangeOf({ from: iso(now - 3_600_000), to: iso(now + 86_400_000) }, now);
  assert.equal(iso(future.to), '2026-11-21T14:26:00.000Z');
  assert.ok(future.isLive);
  const past = rangeOf({ range: '7d', from: iso(now - 7_200_000), to: iso(now - 3_600_000) }, now);
  assert.ok(!past.isLive && past.isCustom);
  assert.equal(past.name, '7d');
});

test('a drag asks for whole intervals, and one that is too short for nothing', () => {
  const at = (text: string) => Date.parse(`2026-11-21T${text}Z`);
  assert.deepEqual(zoomOf(at('10:20:00'), at('12:40:00'), 'hour'), {
    from: '2026-11-21T10:00Z',
    to: '2026-11-21T13:00Z',
  });
  assert.equal(zoomOf(at('10:20:05'), at('10:20:20'), 'minute'), null);
  assert.deepEqual(rangeOf(zoomOf(at('10:20:00'), at('12:40:00'), 'hour') ?? {}, now).interval, 'minute');
});

test('what was zoomed into is what is asked for', () => {
  const zoomed = zoomOf(now - 20 * 3_600_000, now - 10 * 3_600_000, 'hour')!;
  const { from, to } = rangeOf(zoomed, now);
  assert.deepEqual([toParam(from), toParam(to)], [zoomed.from, zoomed.to]);
});

test('short ranges are held against a week before, all against the same length before, a year against none', () => {
  const of = (params: RangeParams) =>
    comparisonsOf(rangeOf(params, now)).map(({ label, shiftMs }) => [label, shiftMs / 3_600_000]);
  assert.deepEqual(of({ range: '24h' }), [
    ['a week before', 168],
    ['the 24 hours before', 24],
  ]);
  assert.deepEqual(of({ range: '7d' }), [['the week before', 168]]);
  assert.deepEqual(of({ range: '12mo' }), []);
  for (const { name } of ranges) {
    const range = rangeOf({ range: name }, now);
    for (const { shiftMs } of comparisonsOf(range))
      assert.equal(shiftMs % intervalMs[range.interval], 0, name);
  }
});

test('times are written in UTC', () => {
  assert.equal(pointWords(Date.parse('2026-11-21T23:00Z'), 'hour'), 'Sat 21 Nov, 23:00–00:00');
  assert.equal(pointWords(Date.parse('2026-11-21T00:00Z'), 'day'), 'Sat 21 Nov');
  assert.equal(
    rangeWords(Date.parse('2026-11-14T00:00Z'), Date.parse('2026-11-21T00:00Z'), 'day'),
    '14 Nov 2026 to 20 Nov 2026, days in UTC',
  );
  assert.equal(
    rangeWords(Date.parse('2026-11-21T10:00Z'), Date.parse('2026-11-21T11:00Z'), 'minute'),
    '21 Nov 2026, 10:00 to 11:00 UTC',
  );
  assert.equal(fromUtcInput(toUtcInput(now)), Date.parse('2026-11-21T14:25Z'));
  assert.equal(fromUtcInput(''), null);
});
