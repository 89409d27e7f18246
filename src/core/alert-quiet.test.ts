import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isTimeZone, type QuietHours, quietUntil } from './alert-quiet.ts';

const minuteMs = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Asks minute after minute. */
function naive({ from, to, timeZone }: QuietHours, now: number): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  formats.set(timeZone, format);
  const isQuiet = (at: number) => {
    const time = format.format(at);
    return from < to ? time >= from && time < to : time >= from || time < to;
  };
  let at = now;
  while (isQuiet(at)) at = Math.floor(at / minuteMs) * minuteMs + minuteMs;
  return at;
}

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
);
/** About the changes of clocks in 2026, and anywhere. */
const moment = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 2, 28), max: Date.UTC(2026, 2, 30) }),
  fc.integer({ min: Date.UTC(2026, 9, 24), max: Date.UTC(2026, 9, 26) }),
  fc.integer({ min: Date.UTC(2026, 3, 4), max: Date.UTC(2026, 3, 6) }),
  fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2030, 0, 1) }),
);

describe('quiet hours', () => {
  test('end when the clock of the place says so', () => {
    const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    const at = (text: string) => Date.parse(text);
    for (const [now, until] of [
      ['2026-03-10T20:59:59.999Z', '2026-03-10T20:59:59.999Z'],
      ['2026-03-10T21:00:00.000Z', '2026-03-11T06:00:00.000Z'],
      ['2026-03-11T05:59:59.999Z', '2026-03-11T06:00:00.000Z'],
      ['2026-03-11T06:00:00.000Z', '2026-03-11T06:00:00.000Z'],
      // The night in which clocks are put forward is an hour shorter.
      ['2026-03-28T21:00:00.000Z', '2026-03-29T05:00:00.000Z'],
      ['2026-10-24T20:00:00.000Z', '2026-10-25T06:00:00.000Z'],
    ] as const) {
      assert.equal(new Date(quietUntil(night, at(now))).toISOString(), until, now);
    }
  });

  test('are what asking minute after minute finds, also when clocks are changed', () => {
    fc.assert(
      fc.property(time, time, zone, moment, (from, to, timeZone, now) => {
        fc.pre(from !== to);
        const quiet = { from, to, timeZone };
        assert.equal(quietUntil(quiet, now), naive(quiet, now));
      }),
      { numRuns: 150 },
    );
  });

  test('need a time zone that there is', () => {
    for (const name of ['UTC', 'Europe/Berlin', 'Asia/Tokyo']) assert.ok(isTimeZone(name), name);
    for (const name of ['', 'Moon/Base', '+01:00', 'europe/berlin\r\n']) assert.ok(!isTimeZone(name), name);
  });
});
