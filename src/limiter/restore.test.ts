import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeJournal } from './journal.ts';
import type { DayCounter, JournalBatch, Quota } from './limiter.ts';
import { MemoryLimiter } from './memory.ts';
import { anyPauseMs, anyQuotas, anyUnits, DAY_MS, FakeClock, NaiveModel, NOON_MS } from './model.test.ts';

const OPEN = { perMinute: 1000, burst: 0, perDay: 1_000_000_000 };

/** What the server keeps on disk, and all it ever wrote. */
class Disk {
  batches: JournalBatch[] = [];
  readonly archive: JournalBatch[] = [];
  readonly days = new Map<string, DayCounter>();
  flushedSeq = 0;

  writeBatch(batch: JournalBatch | null): void {
    if (batch === null) return;
    assert.ok(this.archive.every((older) => older.seq < batch.seq));
    this.batches.push(batch);
    this.archive.push(batch);
  }

  writeDays(rows: readonly DayCounter[]): void {
    assert.equal(new Set(rows.map((row) => `${row.group} ${row.day}`)).size, rows.length, 'a row twice');
    for (const row of rows) {
      this.days.set(`${row.group} ${row.day}`, row);
      this.flushedSeq = row.journalSeq;
    }
  }

  prune(wallMs: number): void {
    this.batches = this.batches.filter((batch) => batch.seq > this.flushedSeq || batch.at >= wallMs - 61_000);
  }

  /** In an order that is not that of the seqs. */
  state() {
    const odd = this.batches.filter((batch) => batch.seq % 2 === 1);
    const even = this.batches.filter((batch) => batch.seq % 2 === 0);
    return { batches: [...even.reverse(), ...odd], days: [...this.days.values()] };
  }
}

/** One server after the other on the same disk, beside a model of which every kill takes what was not written. */
class World {
  readonly clock = new FakeClock();
  readonly disk = new Disk();
  readonly model = new NaiveModel();
  limiter = new MemoryLimiter(this.clock);
  writtenAdmissions = 0;

  take(quotas: readonly Quota[], units: number): void {
    const expected = this.model.decide(this.clock, quotas, units, true);
    assert.deepEqual(this.limiter.take(quotas, units), expected);
  }

  flush(withDays: boolean): void {
    this.disk.writeBatch(this.limiter.drainJournal());
    this.writtenAdmissions = this.model.admissions.length;
    if (withDays) this.disk.writeDays(this.limiter.dirtyDays());
  }

  restart(awayMs: number, bootMs: number): void {
    this.model.admissions.length = this.writtenAdmissions;
    this.clock.advance(awayMs);
    const shiftMs = bootMs - this.clock.nowMs;
    this.clock.nowMs += shiftMs;
    this.clock.wallOffsetMs -= shiftMs;
    this.model.admissions = this.model.admissions.map((a) => ({ ...a, atMs: a.atMs + shiftMs }));
    this.limiter = new MemoryLimiter(this.clock);
    this.limiter.restore(this.disk.state());
  }
}

const anyAwayMs = fc.integer({ min: 0, max: 40_000 });
const anyBootMs = fc.integer({ min: 0, max: 2 ** 40 }).map((ticks) => ticks / 1024);
const anyAction = fc.oneof(
  { weight: 10, arbitrary: fc.record({ take: anyQuotas, units: anyUnits }) },
  { weight: 6, arbitrary: fc.record({ pauseMs: anyPauseMs }) },
  { weight: 3, arbitrary: fc.record({ flushDays: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ prune: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ sweep: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      stop: fc.constantFrom('clean', 'clean without days', 'kill', 'kill while writing'),
      awayMs: anyAwayMs,
      bootMs: anyBootMs,
    }),
  },
);

test('after any restarts and kills: what was written counts, once, and nothing else does', () => {
  fc.assert(
    fc.property(fc.array(anyAction, { minLength: 20, maxLength: 80 }), (actions) => {
      const world = new World();
      for (const action of actions) {
        if ('take' in action) world.take(action.take, action.units);
        else if ('pauseMs' in action) world.clock.advance(action.pauseMs);
        else if ('flushDays' in action) world.flush(action.flushDays);
        else if ('prune' in action) world.disk.prune(world.clock.wallMs());
        else if ('sweep' in action) world.limiter.sweep(action.sweep);
        else {
          if (action.stop.startsWith('clean')) world.flush(action.stop === 'clean');
          if (action.stop === 'kill while writing') world.limiter.drainJournal();
          world.restart(action.awayMs, action.bootMs);
        }
      }
      world.flush(true);
      assertCounters(world);
    }),
    { numRuns: 400 },
  );
});

/** Every row is the sum of all batches up to its seq, and there are just the rows the model has, of all days. */
function assertCounters({ disk, model }: World): void {
  const entries = disk.archive.flatMap(({ seq, body }) => {
    const { groups, days, groupIndexes, units } = decodeJournal(body);
    return [...units].map((count, i) => {
      const day = days.findLast((part) => part.from <= i)!.day;
      return { seq, group: groups[groupIndexes[i]!]!, day, count };
    });
  });
  for (const { group, day, used, journalSeq } of disk.days.values()) {
    const included = entries.filter((e) => e.group === group && e.day === day && e.seq <= journalSeq);
    assert.equal(
      included.reduce((total, { count }) => total + count, 0),
      used,
    );
  }
  const expected = new Map<string, number>();
  for (const { group, day, units } of model.admissions) {
    expected.set(`${group} ${day}`, (expected.get(`${group} ${day}`) ?? 0) + units);
  }
  assert.deepEqual(new Map([...disk.days].map(([key, row]) => [key, row.used])), expected);
}

test('a clean restart decides as if there had been none, also where the wall clock was set while it ran', () => {
  const anyStep = fc.record({
    quotas: anyQuotas,
    units: anyUnits,
    pauseMs: fc.integer({ min: 0, max: 8000 }),
    setWallByMs: fc.oneof(fc.constant(0), fc.integer({ min: -2 * DAY_MS, max: DAY_MS })),
    drains: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 5, maxLength: 40 }), anyAwayMs, (steps, awayMs) => {
      const clock = new FakeClock();
      const disk = new Disk();
      const limiter = new MemoryLimiter(clock);
      for (const { quotas, units, pauseMs, setWallByMs, drains } of steps) {
        clock.wallOffsetMs += setWallByMs;
        limiter.take(quotas, units);
        if (drains) disk.writeBatch(limiter.drainJournal());
        clock.advance(pauseMs);
      }
      limiter.take([{ group: 'lg_last', limits: OPEN }], 1);
      disk.writeBatch(limiter.drainJournal());
      disk.writeDays(limiter.dirtyDays());
      clock.advance(awayMs);
      const restarted = new MemoryLimiter(clock);
      restarted.restore(disk.state());
      for (const { quotas, units, pauseMs } of steps) {
        assert.deepEqual(restarted.take(quotas, units), limiter.take(quotas, units));
        clock.advance(pauseMs);
      }
    }),
    { numRuns: 200 },
  );
});

test('a wall clock set back while the server was away lets nothing more through, and is forgotten 60 s later', () => {
  const anyTakes = fc.array(fc.record({ units: anyUnits, pauseMs: fc.integer({ min: 0, max: 15_000 }) }), {
    minLength: 5,
    maxLength: 30,
  });
  fc.assert(
    fc.property(anyTakes, fc.integer({ min: 1, max: DAY_MS }), anyAwayMs, (takes, backMs, awayMs) => {
      const world = new World();
      const quotas = [{ group: 'lg_a', limits: { ...OPEN, perMinute: 20 } }];
      for (const { units, pauseMs } of takes) {
        world.take(quotas, units);
        world.clock.advance(pauseMs);
      }
      world.flush(true);
      world.clock.wallOffsetMs -= backMs;
      world.restart(awayMs, 0);
      for (const { units, pauseMs } of takes) {
        const isAllowed = world.model.decide(world.clock, quotas, units, false).admitted;
        const { admitted } = world.limiter.take(quotas, units);
        assert.ok(isAllowed || !admitted);
        if (admitted) world.model.decide(world.clock, quotas, units, true);
        world.clock.advance(pauseMs);
      }
      world.clock.advance(60_000);
      world.take(quotas, 20);
    }),
    { numRuns: 100 },
  );
});

test('where the wall clocks of two earlier runs disagree, waiting retryAfterMs still succeeds', () => {
  const world = new World();
  const quotas = [{ group: 'lg_a', limits: { ...OPEN, perMinute: 10 } }];
  for (let run = 0; run < 2; run++) {
    assert.equal(world.limiter.take(quotas, 5).admitted, true);
    world.flush(true);
    if (run === 0) world.clock.wallOffsetMs -= 30_000;
    world.restart(1000, 0);
  }
  const { admitted, retryAfterMs } = world.limiter.take(quotas, 6);
  assert.equal(admitted, false);
  world.clock.advance(retryAfterMs);
  assert.equal(world.limiter.take(quotas, 6).admitted, true);
});

for (const kept of ['batches', 'days'] as const) {
  test(`a wall clock set back a day while the server was away keeps the later day, by the ${kept} alone`, () => {
    const world = new World();
    const quotas = [{ group: 'lg_a', limits: { ...OPEN, perDay: 5 } }];
    world.take(quotas, 5);
    world.flush(true);
    if (kept === 'batches') world.disk.days.clear();
    else world.disk.batches = [];
    world.clock.wallOffsetMs -= DAY_MS;
    world.restart(1000, 0);
    const { admitted, retryAfterMs } = world.limiter.take(quotas, 1);
    assert.deepEqual([admitted, retryAfterMs], [false, DAY_MS / 2 + DAY_MS - 1000]);
  });
}

test('dirtyDays throws while an admission is not drained, and then loses none', () => {
  const limiter = new MemoryLimiter(new FakeClock());
  limiter.take([{ group: 'lg_a', limits: OPEN }], 2);
  assert.throws(() => limiter.dirtyDays(), /must follow drainJournal/);
  assert.equal(limiter.drainJournal()?.seq, 1);
  const row = { group: 'lg_a', day: Math.floor(NOON_MS / DAY_MS), used: 2, journalSeq: 1 };
  assert.deepEqual(limiter.dirtyDays(), [row]);
  assert.deepEqual(limiter.dirtyDays(), []);
  assert.equal(limiter.drainJournal(), null);
});

test('a counter of a day that ended before it was asked for is still handed out', () => {
  const clock = new FakeClock();
  const limiter = new MemoryLimiter(clock);
  const take = (units: number) => limiter.take([{ group: 'lg_a', limits: OPEN }], units);
  take(3);
  clock.advance(DAY_MS / 2);
  take(4);
  limiter.drainJournal();
  const today = Math.floor(clock.wallMs() / DAY_MS);
  assert.deepEqual(limiter.dirtyDays(), [
    { group: 'lg_a', day: today - 1, used: 3, journalSeq: 1 },
    { group: 'lg_a', day: today, used: 4, journalSeq: 1 },
  ]);
});

test('an unreadable batch makes restore throw and change nothing; a used limiter cannot be restored', () => {
  const world = new World();
  const quotas = [{ group: 'lg_a', limits: OPEN }];
  world.take(quotas, 5);
  world.flush(false);
  const limiter = new MemoryLimiter(world.clock);
  const { batches, days } = world.disk.state();
  const broken = { seq: 2, at: NOON_MS, body: batches[0]!.body.subarray(1) };
  assert.throws(() => limiter.restore({ batches: [...batches, broken], days }), /Unreadable journal batch/);
  assert.deepEqual([limiter.size, limiter.peek(quotas).states[0]!.minuteRemaining], [0, 1000]);
  assert.throws(() => limiter.restore({ batches, days }), /unused limiter/);
});
