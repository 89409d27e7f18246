import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { onEachDatabase } from '../../../test/databases.ts';
import { loggedKey, openTestTelemetry, type TestTelemetry } from '../../../test/telemetry.ts';
import type { LoggedKey, RequestRecord } from '../../telemetry/record.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { type LogFilter, type LogRow, readLogAfter, readLogPage } from './log-reader.ts';
import { LogWriter } from './log-writer.ts';
import { QueryThread, TelemetryUnavailable } from './query-thread.ts';

const routes = [
  { method: 'GET', template: '/api/v1/kb/articles/{id}', scopes: ['knowledge:read'] },
  { method: 'POST', template: '/api/v1/kb/articles', scopes: ['knowledge:write'] },
];
const noon = Date.UTC(2026, 2, 1, 12);
const place = { tenantId: 'tnt_1', environment: 'production' };
const statuses = [200, 200, 200, 201, 401, 404, 429, 500];
const total = 10_000;

type Entry = readonly [LoggedKey | null, RequestRecord];

const key = (n: number, tenantId = 'tnt_1') => loggedKey(n, { tenantId, version: 1 + (n % 2) });

/** The same every time, and with something rare in each dimension. */
function entryOf(n: number): Entry {
  const status = statuses[(n * 7) % statuses.length]!;
  const route = n % 5 === 0 ? 1 : n % 97 === 0 ? -1 : 0;
  const who =
    n % 50 === 0
      ? null
      : key(n === 1_234 ? 99 : (n % 20) + (n % 11 === 0 ? 200 : 0), n % 11 === 0 ? 'tnt_2' : 'tnt_1');
  const record: RequestRecord = {
    at: noon + n * 10 - (n % 3) * 1_000,
    durationUs: n,
    requestId: `req_${String(n).padStart(26, '0')}`,
    clientRequestId: n % 1_000 === 7 ? `mine-${n}` : null,
    environment: 'production',
    method: route === 1 ? 'POST' : 'GET',
    path: `/api/v1/kb/articles/${n % 30}`,
    route,
    status,
    code:
      status < 400 ? null : status === 401 ? 'unknown_key' : status === 429 ? 'rate_limited' : 'not_found',
    ip: `203.0.113.${n === 777 ? 250 : n % 100}`,
    userAgent: 'test',
    requestBytes: 0,
    responseBytes: 10,
    details: null,
    requestBody: null,
    responseBody: null,
  };
  return [who, record];
}

const entries = Array.from({ length: total }, (_, n) => entryOf(n));

function isMatch([who, record]: Entry, filter: LogFilter): boolean {
  const { statusClass, route, from, to, pathPrefix, pathPart } = filter;
  if (who?.tenantId !== place.tenantId) return false;
  const same = (['status', 'code', 'method', 'ip', 'clientRequestId', 'requestId'] as const).every(
    (name) => filter[name] === undefined || filter[name] === record[name],
  );
  return (
    same &&
    (filter.keyId === undefined || filter.keyId === who.keyId) &&
    (filter.secretId === undefined || filter.secretId === who.secretId) &&
    (statusClass === undefined || statusClass === `${Math.floor(record.status / 100)}xx`) &&
    (route === undefined || route === routes[record.route]?.template) &&
    (from === undefined || record.at >= from) &&
    (to === undefined || record.at < to) &&
    (pathPrefix === undefined || record.path.startsWith(pathPrefix)) &&
    (pathPart === undefined || record.path.includes(pathPart))
  );
}

const anyTime = fc.integer({ min: noon - 2_000, max: noon + total * 10 });
const anyFilter: fc.Arbitrary<LogFilter> = fc.record(
  {
    keyId: fc.constantFrom('key_1', 'key_7', 'key_99', 'key_none'),
    secretId: fc.constantFrom('sec_3', 'sec_99'),
    status: fc.constantFrom(200, 404, 500, 418),
    statusClass: fc.constantFrom('2xx', '4xx', '5xx', '3xx'),
    code: fc.constantFrom('not_found', 'rate_limited', 'expired_key'),
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    route: fc.constantFrom('/api/v1/kb/articles/{id}', '/api/v1/kb/articles', '/none'),
    ip: fc.constantFrom('203.0.113.5', '203.0.113.250', '192.0.2.1'),
    clientRequestId: fc.constantFrom('mine-7', 'mine-9007', 'other'),
    requestId: fc.integer({ min: 0, max: total }).map((n) => `req_${String(n).padStart(26, '0')}`),
    from: anyTime,
    to: anyTime,
    pathPrefix: fc.constantFrom('/api', '/api/v1/kb/articles/2', '/x', '%'),
    pathPart: fc.constantFrom('articles/29', 'kb', '_', '%'),
  },
  { requiredKeys: [] },
);

onEachDatabase((kind, skip) => {
  describe(`reading the request log on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;

    before(async () => {
      opened = await openTestTelemetry(kind);
      const writer = new LogWriter(opened.db, opened.dialect, routes);
      for (let from = 0; from < total; from += 2_500) {
        const buffer = new RecordBuffer(new Uint8Array(2 << 20));
        for (const [who, record] of entries.slice(from, from + 2_500)) {
          assert.ok(buffer.add(record, who === null ? 0 : buffer.addKey(who)));
        }
        await writer.write([buffer.take()]);
      }
    });
    after(() => opened.close());

    async function readAll(filter: LogFilter, limit: number): Promise<LogRow[]> {
      const rows: LogRow[] = [];
      for (let before: number | null = null; ; ) {
        const page = await readLogPage(opened.db, place, filter, { before, limit });
        rows.push(...page.rows);
        assert.ok(page.rows.length <= limit);
        if (page.next === null) return rows;
        assert.ok(before === null || page.next < before);
        before = page.next;
      }
    }

    test('pages together are what a naive filter finds, newest first, whatever is asked', async () => {
      await fc.assert(
        fc.asyncProperty(anyFilter, fc.constantFrom(50, 500, 10_000), async (filter, limit) => {
          const expected = entries
            .filter((entry) => isMatch(entry, filter))
            .map(([, { requestId }]) => requestId);
          const found = (await readAll(filter, limit)).map((row) => row.request_id);
          assert.deepEqual(found, expected.reverse());
        }),
        { numRuns: 60 },
      );
    });

    test('a page is stable while rows are added', async () => {
      const first = await readLogPage(opened.db, place, { keyId: 'key_7' }, { before: null, limit: 20 });
      const writer = new LogWriter(opened.db, opened.dialect, routes);
      const buffer = new RecordBuffer(new Uint8Array(1 << 20));
      buffer.add(
        { ...entryOf(7)[1], requestId: `req_${'z'.repeat(26)}`, at: noon + total * 10 },
        buffer.addKey(key(7)),
      );
      await writer.write([buffer.take()]);
      const second = await readLogPage(
        opened.db,
        place,
        { keyId: 'key_7' },
        { before: first.next, limit: 20 },
      );
      const expected = entries
        .filter((entry) => isMatch(entry, { keyId: 'key_7' }))
        .reverse()
        .slice(20, 40);
      assert.deepEqual(
        second.rows.map((row) => row.request_id),
        expected.map(([, { requestId }]) => requestId),
      );
      const after = await readLogAfter(opened.db, place, {}, { after: total, limit: 10 });
      assert.deepEqual(
        after.rows.map((row) => row.request_id),
        [`req_${'z'.repeat(26)}`],
      );
      assert.deepEqual(await readLogAfter(opened.db, place, {}, { after: after.seq, limit: 10 }), {
        rows: [],
        seq: after.seq,
      });
    });

    test('a row has all that was seen, its key and its route by name', async () => {
      const [row] = await readAll({ requestId: `req_${String(1_234).padStart(26, '0')}` }, 10);
      assert.equal(row!.key_name, 'Key 99');
      assert.equal(row!.hint, 'sa_live_0000000000');
      assert.equal(row!.route, '/api/v1/kb/articles/{id}');
      assert.deepEqual(JSON.parse(row!.scopes!), ['knowledge:read']);
      assert.equal(row!.environment, 'production');
    });

    test('a thread answers the same, also when it is asked a lot at once, and says when it cannot', async () => {
      const thread = new QueryThread(opened.place);
      const filter = { keyId: 'key_7' };
      const expected = await readLogPage(opened.db, place, filter, { before: null, limit: 20 });
      const asked = Array.from({ length: 20 }, () =>
        thread.run('logPage', place, filter, { before: null, limit: 20 }),
      );
      for (const page of await Promise.all(asked)) assert.deepEqual(page, expected);
      await assert.rejects(
        thread.run('logPage', place, { statusClass: 'many' }, { before: null, limit: 1 }),
        TelemetryUnavailable,
      );
      thread.reopen();
      assert.deepEqual(await thread.run('newestSeq'), total + 1);
      await thread.close();
    });

    test('requests without a known key belong to no tenant', async () => {
      const page = await readLogPage(
        opened.db,
        { tenantId: '', environment: 'production' },
        {},
        { before: null, limit: 500 },
      );
      assert.equal(page.rows.length, total / 50);
      assert.ok(page.rows.every((row) => row.key_id === null));
      const none = await readLogPage(
        opened.db,
        { tenantId: 'tnt_1', environment: 'sandbox' },
        {},
        { before: null, limit: 5 },
      );
      assert.deepEqual(none, { rows: [], next: null });
    });
  });
});
