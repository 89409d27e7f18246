import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { onEachDatabase } from '../../../test/databases.ts';
import { loggedKey, openTestTelemetry, requestRecord, type TestTelemetry } from '../../../test/telemetry.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { HOUR_MS, MINUTE_MS } from '../../telemetry/usage.ts';
import { DAY_MS } from './caller-counts.ts';
import { hoursUntil, sumUpHour, sumUpNextHour } from './hours.ts';
import { LogWriter } from './log-writer.ts';
import { intervals, readCallers, readUsage } from './usage-reader.ts';

const routes = [
  { method: 'GET', template: '/api/v1/kb/tags', scopes: [] },
  { method: 'POST', template: '/api/v1/kb/tags', scopes: [] },
];
/** 22:00 UTC, so that the three days that follow are cut at midnight. */
const start = Date.UTC(2026, 1, 27, 22);
const statuses = [200, 200, 201, 304, 400, 404, 429, 500, 503];

interface Sent {
  readonly at: number;
  readonly status: number;
  readonly route: number;
  readonly durationUs: number;
  readonly ip: string;
}

const sent: Sent[] = Array.from({ length: 3_000 }, (_, n) => ({
  // Bunches with nothing between them, both sides of midnight and of hours.
  at:
    start +
    Math.floor(n / 100) * 2 * HOUR_MS +
    ((n * 997) % (40 * MINUTE_MS)) -
    (n % 7 === 0 ? 5 * MINUTE_MS : 0),
  status: statuses[n % statuses.length]!,
  route: n % 10 === 0 ? -1 : n % 2,
  durationUs: 100 + n,
  ip: `203.0.113.${n % 3}`,
}));
sent.push({ at: start + 2 * HOUR_MS, status: 200, route: 0, durationUs: 1, ip: '203.0.113.0' });
sent.push({ at: start + 2 * HOUR_MS - 1, status: 200, route: 0, durationUs: 1, ip: '203.0.113.0' });

const key = loggedKey(1);

const recordOf = (request: Sent, n: number) => requestRecord(n, request);

function naive(requests: readonly Sent[]) {
  const count = (isCounted: (status: number) => boolean) =>
    requests.filter(({ status }) => isCounted(status)).length;
  return {
    total: requests.length,
    ok: count((status) => status < 400),
    clientError: count((status) => status >= 400 && status < 500 && status !== 429),
    rateLimited: count((status) => status === 429),
    serverError: count((status) => status >= 500),
  };
}

onEachDatabase((kind, skip) => {
  describe(`reading usage on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;
    let writer: LogWriter;

    before(async () => {
      opened = await openTestTelemetry(kind);
      writer = new LogWriter(opened.db, opened.dialect, routes);
      const buffer = new RecordBuffer(new Uint8Array(2 << 20));
      const index = buffer.addKey(key);
      for (const [n, request] of sent.entries()) assert.ok(buffer.add(recordOf(request, n), index));
      await writer.write([buffer.take()]);
    });
    after(() => opened.close());

    const anyRange = fc
      .tuple(
        fc.constantFrom(...(Object.keys(intervals) as (keyof typeof intervals)[])),
        fc.nat(80),
        fc.nat(60),
      )
      .map(([interval, skipped, length]) => {
        const ms = intervals[interval];
        const first =
          Math.floor(start / ms) * ms +
          (interval === 'day' ? 0 : skipped * ms * (interval === 'minute' ? 30 : 1));
        return { interval, from: first, to: first + Math.min(length, interval === 'day' ? 5 : 60) * ms };
      });

    async function compareWithNaive(): Promise<void> {
      await fc.assert(
        fc.asyncProperty(anyRange, async (range) => {
          const usage = await readUsage(opened.db, 'key_1', range);
          const inRange = sent.filter(({ at }) => at >= range.from && at < range.to);
          const length = intervals[range.interval];
          const expected = [];
          for (let at = range.from; at < range.to; at += length) {
            expected.push({
              at,
              ...naive(inRange.filter((request) => request.at >= at && request.at < at + length)),
            });
          }
          assert.deepEqual(usage.series, expected);
          assert.equal(
            usage.byEndpoint.reduce((sum, { total }) => sum + total, 0),
            inRange.length,
          );
          assert.equal(
            Object.values(usage.byStatus).reduce((sum, n) => sum + n, 0),
            inRange.length,
          );
          const durations = inRange.map(({ durationUs }) => durationUs).sort((a, b) => a - b);
          const median = durations[Math.max(1, Math.ceil(durations.length / 2)) - 1];
          if (median === undefined) assert.equal(usage.latency.p50Ms, null);
          else assert.ok(Math.abs(usage.latency.p50Ms! * 1_000 - median) <= median / 32 + 0.5);
        }),
        { numRuns: 40 },
      );
    }

    test(
      'is what a naive count gives, for any range and interval, before hours are summed up',
      compareWithNaive,
    );

    test('and while they are, one after the other, none before it is over', async () => {
      const now = start + 20 * HOUR_MS + MINUTE_MS;
      while (await sumUpNextHour(opened.db, opened.dialect, now));
      assert.equal(await hoursUntil(opened.db), start + 19 * HOUR_MS);
      await compareWithNaive();
      while (await sumUpNextHour(opened.db, opened.dialect, start + 100 * HOUR_MS));
      await compareWithNaive();
    });

    test('what comes for an hour that was summed up is told, and there once it is summed up again', async () => {
      const late = { at: start + HOUR_MS, status: 200, route: 1, durationUs: 7, ip: '203.0.113.9' };
      const buffer = new RecordBuffer(new Uint8Array(1 << 20));
      buffer.add(recordOf(late, sent.length), buffer.addKey(key));
      await writer.write([buffer.take()]);
      sent.push(late);
      const hours = writer.takeLateHours();
      assert.ok(hours.includes(start + HOUR_MS));
      assert.deepEqual(writer.takeLateHours(), []);
      for (const hour of hours) await sumUpHour(opened.db, opened.dialect, hour);
      await compareWithNaive();
    });

    test('endpoints come by number of requests, with their errors', async () => {
      const range = {
        interval: 'day',
        from: Math.floor(start / DAY_MS) * DAY_MS,
        to: start + 5 * DAY_MS,
      } as const;
      const { byEndpoint } = await readUsage(opened.db, 'key_1', { ...range, to: range.from + 5 * DAY_MS });
      assert.deepEqual(byEndpoint.map(({ route, method }) => `${method} ${route}`).sort(), [
        ' ',
        'GET /api/v1/kb/tags',
        'POST /api/v1/kb/tags',
      ]);
      const unknown = byEndpoint.find(({ route }) => route === '')!;
      const expected = sent.filter(({ route }) => route === -1);
      assert.deepEqual(
        [unknown.total, unknown.errors],
        [expected.length, expected.filter(({ status }) => status >= 400).length],
      );
    });

    test('callers of days are added up, those seen last first', async () => {
      const range = { from: Math.floor(start / DAY_MS) * DAY_MS, to: start + 5 * DAY_MS };
      const callers = await readCallers(opened.db, 'key_1', range);
      const expected = [...Map.groupBy(sent, ({ ip }) => ip)]
        .map(([ip, requests]) => ({
          ip,
          userAgent: 'test/1',
          secretId: 'sec_1',
          lastSeenAt: Math.max(...requests.map(({ at }) => at)),
          total: requests.length,
        }))
        .sort((a, b) => b.lastSeenAt - a.lastSeenAt);
      assert.deepEqual(callers, expected);
      const oneDay = await readCallers(opened.db, 'key_1', { from: range.from, to: range.from + DAY_MS });
      assert.equal(
        oneDay.reduce((sum, { total }) => sum + total, 0),
        sent.filter(({ at }) => at >= range.from && at < range.from + DAY_MS).length,
      );
    });

    test('a key that did nothing has an empty range of zeros', async () => {
      const usage = await readUsage(opened.db, 'key_none', {
        interval: 'hour',
        from: start,
        to: start + 2 * HOUR_MS,
      });
      assert.deepEqual(
        usage.series.map(({ total }) => total),
        [0, 0],
      );
      assert.deepEqual(usage.byEndpoint, []);
      assert.deepEqual(usage.latency, { p50Ms: null, p95Ms: null, p99Ms: null });
    });
  });
});
