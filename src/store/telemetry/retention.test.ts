import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from '../../../test/databases.ts';
import { openTestTelemetry, requestRecord, type TestTelemetry } from '../../../test/telemetry.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { DAY_MS } from './caller-counts.ts';
import { sumUpNextHour } from './hours.ts';
import { LogWriter } from './log-writer.ts';
import { forgetSome, retentionDays } from './retention.ts';

const start = Date.UTC(2026, 0, 1, 12);
const perDay = 5_000;

onEachDatabase((kind, skip) => {
  describe(`retention of the request log on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;

    before(async () => {
      opened = await openTestTelemetry(kind);
      const writer = new LogWriter(opened.db, opened.dialect, []);
      for (let day = 0; day < 4; day++) {
        const buffer = new RecordBuffer(new Uint8Array(2 << 20));
        for (let n = 0; n < perDay; n++) {
          const at = start + day * DAY_MS + n;
          buffer.add(requestRecord(day * perDay + n, { at, route: -1, status: 401, code: 'unknown_key' }));
        }
        await writer.write([buffer.take()]);
      }
      while (await sumUpNextHour(opened.db, opened.dialect, start + 10 * DAY_MS));
    });
    after(() => opened.close());

    const forget = async (now: number) => {
      while (await forgetSome(opened.db, opened.dialect, now));
    };
    const left = async (table: 'request_log' | 'usage_minutes' | 'usage_hours' | 'log_blocks') => {
      const query = opened.db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('n'));
      return (await query.executeTakeFirstOrThrow()).n;
    };

    test('nothing goes before its time', async () => {
      await forget(start + retentionDays.minutes * DAY_MS - 1);
      assert.deepEqual(await Promise.all([left('request_log'), left('usage_minutes'), left('usage_hours')]), [
        4 * perDay,
        4,
        4,
      ]);
    });

    test('minutes go by themselves, and later the rows of the log, blocks and days as a whole', async () => {
      await forget(start + (retentionDays.minutes + 2) * DAY_MS);
      assert.equal(await left('usage_minutes'), 2);
      await forget(start + (retentionDays.logs + 2) * DAY_MS);
      const rows = await opened.db.selectFrom('request_log').select('at').orderBy('seq').execute();
      assert.ok(rows.length >= 2 * perDay && rows.length < 3 * perDay + 4_096, `${rows.length} rows`);
      assert.ok(rows.every(({ at }) => at >= start + DAY_MS));
      assert.ok((await left('log_blocks')) < 4);
      assert.equal(await left('usage_hours'), 4);
    });

    test('in the end the hours go, too, and what is written then is kept', async () => {
      await forget(start + (retentionDays.hours + 10) * DAY_MS);
      assert.equal(await left('usage_hours'), 0);
      assert.equal(await left('usage_minutes'), 0);
      assert.equal(await left('request_log'), 0);
      const writer = new LogWriter(opened.db, opened.dialect, []);
      const buffer = new RecordBuffer(new Uint8Array(1 << 16));
      const at = start + (retentionDays.hours + 10) * DAY_MS;
      buffer.add(requestRecord(4 * perDay, { at }));
      await writer.write([buffer.take()]);
      await forget(at);
      const rows = await opened.db.selectFrom('request_log').select('seq').execute();
      assert.deepEqual(rows, [{ seq: 4 * perDay + 1 }]);
    });
  });
});
