import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  dayMs,
  defaultGrace,
  endOfGrace,
  graceSeconds,
  hourMs,
  isInUse,
  rotationState,
  shareOfGrace,
} from './rotation.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');
const at = (ms: number) => new Date(ms).toISOString();
const retiring = (lastUsedAt: number | null) => ({
  secretId: 'sec_1',
  hint: 'sa_live_abc',
  endsAt: at(now + dayMs),
  lastUsedAt: lastUsedAt === null ? null : at(lastUsedAt),
});

describe('the grace of a rotation', () => {
  it('is a day unless somebody says otherwise', () => {
    assert.equal(graceSeconds(defaultGrace), 86_400);
  });

  it('is whole seconds up to 30 days, and nothing else', () => {
    const custom = (amount: string, unit: 'minutes' | 'hours' | 'days' = 'hours') =>
      graceSeconds({ choice: 'custom', amount, unit });
    assert.equal(custom('1.5'), 5_400);
    assert.equal(custom('30', 'days'), 2_592_000);
    assert.equal(custom('0'), 0);
    for (const amount of ['', ' ', '-1', 'two', '721']) assert.equal(custom(amount), null, amount);
  });

  it('never goes beyond the end of the key', () => {
    const open = { expiresAt: null, endsAt: null };
    assert.equal(endOfGrace(3_600, open, now), now + hourMs);
    assert.equal(endOfGrace(86_400, { ...open, expiresAt: at(now + hourMs) }, now), now + hourMs);
    assert.equal(
      endOfGrace(86_400, { expiresAt: at(now + dayMs), endsAt: at(now + 60_000) }, now),
      now + 60_000,
    );
  });
});

describe('what was used in the last 24 hours', () => {
  it('is in use, and what was never used is not', () => {
    assert.equal(isInUse(at(now - dayMs + 1), now), true);
    assert.equal(isInUse(at(now - dayMs), now), false);
    assert.equal(isInUse(null, now), false);
  });
});

describe('the state of a rotation', () => {
  const rotatedAt = now - 3 * hourMs;

  it('is none while no secret retires', () => {
    assert.deepEqual(rotationState({ retiring: null, mayRetireNow: false }, rotatedAt, now), {
      kind: 'none',
    });
  });

  it('is busy for a quarter of an hour after the old secret was sent', () => {
    const used = now - 5 * 60_000;
    const state = rotationState({ retiring: retiring(used), mayRetireNow: false }, rotatedAt, now);
    assert.deepEqual(state, { kind: 'busy', lastUsedAt: used });
  });

  it('counts the silence from the last use, or from the rotation when that was later', () => {
    const used = now - 2 * hourMs;
    const after = rotationState({ retiring: retiring(used), mayRetireNow: false }, rotatedAt, now);
    assert.deepEqual(after, { kind: 'calming', since: used, sureAt: used + dayMs });
    const before = rotationState({ retiring: retiring(rotatedAt - 1), mayRetireNow: false }, rotatedAt, now);
    assert.deepEqual(before, { kind: 'calming', since: rotatedAt, sureAt: rotatedAt + dayMs });
    const never = rotationState({ retiring: retiring(null), mayRetireNow: false }, rotatedAt, now);
    assert.deepEqual(never, { kind: 'calming', since: rotatedAt, sureAt: rotatedAt + dayMs });
  });

  it('is not busy by a use before the rotation, however short ago both were', () => {
    const moment = now - 60_000;
    const state = rotationState({ retiring: retiring(moment - 1), mayRetireNow: false }, moment, now);
    assert.equal(state.kind, 'calming');
  });

  it('is quiet when the server says so', () => {
    const state = rotationState({ retiring: retiring(null), mayRetireNow: true }, now - 2 * dayMs, now);
    assert.deepEqual(state, { kind: 'quiet', since: now - 2 * dayMs });
  });
});

describe('the share of the grace', () => {
  it('stays between nothing and all of it', () => {
    assert.equal(shareOfGrace(now - hourMs, now + hourMs, now), 0.5);
    assert.equal(shareOfGrace(now, now + hourMs, now - 1), 0);
    assert.equal(shareOfGrace(now - hourMs, now, now + 1), 1);
    assert.equal(shareOfGrace(now, now, now), 1);
  });
});
