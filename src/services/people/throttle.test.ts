import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../errors.ts';
import { SignInThrottle } from './throttle.ts';

class TestClock {
  now = 1_000;
  monotonicMs(): number {
    return this.now;
  }
  wallMs(): number {
    return this.now;
  }
}

async function refusalOf(throttle: SignInThrottle, ip: string, account: string): Promise<AppError | null> {
  try {
    (await throttle.enter(ip, account)).release();
    return null;
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
}

async function fail(throttle: SignInThrottle, ip: string, account: string): Promise<void> {
  (await throttle.enter(ip, account)).fail();
}

test('ten failures in ten minutes close an account from everywhere, and an address for every account', async () => {
  const clock = new TestClock();
  const throttle = new SignInThrottle(clock);
  for (let i = 0; i < 10; i++) await fail(throttle, `192.0.2.${i}`, 'ada@example.com');
  const account = await refusalOf(throttle, '198.51.100.1', 'ADA@example.com');
  assert.equal(account?.code, 'rate_limited');
  assert.equal(account?.headers['Retry-After'], '600');
  assert.equal(await refusalOf(throttle, '192.0.2.1', 'bob@example.com'), null);

  for (let i = 0; i < 10; i++) await fail(throttle, '203.0.113.9', `user${i}@example.com`);
  assert.equal((await refusalOf(throttle, '203.0.113.9', 'nobody@example.com'))?.code, 'rate_limited');
  assert.equal(await refusalOf(throttle, '203.0.113.10', 'nobody@example.com'), null);
});

test('an IPv6 address counts with its whole /64', async () => {
  const throttle = new SignInThrottle(new TestClock());
  for (let i = 0; i < 10; i++) await fail(throttle, `2001:db8::${i}`, `user${i}@example.com`);
  assert.equal((await refusalOf(throttle, '2001:db8::ffff', 'nobody@example.com'))?.code, 'rate_limited');
  assert.equal(await refusalOf(throttle, '2001:db8:0:1::1', 'nobody@example.com'), null);
});

test('success neither counts nor forgives', async () => {
  const throttle = new SignInThrottle(new TestClock());
  for (let i = 0; i < 9; i++) await fail(throttle, '192.0.2.1', 'ada@example.com');
  for (let i = 0; i < 50; i++) assert.equal(await refusalOf(throttle, '192.0.2.1', 'ada@example.com'), null);
  await fail(throttle, '192.0.2.1', 'ada@example.com');
  assert.equal((await refusalOf(throttle, '192.0.2.1', 'ada@example.com'))?.code, 'rate_limited');
});

test('waiting Retry-After is enough, and a second less is not', async () => {
  const times = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 30, maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(times, async (pauses) => {
      const clock = new TestClock();
      const throttle = new SignInThrottle(clock);
      const failures: number[] = [];
      for (const pause of pauses) {
        clock.now += pause;
        const recent = failures.filter((at) => clock.now - at < 600_000);
        const refusal = await refusalOf(throttle, '192.0.2.1', 'ada@example.com');
        assert.equal(refusal !== null, recent.length >= 10);
        if (refusal === null) {
          await fail(throttle, '192.0.2.1', 'ada@example.com');
          failures.push(clock.now);
          continue;
        }
        const seconds = Number(refusal.headers['Retry-After']);
        assert.equal(seconds, Math.ceil((recent.at(-10)! + 600_000 - clock.now) / 1_000));
        clock.now += (seconds - 1) * 1_000;
        assert.ok(seconds === 1 || (await refusalOf(throttle, '192.0.2.1', 'ada@example.com')));
        clock.now += 1_000;
        assert.equal(await refusalOf(throttle, '192.0.2.1', 'ada@example.com'), null);
      }
    }),
    { numRuns: 50 },
  );
});

test('a hundred guesses at once are ten guesses', async () => {
  const throttle = new SignInThrottle(new TestClock());
  let judged = 0;
  const guess = async () => {
    const attempt = await throttle.enter('192.0.2.1', 'ada@example.com');
    judged++;
    await new Promise((resolve) => setImmediate(resolve));
    attempt.fail();
  };
  const results = await Promise.allSettled(Array.from({ length: 100 }, guess));
  assert.equal(judged, 10);
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 90);
});

test('people who know their password all get in, however many come at once', async () => {
  const throttle = new SignInThrottle(new TestClock());
  const enter = async (i: number) => {
    const attempt = await throttle.enter('192.0.2.1', `user${i}@example.com`);
    await new Promise((resolve) => setImmediate(resolve));
    attempt.release();
  };
  await Promise.all(Array.from({ length: 150 }, (_, i) => enter(i)));
  assert.equal(throttle.size, 0);
});

test('who waits is bounded: the rest hears 503', async () => {
  const throttle = new SignInThrottle(new TestClock(), { maxWaiting: 5 });
  const attempts = await Promise.all(
    Array.from({ length: 10 }, () => throttle.enter('192.0.2.1', 'ada@example.com')),
  );
  const waiting = Array.from({ length: 6 }, () => refusalOf(throttle, '192.0.2.1', 'ada@example.com'));
  await new Promise((resolve) => setImmediate(resolve));
  for (const attempt of attempts) attempt.release();
  const refusals = (await Promise.all(waiting)).filter((refusal) => refusal !== null);
  assert.deepEqual(
    refusals.map(({ code }) => code),
    ['overloaded'],
  );
});

test('a flood of names neither grows memory nor wipes out a count', async () => {
  const clock = new TestClock();
  const throttle = new SignInThrottle(clock, { maxTrails: 100 });
  for (let i = 0; i < 10; i++) await fail(throttle, `192.0.2.${i}`, 'ada@example.com');
  for (let i = 0; i < 5_000; i++) {
    const name = `user${i}@example.com`;
    if ((await refusalOf(throttle, `2001:db8:${i.toString(16)}::1`, name)) === null) {
      await fail(throttle, `2001:db8:${i.toString(16)}::1`, name);
    }
  }
  assert.ok(throttle.size <= 100 + 1_024);
  assert.equal((await refusalOf(throttle, '198.51.100.1', 'ada@example.com'))?.code, 'rate_limited');
  clock.now += 600_000;
  assert.equal(await refusalOf(throttle, '198.51.100.1', 'ada@example.com'), null);
  await fail(throttle, '198.51.100.7', 'someone@example.com');
  clock.now += 10_000;
  for (let i = 0; i < 200; i++) await refusalOf(throttle, '198.51.100.8', `late${i}@example.com`);
  assert.ok(throttle.size < 100, `${throttle.size} trails are left`);
});
