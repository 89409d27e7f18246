import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HISTORY_HOURS } from './flag-history.ts';
import {
  type DayCounts,
  defaultFlagSettings,
  type FlagCode,
  type FlagFacts,
  type FlagRules,
  type FlagSettings,
  flagCodes,
  flagsOf,
  hasFlag,
  urgencyOf,
} from './flags.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A Tuesday, half past two in the afternoon. */
const tuesday = Date.UTC(2026, 2, 10, 14, 30);
const rules: FlagRules = { ...defaultFlagSettings, rotationReminderDays: 90 };

type Pattern = (at: Date, hoursAgo: number) => number;

/** What a key did in each hour until `now`; `hoursAgo` is 0 in the present hour. */
function historyOf(pattern: Pattern, now = tuesday): number[] {
  return Array.from({ length: HISTORY_HOURS }, (_, i) => {
    const hoursAgo = HISTORY_HOURS - 1 - i;
    return pattern(new Date((Math.floor(now / hourMs) - hoursAgo) * hourMs), hoursAgo);
  });
}

const quiet: DayCounts = { total: 0, clientError: 0, rateLimited: 0, serverError: 0 };

function factsAt(now: number, changes: Partial<FlagFacts> = {}): FlagFacts {
  return {
    id: 'key_1',
    isProduction: true,
    isActive: true,
    createdAt: now - 60 * dayMs,
    lastUsedAt: now - hourMs,
    expiresAt: null,
    secretCreatedAt: now - 60 * dayMs,
    inheritedScopes: 0,
    ...changes,
  };
}

interface Case {
  readonly now?: number;
  readonly key?: Partial<FlagFacts>;
  readonly lastDay?: Partial<DayCounts>;
  readonly rules?: Partial<FlagSettings>;
}

function judge(pattern: Pattern, { now = tuesday, key, lastDay, rules: changed }: Case = {}) {
  const history = { counts: historyOf(pattern, now), lastDay: { ...quiet, ...lastDay } };
  return flagsOf(factsAt(now, key), history, { ...rules, ...changed }, now);
}

const codesOf = (...args: Parameters<typeof judge>) => judge(...args).map(({ code }) => code);

const isWeekday = (at: Date) => at.getUTCDay() >= 1 && at.getUTCDay() <= 5;
const isOfficeHour = (at: Date) => isWeekday(at) && at.getUTCHours() >= 8 && at.getUTCHours() < 18;
/** The same for the same hour, as random as it need be, from 0 to 1. */
const wobble = (at: Date) => Math.abs((Math.sin(at.getTime() / hourMs) * 43_758.545) % 1);

const steady: Pattern = (at) => 100 + Math.floor(40 * wobble(at));
const office: Pattern = (at) => (isOfficeHour(at) ? 200 + Math.floor(100 * wobble(at)) : 0);
/** Mondays at 02:00. */
const weeklyBatch: Pattern = (at) => (at.getUTCDay() === 1 && at.getUTCHours() === 2 ? 5_000 : 0);
const dailyBatch: Pattern = (at) => (at.getUTCHours() === 3 ? 1_000 : 0);
/** On the tenth of a month at noon. */
const monthlyJob: Pattern = (at) => (at.getUTCDate() === 10 && at.getUTCHours() === 12 ? 20_000 : 0);
const few: Pattern = (at) => (wobble(at) > 0.7 ? 1 + Math.floor(6 * wobble(at)) : 0);

/** The pattern until so many hours ago, and nothing after. */
const until =
  (pattern: Pattern, hours: number): Pattern =>
  (at, ago) =>
    ago < hours ? 0 : pattern(at, ago);
/** The pattern since so many hours ago, and nothing before. */
const since =
  (pattern: Pattern, hours: number): Pattern =>
  (at, ago) =>
    ago > hours ? 0 : pattern(at, ago);
const times =
  (pattern: Pattern, factor: number, hours: number): Pattern =>
  (at, ago) =>
    ago < hours ? Math.round(pattern(at, ago) * factor) : pattern(at, ago);

const regular: Record<string, Pattern> = { steady, office, weeklyBatch, dailyBatch, monthlyJob, few };

describe('a key that does what it always does', () => {
  for (const [name, pattern] of Object.entries(regular)) {
    test(`has no flag at any hour of a week: ${name}`, () => {
      for (let hour = 0; hour < 168; hour++) {
        const now = tuesday - hour * hourMs;
        assert.deepEqual(codesOf(pattern, { now }), [], new Date(now).toISOString());
      }
    });
  }

  test('whose job starts some hours earlier or later has none either', () => {
    for (const drift of [-3, -2, -1, 1, 2, 3]) {
      const drifting: Pattern = (at, ago) =>
        ago < 168 ? weeklyBatch(new Date(at.getTime() - drift * hourMs), ago) : weeklyBatch(at, ago);
      for (let hour = 0; hour < 168; hour++) {
        const now = tuesday - hour * hourMs;
        assert.deepEqual(codesOf(drifting, { now }), [], `${drift} ${new Date(now).toISOString()}`);
      }
    }
  });

  test('at random, ever so seldom or often, is hardly ever flagged', () => {
    for (const perHour of [0.02, 0.1, 0.5, 2, 10, 60]) {
      let flagged = 0;
      const runs = 300;
      for (let seed = 0; seed < runs; seed++) {
        const random = randomOf(seed * 1_000 + perHour * 10);
        flagged += codesOf(() => poisson(perHour, random)).length === 0 ? 0 : 1;
      }
      assert.ok(flagged <= runs * 0.01, `${perHour} an hour: ${flagged} of ${runs}`);
    }
  });
});

function randomOf(seed: number): () => number {
  let state = Math.floor(seed) + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

function poisson(mean: number, random: () => number): number {
  let product = random();
  let count = 0;
  for (const limit = Math.exp(-mean); product > limit; count++) product *= random();
  return count;
}

describe('silent', () => {
  test('is a key whose consumer died six hours ago, of those in which it was used every week', () => {
    assert.deepEqual(codesOf(until(steady, 6)), []);
    assert.deepEqual(codesOf(until(steady, 7)), ['silent']);
    const [flag] = judge(until(steady, 7));
    assert.equal(
      flag!.cause,
      'No request for 6 hours, since the hour of 2026-03-10 07:00 UTC; in 6 of these hours it was used in each of the four weeks before.',
    );
  });

  test('is said until the key counts as unused', () => {
    for (const days of [1, 3, 7, 10, 14, 20, 27, 29]) {
      const key = { lastUsedAt: tuesday - days * dayMs };
      assert.deepEqual(codesOf(until(steady, days * 24), { key }), ['silent'], `${days} days`);
      assert.deepEqual(codesOf(until(office, days * 24), { key }), ['silent'], `${days} days`);
    }
    const key = { lastUsedAt: tuesday - 31 * dayMs };
    assert.deepEqual(codesOf(until(steady, 31 * 24), { key }), ['unused_30_days']);
  });

  test('is not a key of business hours at night, on a weekend, or when it starts late', () => {
    const friday = Date.UTC(2026, 2, 6, 18);
    for (let hour = 0; hour <= 65; hour++) {
      const now = friday + hour * hourMs;
      assert.deepEqual(codesOf(until(office, Math.max(0, hour)), { now }), [], `${hour} h after work`);
    }
  });

  test('is a job that ran every day and has not for more than two', () => {
    const night = (days: number) => until(dailyBatch, days * 24);
    assert.deepEqual(codesOf(night(1)), ['dip']);
    assert.deepEqual(codesOf(night(2)), ['silent']);
    assert.match(judge(night(2))[0]!.cause, /; its longest pause before was 24 hours\.$/);
  });

  test('is a weekly job after two weeks, which is a dip as soon as it is missed', () => {
    const monday = Date.UTC(2026, 2, 9, 2);
    const missed = (at: Date, ago: number) => (at.getTime() >= monday ? 0 : weeklyBatch(at, ago));
    assert.deepEqual(codesOf(missed, { now: monday + 30 * 60_000 }), []);
    assert.deepEqual(codesOf(missed, { now: monday + 5 * hourMs }), ['dip']);
    const key = { lastUsedAt: monday - 7 * dayMs };
    assert.deepEqual(codesOf(missed, { now: monday + 8 * dayMs, key }), ['silent']);
  });

  test('is not a key that was only tried out, and not a monthly job', () => {
    assert.deepEqual(
      codesOf((_, ago) => (ago > 200 && ago < 210 ? 50 : 0)),
      [],
    );
    for (let day = 0; day < 29; day++) {
      const now = tuesday + day * dayMs;
      assert.deepEqual(codesOf(monthlyJob, { now, key: { lastUsedAt: tuesday } }), [], `${day} days after`);
    }
  });

  test('is said of production only, unless the tenant wants it of all', () => {
    const key = { isProduction: false };
    assert.deepEqual(codesOf(until(steady, 48), { key }), ['dip']);
    const silent = { ...rules.silent, productionOnly: false };
    assert.deepEqual(codesOf(until(steady, 48), { key, rules: { silent } }), ['silent']);
  });
});

describe('spike', () => {
  test('is a day of three times what is usual, and what is usual for the time of the week', () => {
    assert.deepEqual(codesOf(times(steady, 2.5, 24)), []);
    assert.deepEqual(codesOf(times(steady, 4, 24)), ['spike']);
    assert.deepEqual(codesOf(times(office, 4, 24)), ['spike']);
    assert.match(
      judge(times(steady, 4, 24))[0]!.cause,
      /^11,\d{3} requests in the last 24 hours, where at most 2,\d{3} are usual, 3\.\d times as many\.$/,
    );
  });

  test('is an hour that stands out although the day does not', () => {
    const [flag] = judge((at, ago) => (ago === 5 ? 900 : steady(at, ago)));
    assert.equal(flag!.code, 'spike');
    assert.match(
      flag!.cause,
      /^900 requests in the hour of 2026-03-10 09:00 UTC, where at most 1\d\d are usual, 6\.\d times as many\.$/,
    );
  });

  test('is a weekly job three times as large as ever, and not one of the usual size', () => {
    const now = Date.UTC(2026, 2, 9, 12);
    assert.deepEqual(codesOf(times(weeklyBatch, 3.5, 24), { now }), ['spike']);
    assert.deepEqual(codesOf(times(weeklyBatch, 2, 24), { now }), []);
  });

  test('is not what a new key does, nor one that came back after two months', () => {
    for (const hours of [1, 24, 100, 160]) {
      assert.deepEqual(codesOf(times(since(steady, hours), 20, 6)), [], `${hours} hours old`);
    }
    assert.deepEqual(codesOf(times(since(steady, 24 * 14), 20, 6)), ['spike']);
  });

  test('is not noise of a low volume, nor a monthly job', () => {
    assert.deepEqual(
      codesOf((at, ago) => (ago < 24 ? 4 : few(at, ago) > 0 ? 1 : 0)),
      [],
    );
    assert.deepEqual(codesOf(monthlyJob), []);
  });

  test('ends once it has become usual: after three days', () => {
    const grown = (days: number) => times(steady, 5, days * 24);
    assert.deepEqual(codesOf(grown(2)), ['spike']);
    assert.deepEqual(codesOf(grown(6)), []);
  });
});

describe('dip', () => {
  test('is less than a third of what the same hours of earlier weeks brought', () => {
    assert.deepEqual(codesOf(times(steady, 0.5, 25)), []);
    assert.deepEqual(codesOf(times(steady, 0.2, 25)), ['dip']);
    assert.match(
      judge(times(steady, 0.2, 25))[0]!.cause,
      /^5\d\d requests in the 24 hours until 2026-03-10 14:00 UTC, where 2,\d{3} are usual at this time of the week: \d\d(\.\d)? %\.$/,
    );
  });

  test('is no weekend of a key of business hours', () => {
    for (let hour = 0; hour < 72; hour++) {
      assert.deepEqual(codesOf(office, { now: Date.UTC(2026, 2, 7) + hour * hourMs }), []);
    }
  });

  test('is no slow decline, but one that is fast enough', () => {
    const falling =
      (weekly: number): Pattern =>
      (_, ago) =>
        Math.round(100 * weekly ** (-ago / 168));
    assert.deepEqual(codesOf(falling(0.9)), []);
    assert.deepEqual(codesOf(falling(0.5)), ['dip']);
  });

  test('is nothing where little is usual, or where four weeks are not known yet', () => {
    const low: Pattern = (at) => (at.getUTCHours() % 6 === 0 ? 5 : 0);
    assert.deepEqual(
      codesOf((at, ago) => (ago > 0 && ago < 25 && at.getUTCHours() > 6 ? 0 : low(at, ago))),
      [],
    );
    assert.deepEqual(codesOf(times(since(steady, 24 * 20), 0.1, 25)), []);
  });
});

describe('error_rate', () => {
  test('needs a share and a number of requests', () => {
    assert.deepEqual(codesOf(steady, { lastDay: { total: 49, clientError: 49 } }), []);
    assert.deepEqual(codesOf(steady, { lastDay: { total: 1_000, clientError: 199 } }), []);
    assert.deepEqual(codesOf(steady, { lastDay: { total: 1_000, clientError: 100, serverError: 100 } }), [
      'error_rate',
    ]);
  });

  test('says what kind they were, and what helps against that kind', () => {
    const [wrong] = judge(steady, { lastDay: { total: 1_204, clientError: 400, rateLimited: 12 } });
    assert.equal(
      wrong!.cause,
      '34.2 % of 1,204 requests in the last 24 hours were errors: 400 refused or wrong (4xx), 12 over the limit (429).',
    );
    assert.match(wrong!.action, /let one be explained/);
    assert.match(judge(steady, { lastDay: { total: 99, rateLimited: 50 } })[0]!.action, /Retry-After/);
    assert.match(judge(steady, { lastDay: { total: 99, serverError: 50 } })[0]!.action, /5xx/);
  });

  test('is the only flag of a key that is not active, which is still being sent', () => {
    const key = { isActive: false, inheritedScopes: 9, lastUsedAt: null };
    assert.deepEqual(codesOf(until(steady, 48), { key }), []);
    const [flag, ...more] = judge(steady, { key, lastDay: { total: 60, clientError: 60 } });
    assert.deepEqual([flag!.code, more], ['error_rate', []]);
    assert.match(flag!.action, /not active and is still being sent/);
  });
});

describe('what a key is', () => {
  const nothing: Pattern = () => 0;
  const at = (key: Partial<FlagFacts>, changed: Partial<FlagRules> = {}) =>
    codesOf(nothing, { key, rules: changed });

  test('unused and never used are told apart, and begin after their days', () => {
    assert.deepEqual(at({ lastUsedAt: tuesday - 30 * dayMs }), []);
    assert.deepEqual(at({ lastUsedAt: tuesday - 30 * dayMs - 1 }), ['unused_30_days']);
    assert.deepEqual(at({ lastUsedAt: null, createdAt: tuesday - 7 * dayMs }), []);
    assert.deepEqual(at({ lastUsedAt: null, createdAt: tuesday - 7 * dayMs - 1 }), ['never_used']);
  });

  test('rotation is due by the setting of the tenant, from the making of the current secret', () => {
    const key = { secretCreatedAt: tuesday - 60 * dayMs };
    assert.deepEqual(at(key), []);
    assert.deepEqual(at(key, { rotationReminderDays: 60 }), ['rotation_due']);
    assert.equal(
      judge(nothing, { key: { secretCreatedAt: tuesday - 100 * dayMs } })[0]!.cause,
      'Its secret was made on 2025-11-30, 100 days ago; rotation is due after 90 days.',
    );
  });

  test('it expires soon within a fortnight, and not once it has', () => {
    assert.deepEqual(at({ expiresAt: tuesday + 14 * dayMs + 1 }), []);
    assert.deepEqual(at({ expiresAt: tuesday + 14 * dayMs }), ['expires_soon']);
    assert.deepEqual(at({ expiresAt: tuesday }), []);
    assert.match(judge(nothing, { key: { expiresAt: tuesday + 1 } })[0]!.cause, /in less than a day\.$/);
  });

  test('it inherits scopes: how many is said', () => {
    assert.equal(
      judge(nothing, { key: { inheritedScopes: 22 } })[0]!.cause,
      'No scope was chosen, so it has all 22 that keys may inherit.',
    );
  });

  test('is judged without a history where none is recorded, and then nothing else', () => {
    const key = factsAt(tuesday, { inheritedScopes: 3 });
    assert.deepEqual(
      flagsOf(key, null, rules, tuesday).map(({ code }) => code),
      ['inherits_all_scopes'],
    );
  });
});

/** For each rule a key that it flags, and the settings by which it does not. */
const switches: Record<FlagCode, [Pattern, Case, keyof FlagSettings, object]> = {
  silent: [until(steady, 24), {}, 'silent', { hours: 100 }],
  spike: [times(steady, 4, 24), {}, 'spike', { factor: 5 }],
  error_rate: [steady, { lastDay: { total: 100, serverError: 30 } }, 'errorRate', { share: 0.4 }],
  dip: [times(steady, 0.2, 25), {}, 'dip', { share: 0.1 }],
  expires_soon: [steady, { key: { expiresAt: tuesday + 3 * dayMs } }, 'expiresSoon', { days: 2 }],
  rotation_due: [
    steady,
    { key: { secretCreatedAt: tuesday - 91 * dayMs } },
    'rotationDue',
    { enabled: false },
  ],
  unused_30_days: [() => 0, { key: { lastUsedAt: tuesday - 40 * dayMs } }, 'unused', { days: 50 }],
  never_used: [() => 0, { key: { lastUsedAt: null } }, 'neverUsed', { days: 70 }],
  inherits_all_scopes: [steady, { key: { inheritedScopes: 1 } }, 'inheritsAllScopes', { enabled: false }],
};

for (const [code, [pattern, given, name, tuned]] of Object.entries(switches)) {
  test(`${code} is switched off and tuned by \`flags.${name}\``, () => {
    assert.deepEqual(codesOf(pattern, given), [code]);
    for (const change of [{ enabled: false }, tuned]) {
      const changed = { [name]: { ...rules[name], ...change } };
      assert.ok(
        !codesOf(pattern, { ...given, rules: changed }).includes(code as FlagCode),
        JSON.stringify(change),
      );
    }
  });
}

describe('for any history', () => {
  const anyCounts = fc.oneof(
    fc.array(fc.nat(1_000), { minLength: HISTORY_HOURS, maxLength: HISTORY_HOURS, size: 'max' }),
    fc
      .tuple(fc.array(fc.nat(500), { minLength: 168, maxLength: 168, size: 'max' }), fc.nat(900), fc.nat(50))
      .map(([week, silentHours, factor]) =>
        Array.from({ length: HISTORY_HOURS }, (_, i) => {
          const ago = HISTORY_HOURS - 1 - i;
          return ago < silentHours ? 0 : week[i % 168]! * (ago < 24 ? factor : 1);
        }),
      ),
    fc.array(fc.tuple(fc.nat(HISTORY_HOURS - 1), fc.nat(10_000)), { maxLength: 40 }).map((uses) => {
      const counts = new Array<number>(HISTORY_HOURS).fill(0);
      for (const [at, requests] of uses) counts[at]! += requests;
      return counts;
    }),
  );
  const anyDay = fc
    .tuple(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000))
    .map(([ok, clientError, rateLimited, serverError]) => ({
      total: ok + clientError + rateLimited + serverError,
      clientError,
      rateLimited,
      serverError,
    }));

  test('no text says NaN, undefined or Infinity, and no code stands there twice', () => {
    fc.assert(
      fc.property(anyCounts, anyDay, fc.option(fc.nat(2e9)), (counts, lastDay, age) => {
        const key = factsAt(tuesday, { lastUsedAt: age === null ? null : tuesday - age });
        const flags = flagsOf(key, { counts, lastDay }, rules, tuesday);
        assert.doesNotMatch(
          JSON.stringify(flags),
          /NaN|undefined|Infinity|Invalid|-\d+(\.\d)? (requests|hours|days)/,
        );
        assert.equal(new Set(flags.map(({ code }) => code)).size, flags.length);
      }),
      { numRuns: 200 },
    );
  });

  test('ten times the requests are as silent, and flagged by the same rules or more', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const codes = (factor: number) => {
          const history = { counts: counts.map((n) => n * factor), lastDay: quiet };
          return flagsOf(factsAt(tuesday), history, rules, tuesday).map(({ code }) => code);
        };
        const [one, ten] = [codes(1), codes(10)];
        assert.ok(one.every((code) => ten.includes(code)));
        assert.equal(one.includes('silent'), ten.includes('silent'));
      }),
      { numRuns: 200 },
    );
  });

  test('the most pressing flag decides which key comes first', () => {
    fc.assert(
      fc.property(fc.subarray([...flagCodes]), fc.subarray([...flagCodes]), (a, b) => {
        const of = (codes: readonly FlagCode[]) => urgencyOf(codes.map((code) => ({ code })));
        const first = flagCodes.find((code) => a.includes(code) !== b.includes(code));
        assert.equal(Math.sign(of(a) - of(b)), first === undefined ? 0 : a.includes(first) ? 1 : -1);
        for (const code of flagCodes) assert.equal(hasFlag(of(a), code), a.includes(code));
      }),
    );
  });
});
