import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from '../../../test/databases.ts';
import { loggedKey, openTestTelemetry, requestRecord, type TestTelemetry } from '../../../test/telemetry.ts';
import { HISTORY_HOURS } from '../../core/flag-history.ts';
import { defaultFlagSettings, type FlagFacts } from '../../core/flags.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { HOUR_MS, MINUTE_MS } from '../../telemetry/usage.ts';
import { insertRows } from '../bulk.ts';
import { sumUpNextHour } from './hours.ts';
import { LogWriter } from './log-writer.ts';
import { usageInsert } from './minute-usage.ts';
import { readHistories, readOverview, surveyKeys } from './overview-reader.ts';

const now = Date.UTC(2026, 2, 10, 14, 30);
const thisHour = Math.floor(now / HOUR_MS) * HOUR_MS;
const from = thisHour - (HISTORY_HOURS - 1) * HOUR_MS;
const statuses = [200, 200, 201, 404, 429, 503];
const rules = { ...defaultFlagSettings, rotationReminderDays: 90 };

interface Sent {
  readonly key: number;
  readonly at: number;
  readonly status: number;
}

/** Three keys over the last thirty hours, in no order, on both sides of hours. */
const sent: Sent[] = Array.from({ length: 2_000 }, (_, n) => ({
  key: 1 + (n % 3),
  at: now - ((n * 7_919) % (30 * 60)) * MINUTE_MS - (n % 5) * 100,
  status: statuses[n % statuses.length]!,
}));
sent.push({ key: 1, at: thisHour, status: 200 }, { key: 1, at: thisHour - 1, status: 200 });

function naive(key: number) {
  const counts = new Array<number>(HISTORY_HOURS).fill(0);
  const lastDay = { total: 0, clientError: 0, rateLimited: 0, serverError: 0 };
  for (const { at, status } of sent.filter((request) => request.key === key)) {
    counts[Math.floor((at - from) / HOUR_MS)]!++;
    if (at < thisHour - 23 * HOUR_MS) continue;
    lastDay.total++;
    if (status === 429) lastDay.rateLimited++;
    else if (status >= 500) lastDay.serverError++;
    else if (status >= 400) lastDay.clientError++;
  }
  return { counts, lastDay };
}

const factsOf = (id: string): FlagFacts => ({
  id,
  isProduction: true,
  isActive: true,
  createdAt: now,
  lastUsedAt: now,
  expiresAt: null,
  secretCreatedAt: now,
  inheritedScopes: 0,
});

onEachDatabase((kind, skip) => {
  describe(`what the overview knows of keys on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;

    before(async () => {
      opened = await openTestTelemetry(kind);
      const writer = new LogWriter(opened.db, opened.dialect, []);
      const buffer = new RecordBuffer(new Uint8Array(2 << 20));
      const indexes = [1, 2, 3].map((n) => buffer.addKey(loggedKey(n)));
      for (const [n, { key, at, status }] of sent.entries()) {
        assert.ok(buffer.add(requestRecord(n, { at, status, route: -1 }), indexes[key - 1]!));
      }
      await writer.write([buffer.take()]);
    });
    after(() => opened.close());

    async function compareWithNaive(): Promise<void> {
      const histories = await readHistories(opened.db, ['key_1', 'key_2', 'key_3', 'key_4'], now);
      for (const key of [1, 2, 3]) {
        const { counts, lastDay } = histories.get(`key_${key}`)!;
        assert.deepEqual({ counts: Array.from(counts), lastDay }, naive(key));
      }
      assert.equal(histories.has('key_4'), false);
    }

    test('is what a naive count gives, before hours are summed up', compareWithNaive);

    test('and while they are, whichever are', async () => {
      for (const hoursAgo of [26, 20, 3, 0]) {
        const until = thisHour - hoursAgo * HOUR_MS + 5 * MINUTE_MS;
        while (await sumUpNextHour(opened.db, opened.dialect, until));
        await compareWithNaive();
      }
    });

    test('is nothing older than eight weeks, and nothing of an hour to come', async () => {
      const insert = usageInsert('usage_hours', 'hour');
      const row = (hour: number) => ['key_5', hour, 1, 7, 7, 0, 0, 0, '{"1":{"200":7}}', ''];
      await insertRows(
        opened.db,
        opened.dialect,
        insert,
        [from - HOUR_MS, from, thisHour - 23 * HOUR_MS, thisHour + HOUR_MS].map(row),
      );
      const { counts, lastDay } = (await readHistories(opened.db, ['key_5'], now)).get('key_5')!;
      const used = Array.from(counts).flatMap((count, i) => (count > 0 ? [[i, count]] : []));
      assert.deepEqual(used, [
        [0, 7],
        [HISTORY_HOURS - 24, 7],
      ]);
      assert.equal(lastDay.total, 7);
    });

    test('is shown as 24 hours that add up, and flags; a key that did nothing has zeros', async () => {
      const [first, , nobody] = await readOverview(
        opened.db,
        ['key_1', 'key_2', 'key_none'].map(factsOf),
        rules,
        now,
        true,
      );
      const { lastDay } = naive(1);
      assert.equal(first!.requests, lastDay.total);
      assert.equal(first!.errors, lastDay.clientError + lastDay.rateLimited + lastDay.serverError);
      assert.equal(first!.sparkline.length, 24);
      assert.equal(
        first!.sparkline.reduce((sum, count) => sum + count, 0),
        lastDay.total,
      );
      assert.deepEqual(
        first!.flags.map(({ code }) => code),
        ['error_rate'],
      );
      assert.deepEqual(nobody, { requests: 0, errors: 0, sparkline: new Array(24).fill(0), flags: [] });
    });

    test('a survey is the sum of it, in the order that was asked for', async () => {
      const facts = ['key_none', 'key_1', 'key_2'].map(factsOf);
      const figures = await readOverview(opened.db, facts, rules, now, true);
      const { requests, errors, urgencies } = await surveyKeys(opened.db, facts, rules, now, true);
      assert.equal(
        requests,
        figures.reduce((sum, figure) => sum + figure.requests, 0),
      );
      assert.equal(
        errors,
        figures.reduce((sum, figure) => sum + figure.errors, 0),
      );
      assert.deepEqual(
        urgencies.map((urgency) => urgency > 0),
        [false, true, true],
      );
      const unrecorded = await surveyKeys(opened.db, facts, rules, now, false);
      assert.deepEqual(unrecorded.urgencies, [0, 0, 0]);
      assert.deepEqual(await surveyKeys(opened.db, [], rules, now, true), {
        requests: 0,
        errors: 0,
        urgencies: [],
      });
    });
  });
});
