import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Clock, GroupState, LimitOutcome, Limits, Quota } from './limiter.ts';

export const DAY_MS = 86_400_000;
export const NOON_MS = Date.UTC(2026, 2, 1, 12);

/** Both clocks in one: `advance` moves them together, `wallOffsetMs` is what somebody set the wall clock by. */
export class FakeClock implements Clock {
  nowMs: number;
  wallOffsetMs: number;

  constructor(nowMs = 0, wallOffsetMs = NOON_MS) {
    this.nowMs = nowMs;
    this.wallOffsetMs = wallOffsetMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return this.wallOffsetMs + this.nowMs;
  }

  advance(ms: number): void {
    this.nowMs += ms;
  }
}

interface Admission {
  readonly group: string;
  readonly atMs: number;
  readonly units: number;
  readonly day: number;
}

/** The judge: keeps every admission for ever and filters the list anew for every question. */
export class NaiveModel {
  admissions: Admission[] = [];
  day = Number.NEGATIVE_INFINITY;

  decide(clock: Clock, quotas: readonly Quota[], units: number, takes: boolean): LimitOutcome {
    const nowMs = clock.monotonicMs();
    this.day = Math.max(this.day, Math.floor(clock.wallMs() / DAY_MS));
    const dayResetMs = Math.ceil((this.day + 1) * DAY_MS - clock.wallMs());
    const refusals = quotas.map(({ group, limits }) => ({
      minute: this.used(group, nowMs) + units > limits.perMinute + limits.burst,
      day: this.usedToday(group) + units > limits.perDay,
    }));
    const admitted = refusals.every(({ minute, day }) => !minute && !day);
    const waits = quotas.flatMap(({ group, limits }, i) => [
      refusals[i]!.minute ? this.msUntil(group, nowMs, limits.perMinute + limits.burst - units) : 0,
      refusals[i]!.day ? dayResetMs : 0,
    ]);
    if (admitted && takes) {
      for (const group of new Set(quotas.map((quota) => quota.group))) {
        this.admissions.push({ group, atMs: nowMs, units, day: this.day });
      }
    }
    const states = quotas.map(({ group, limits }, i): GroupState => {
      const minuteLimit = limits.perMinute + limits.burst;
      const used = this.used(group, nowMs);
      return {
        minuteLimit,
        minuteRemaining: Math.max(0, minuteLimit - used),
        minuteResetMs: this.msUntil(group, nowMs, Math.min(used, minuteLimit) - 1),
        dayLimit: limits.perDay,
        dayRemaining: Math.max(0, limits.perDay - this.usedToday(group)),
        dayResetMs,
        minuteRefuses: refusals[i]!.minute,
        dayRefuses: refusals[i]!.day,
      };
    });
    return { admitted, retryAfterMs: Math.max(0, ...waits), states };
  }

  used(group: string, nowMs: number): number {
    return sum(this.admissions.filter((a) => a.group === group && nowMs - a.atMs < 60_000));
  }

  usedToday(group: string): number {
    return sum(this.admissions.filter((a) => a.group === group && a.day === this.day));
  }

  /** The shortest wait, in whole ms, after which at most `target` units are used; 60,000 when none will do. */
  msUntil(group: string, nowMs: number, target: number): number {
    const waits = this.admissions
      .filter((a) => a.group === group && nowMs - a.atMs < 60_000)
      .map((a) => a.atMs + 60_000 - nowMs)
      .sort((a, b) => a - b);
    return Math.ceil(waits.find((wait) => this.used(group, nowMs + wait) <= target) ?? 60_000);
  }
}

function sum(admissions: readonly Admission[]): number {
  return admissions.reduce((total, admission) => total + admission.units, 0);
}

const GROUPS = ['lg_a', 'lg_b', 'lg_tenant'];

export const anyLimits: fc.Arbitrary<Limits> = fc.record({
  perMinute: fc.integer({ min: 1, max: 30 }),
  burst: fc.integer({ min: 0, max: 10 }),
  perDay: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(1_000_000_000)),
});

export const anyUnits = fc.oneof(
  { weight: 4, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.integer({ min: 2, max: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 13, max: 45 }) },
);

/** One or two quotas; now and then the same group twice. */
export const anyQuotas: fc.Arbitrary<Quota[]> = fc.array(
  fc.record({ group: fc.constantFrom(...GROUPS), limits: anyLimits }),
  { minLength: 1, maxLength: 2 },
);

/** Whole ms: together, within a window, around its end, far beyond it, and on to another day. */
export const anyPauseMs = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 59_998, max: 60_002 }) },
  { weight: 1, arbitrary: fc.constantFrom(3_600_000, DAY_MS / 2, DAY_MS) },
);

test('the judge itself: a minute of 2 units frees the first after 60 s and the day after midnight', () => {
  const [clock, model] = [new FakeClock(0, NOON_MS), new NaiveModel()];
  const quotas = [{ group: 'g', limits: { perMinute: 1, burst: 1, perDay: 3 } }];
  const take = () => model.decide(clock, quotas, 1, true);
  assert.deepEqual(take().states[0], {
    minuteLimit: 2,
    minuteRemaining: 1,
    minuteResetMs: 60_000,
    dayLimit: 3,
    dayRemaining: 2,
    dayResetMs: DAY_MS / 2,
    minuteRefuses: false,
    dayRefuses: false,
  });
  clock.advance(10_000);
  assert.equal(take().admitted, true);
  assert.equal(take().retryAfterMs, 50_000);
  clock.advance(49_999);
  assert.equal(take().admitted, false);
  clock.advance(1);
  assert.equal(take().admitted, true);
  assert.equal(take().retryAfterMs, DAY_MS / 2 - 60_000);
});
