import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freshDatabase, onEachDatabase } from '../../../test/databases.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { openPostgresDatabase, openSqliteDatabase } from '../database.ts';
import { requestLogTables } from '../migrations/0006-request-log.ts';
import { DAY_MS } from './caller-counts.ts';
import { sumUpNextHour } from './hours.ts';
import { LogWriter } from './log-writer.ts';
import { type OpenTelemetry, openTelemetryAt } from './open.ts';
import { forgetSome, retentionDays } from './retention.ts';

const start = Date.UTC(2026, 0, 1, 12);
const perDay = 5_000;

onEachDatabase((kind, skip) => {
  describe(`retention of the request log on ${kind}`, { skip }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-retention-'));
    let opened: OpenTelemetry;

    before(async () => {
      const url = kind === 'sqlite' ? null : await freshDatabase();
      const database = url ? openPostgresDatabase(url) : openSqliteDatabase(directory);
      await requestLogTables.up(database.telemetry as never, database.dialect);
      await database.close();
      opened = openTelemetryAt(url ? { url } : { directory });
      const writer = new LogWriter(opened.db, opened.dialect, []);
      for (let day = 0; day < 4; day++) {
        const buffer = new RecordBuffer(new Uint8Array(2 << 20));
        for (let n = 0; n < perDay; n++) {
          buffer.add({
            at: start + day * DAY_MS + n,
            durationUs: 1,
            requestId: `req_${String(day * perDay + n).padStart(26, '0')}`,
            clientRequestId: null,
            environment: 'production',
            method: 'GET',
            path: '/',
            route: -1,
            status: 401,
            code: 'unknown_key',
            ip: '203.0.113.7',
            userAgent: '',
            requestBytes: 0,
            responseBytes: 0,
            details: null,
          });
        }
        await writer.write([buffer.take()]);
      }
      while (await sumUpNextHour(opened.db, opened.dialect, start + 10 * DAY_MS));
    });
    after(async () => {
      await opened.close();
      rmSync(directory, { recursive: true });
    });

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
      // What is in no block yet stays; it is less than one.
      assert.ok((await left('request_log')) < 4_096);
    });
  });
});
