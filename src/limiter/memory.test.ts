import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Limits, type Quota, UNLIMITED, WINDOW_MS } from './limiter.ts';
import { MemoryLimiter } from './memory.ts';
import {
  anyLimits,
  anyPauseMs,
  anyQuotas,
  anyUnits,
  DAY_MS,
  FakeClock,
  NaiveModel,
  NOON_MS,
} from './model.test.ts';

const MANY = 1_000_000_000;

function setUp() {
  const clock = new FakeClock();
  const limiter = new MemoryLimiter(clock);
  const take = (limits: Limits, units = 1, group = 'lg_a') => limiter.take([{ group, limits }], units);
  return { clock, limiter, take };
}

/** What a limiter left in the last quota of each group, as policies keep it: stale after a sweep or a new day. */
class HeldGroups {
  readonly #last = new Map<string, object | null>();

  give(quotas: readonly Quota[]): Quota[] {
    return quotas.map((quota) => ({ ...quota, held: this.#last.get(quota.group) ?? null }));
  }

  keep(quotas: readonly Quota[]): void {
    for (const { group, held } of quotas) this.#last.set(group, held ?? null);
  }
}

const anyAction = fc.oneof(
  { weight: 8, arbitrary: fc.record({ take: anyQuotas, units: anyUnits }) },
  { weight: 2, arbitrary: fc.record({ peek: anyQuotas, units: anyUnits }) },
  { weight: 5, arbitrary: fc.record({ pauseMs: anyPauseMs }) },
  { weight: 2, arbitrary: fc.record({ pauseTicks: fc.integer({ min: 1, max: 2048 }) }) },
  { weight: 1, arbitrary: fc.record({ setWallByMs: fc.integer({ min: -2 * DAY_MS, max: DAY_MS }) }) },
  { weight: 1, arbitrary: fc.record({ sweep: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.constant({ drain: true }) },
);

test('every decision and figure is that of a naive model, whatever the times, costs, limits and wall clock', () => {
  fc.assert(
    fc.property(fc.array(anyAction, { minLength: 20, maxLength: 80 }), (actions) => {
      const { clock, limiter } = setUp();
      const model = new NaiveModel();
      const held = new HeldGroups();
      for (const action of actions) {
        if ('take' in action) {
          const expected = model.decide(clock, action.take, action.units, true);
          const quotas = held.give(action.take);
          assert.deepEqual(limiter.take(quotas, action.units, clock.wallMs()), expected);
          held.keep(quotas);
        } else if ('peek' in action) {
          const expected = model.decide(clock, action.peek, action.units, false);
          const quotas = held.give(action.peek);
          assert.deepEqual(limiter.peek(quotas, action.units), expected);
          held.keep(quotas);
        } else if ('pauseMs' in action) clock.advance(action.pauseMs);
        else if ('pauseTicks' in action) clock.advance(action.pauseTicks / 1024);
        else if ('setWallByMs' in action) clock.wallOffsetMs += action.setWallByMs;
        else if ('sweep' in action) limiter.sweep(action.sweep);
        else if (limiter.drainJournal() !== null) limiter.dirtyDays();
      }
    }),
    { numRuns: 400 },
  );
});

test('never more than N units in any 60 s while the limits stay the same, on a clock of any fraction', () => {
  const anySteps = fc.array(
    fc.record({
      pauseMs: fc.double({ min: 0, max: 9000, noNaN: true }),
      units: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 30, maxLength: 120 },
  );
  fc.assert(
    fc.property(anyLimits, anySteps, (given, steps) => {
      const { clock, take } = setUp();
      const limits = { ...given, perDay: MANY };
      const admitted: { atMs: number; units: number }[] = [];
      for (const { pauseMs, units } of steps) {
        clock.advance(pauseMs);
        const atMs = Math.floor(clock.nowMs * 1024) / 1024;
        if (take(limits, units).admitted) admitted.push({ atMs, units });
      }
      for (const { atMs } of admitted) {
        const inWindow = admitted.filter((other) => other.atMs >= atMs && other.atMs - atMs < 60_000);
        const used = inWindow.reduce((total, other) => total + other.units, 0);
        assert.ok(used <= limits.perMinute + limits.burst, `${used} units in the 60 s from ${atMs}`);
      }
    }),
    { numRuns: 200 },
  );
});

test('waiting exactly retryAfterMs rounded up to whole seconds succeeds when nothing else was sent', () => {
  const anyHistory = fc.array(
    fc.record({ quotas: anyQuotas, units: anyUnits, pauseMs: fc.double({ min: 0, max: 7000, noNaN: true }) }),
    { minLength: 10, maxLength: 60 },
  );
  let waited = 0;
  fc.assert(
    fc.property(anyHistory, fc.double({ min: 0, max: 1e9, noNaN: true }), (history, startMs) => {
      const clock = new FakeClock(startMs);
      const limiter = new MemoryLimiter(clock);
      for (const { quotas, units, pauseMs } of history) {
        const canFit = quotas.every(({ limits: l }) => units <= l.perMinute + l.burst && units <= l.perDay);
        const outcome = limiter.take(quotas, units);
        if (!outcome.admitted && canFit) {
          assert.ok(Number.isInteger(outcome.retryAfterMs) && outcome.retryAfterMs > 0);
          clock.advance(Math.ceil(outcome.retryAfterMs / 1000) * 1000);
          assert.equal(limiter.take(quotas, units).admitted, true);
          waited++;
        }
        clock.advance(pauseMs);
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(waited > 100, `only ${waited} refusals were waited out`);
});

test('peek takes nothing: with or without peeks in between every take is answered the same', () => {
  const anyCall = fc.record({ quotas: anyQuotas, units: anyUnits, pauseMs: anyPauseMs });
  fc.assert(
    fc.property(fc.array(anyCall, { maxLength: 40 }), (calls) => {
      const clock = new FakeClock();
      const [peeked, left] = [new MemoryLimiter(clock), new MemoryLimiter(clock)];
      for (const { quotas, units, pauseMs } of calls) {
        const outcome = peeked.peek(quotas, units);
        assert.deepEqual(peeked.peek(quotas, units), outcome);
        assert.equal(outcome.admitted, left.peek(quotas, units).admitted);
        const taken = left.take(quotas, units);
        assert.equal(taken.admitted, outcome.admitted);
        assert.deepEqual(peeked.take(quotas, units), taken);
        clock.advance(pauseMs);
      }
      const onlyPeeked = new MemoryLimiter(clock);
      for (const { quotas } of calls) onlyPeeked.peek(quotas);
      assert.equal(onlyPeeked.drainJournal(), null);
      assert.deepEqual(onlyPeeked.dirtyDays(), []);
    }),
    { numRuns: 50 },
  );
});

test('a limit lowered and raised again has forgotten no admission', () => {
  const { clock, take } = setUp();
  const [high, low] = [
    { perMinute: 100, burst: 0, perDay: MANY },
    { perMinute: 5, burst: 0, perDay: MANY },
  ];
  for (let i = 0; i < 60; i++) assert.equal(take(high).admitted, true);
  clock.advance(1000);
  assert.equal(take(low).states[0]!.minuteRemaining, 0);
  let more = 0;
  while (take(high).admitted) more++;
  assert.equal(more, 40);
});

test('a refusal by any quota or policy takes nothing from the others', () => {
  const { limiter } = setUp();
  const open = { group: 'lg_a', limits: { perMinute: 10, burst: 0, perDay: 100 } };
  const shut = { group: 'lg_tenant', limits: { perMinute: 10, burst: 0, perDay: 3 } };
  assert.equal(limiter.take([open, shut], 3).admitted, true);
  const refused = limiter.take([open, shut], 1);
  assert.deepEqual(
    refused.states.map((state) => [
      state.minuteRemaining,
      state.dayRemaining,
      state.minuteRefuses,
      state.dayRefuses,
    ]),
    [
      [7, 97, false, false],
      [7, 0, false, true],
    ],
  );
  assert.equal(refused.retryAfterMs, DAY_MS / 2);
});

test('a cost above the limit is never admitted and says 60 s, or the end of the day when the day refuses it', () => {
  const { take } = setUp();
  assert.equal(take({ perMinute: 5, burst: 2, perDay: MANY }, 8).retryAfterMs, 60_000);
  assert.equal(take({ perMinute: 5, burst: 2, perDay: 7 }, 8).retryAfterMs, DAY_MS / 2);
  assert.equal(take({ perMinute: 5, burst: 2, perDay: 7 }, 7).admitted, true);
});

test('units that are no whole number from 1 on throw, and limits that are no numbers refuse', () => {
  const { limiter, take } = setUp();
  const limits = { perMinute: 5, burst: 0, perDay: MANY };
  for (const units of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => take(limits, units), RangeError);
  }
  assert.equal(take({ ...limits, burst: Number.NaN }).admitted, false);
  assert.equal(take({ ...limits, perDay: Number.NaN }).admitted, false);
  assert.equal(limiter.drainJournal(), null);
});

test('a day ends at 00:00 UTC, and a wall clock set back to the day before brings nothing back', () => {
  const { clock, take } = setUp();
  const limits = { perMinute: 100, burst: 0, perDay: 2 };
  assert.equal(take(limits, 2).admitted, true);
  clock.advance(DAY_MS / 2 - 1);
  assert.deepEqual([take(limits).admitted, take(limits).retryAfterMs], [false, 1]);
  clock.advance(1);
  assert.equal(take(limits, 2).admitted, true);
  clock.wallOffsetMs -= 1000;
  assert.deepEqual([take(limits).admitted, take(limits).retryAfterMs], [false, DAY_MS + 1000]);
});

test('a quota that was used with one limiter counts afresh with another', () => {
  const quotas = [{ group: 'lg_a', limits: { perMinute: 1, burst: 0, perDay: MANY }, held: null }];
  assert.equal(setUp().limiter.take(quotas, 1).admitted, true);
  assert.equal(setUp().limiter.take(quotas, 1).admitted, true);
});

test('a monotonic clock that goes back stands still instead', () => {
  const { clock, take } = setUp();
  const limits = { perMinute: 2, burst: 0, perDay: MANY };
  take(limits);
  clock.advance(-30_000);
  take(limits);
  assert.equal(take(limits).retryAfterMs, 60_000);
  clock.advance(90_000);
  assert.equal(take(limits, 2).admitted, true);
});

test('a sweep frees idle groups and the room of a past peak but no counter of today', () => {
  const { clock, limiter, take } = setUp();
  const limits = { perMinute: 100_000, burst: 0, perDay: MANY };
  for (let i = 0; i < 100; i++) take(limits, 1, `lg_${i}`);
  take(limits, 50_000, 'lg_peak');
  clock.advance(30_000);
  take(limits, 3, 'lg_peak');
  limiter.drainJournal();
  limiter.dirtyDays();
  clock.advance(30_000);
  assert.ok(limiter.windowBytes > 400_000);
  limiter.sweep(40);
  assert.equal(limiter.size, 61, 'one call looks at no more groups than told');
  for (let i = 0; i < 4; i++) limiter.sweep(40);
  assert.equal(limiter.size, 1);
  assert.ok(limiter.windowBytes < 100);
  const [peak, other] = ['lg_peak', 'lg_7'].map((group) => limiter.peek([{ group, limits }]).states[0]!);
  assert.deepEqual([peak!.minuteRemaining, peak!.dayRemaining], [100_000 - 3, MANY - 50_003]);
  assert.deepEqual([other!.minuteRemaining, other!.dayRemaining], [100_000, MANY - 1]);
  clock.advance(DAY_MS);
  assert.equal(take(limits, 1, 'lg_7').states[0]!.dayRemaining, MANY - 1);
});

test('NOON_MS is noon, which the tests above count on', () => assert.equal(NOON_MS % DAY_MS, DAY_MS / 2));

test('a group without a limit a day leaves nothing behind once its minute is over', () => {
  const { clock, limiter, take } = setUp();
  const limits = { perMinute: 2, burst: 0, perDay: UNLIMITED };
  for (let i = 0; i < 1_000; i++) take(limits, 1, `lg_${i}`);
  assert.deepEqual([take(limits, 1, 'lg_0').admitted, take(limits, 1, 'lg_0').admitted], [true, false]);
  limiter.drainJournal();
  assert.deepEqual(limiter.dirtyDays(), []);
  clock.advance(WINDOW_MS);
  for (let i = 0; i < 10; i++) limiter.sweep();
  assert.equal(limiter.size, 0);
});
