import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from '../../../test/databases.ts';
import { loggedKey, openTestTelemetry, requestRecord, type TestTelemetry } from '../../../test/telemetry.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { DAY_MS } from './caller-counts.ts';
import { sumUpNextHour } from './hours.ts';
import { LogWriter } from './log-writer.ts';
import { type Forgotten, forgetSome } from './retention.ts';
import { previewRetention } from './retention-preview.ts';
import type { Cutoffs } from './retention-sweep.ts';

const start = Date.UTC(2026, 0, 1, 12);
const perDay = 5_000;
const days = { logs: 90, minutes: 14, hours: 395 };

const keys = { tnt_1: loggedKey(1), tnt_2: loggedKey(2, { tenantId: 'tnt_2' }) };
type TenantId = keyof typeof keys;

const cutoffs = (now: number, given: Partial<typeof days> = {}): Cutoffs => {
  const { logs, minutes, hours } = { ...days, ...given };
  return { logs: now - logs * DAY_MS, minutes: now - minutes * DAY_MS, hours: now - hours * DAY_MS };
};

onEachDatabase((kind, skip) => {
  describe(`retention of the request log on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;

    /** On each of four days: every fifth request is of the second tenant, every fifth of nobody. */
    before(async () => {
      opened = await openTestTelemetry(kind);
      const writer = new LogWriter(opened.db, opened.dialect, []);
      for (let day = 0; day < 4; day++) {
        const buffer = new RecordBuffer(new Uint8Array(2 << 20));
        const indexes = [buffer.addKey(keys.tnt_1), buffer.addKey(keys.tnt_2), 0];
        for (let n = 0; n < perDay; n++) {
          const at = start + day * DAY_MS + n;
          const index = indexes[n % 5 < 3 ? 0 : (n % 5) - 2]!;
          const status = index === 0 ? 401 : 200;
          buffer.add(requestRecord(day * perDay + n, { at, route: -1, status }), index);
        }
        await writer.write([buffer.take()]);
      }
      while (await sumUpNextHour(opened.db, opened.dialect, start + 10 * DAY_MS));
    });
    after(() => opened.close());

    const forget = async (tenantId: TenantId, own: Cutoffs, longest = own) => {
      const sum = { logs: 0, minutes: 0, hours: 0, callers: 0 };
      for (;;) {
        const ask = { tenantId, own, longest };
        const { removed, isMore }: Forgotten = await forgetSome(opened.db, opened.dialect, ask);
        for (const name of ['logs', 'minutes', 'hours', 'callers'] as const) sum[name] += removed[name];
        if (!isMore) return sum;
      }
    };
    const preview = async (tenantId: TenantId, own: Cutoffs) => {
      const sum = { logs: 0, minutes: 0, hours: 0, callers: 0 };
      const kinds = ['logs', 'minutes', 'hours', 'callers'] as const;
      for (const name of kinds) {
        const before = name === 'callers' ? own.hours : own[name];
        for (let position: number | null = 0; position !== null; ) {
          const ask = { tenantId, kind: name, before, position };
          const { count, next, from, to } = await previewRetention(opened.db, ask);
          assert.ok(count === 0 || (from !== null && to !== null && from <= to && to < before));
          sum[name] += count;
          position = next;
        }
      }
      return sum;
    };
    const left = async (table: 'usage_minutes' | 'usage_hours' | 'log_blocks' | 'usage_callers') => {
      const query = opened.db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('n'));
      return (await query.executeTakeFirstOrThrow()).n;
    };
    const rowsOf = async (tenantId: string) => {
      const rows = await opened.db
        .selectFrom('request_log')
        .innerJoin('log_places', 'log_places.ref', 'place')
        .select('at')
        .where('tenant_id', '=', tenantId)
        .execute();
      return rows.map(({ at }) => at);
    };
    const partitions = async () =>
      (await opened.db.introspection.getTables()).filter(({ name }) => /^request_log_\d+$/.test(name)).length;

    test('nothing goes before its time', async () => {
      const now = cutoffs(start + days.minutes * DAY_MS - 1);
      const none = { logs: 0, minutes: 0, hours: 0, callers: 0 };
      assert.deepEqual(await preview('tnt_1', now), none);
      assert.deepEqual(await forget('tnt_1', now), none);
      assert.deepEqual(await Promise.all([left('usage_minutes'), left('usage_hours')]), [12, 12]);
    });

    test('a tenant that keeps less loses its rows alone, as the preview has counted', async () => {
      const now = start + 20 * DAY_MS;
      const own = cutoffs(now, { logs: 18, minutes: 17 });
      const longest = cutoffs(now);
      const expected = { logs: 2 * 3_000, minutes: 3, hours: 0, callers: 0 };
      assert.deepEqual(await preview('tnt_1', own), expected);
      assert.deepEqual(await forget('tnt_1', own, longest), expected);
      assert.deepEqual(await forget('tnt_1', own, longest), { ...expected, logs: 0, minutes: 0 });
      const mine = await rowsOf('tnt_1');
      assert.equal(mine.length, 2 * 3_000);
      assert.ok(mine.every((at) => at >= own.logs));
      assert.equal((await rowsOf('tnt_2')).length, 4 * 1_000);
      assert.equal((await rowsOf('')).length, 4 * 1_000);
    });

    test('what is past the longest of all goes by blocks and days, once every tenant has counted its own', async () => {
      const now = cutoffs(start + (days.logs + 2) * DAY_MS);
      const blocks = await left('log_blocks');
      const parts = kind === 'postgres' ? await partitions() : 0;
      assert.equal((await forget('tnt_1', now)).logs, 0);
      assert.equal(await left('log_blocks'), blocks, 'the second tenant has not counted yet');
      assert.equal((await forget('tnt_2', now)).logs, 2 * 1_000);
      assert.ok((await left('log_blocks')) < blocks);
      if (kind === 'postgres') assert.equal(await partitions(), parts - 2);
      const ofNobody = await rowsOf('');
      assert.ok(ofNobody.length < 4 * 1_000);
      assert.ok((await rowsOf('tnt_2')).every((at) => at >= now.logs));
      assert.equal(await left('usage_hours'), 12);
    });

    test('who keeps rows longer than anybody did keeps nobody else’s with them', async () => {
      const now = start + (days.logs + 3) * DAY_MS;
      const own = cutoffs(now);
      await forget('tnt_1', own);
      await forget('tnt_1', own, cutoffs(now, { logs: 365 }));
      assert.ok((await rowsOf('tnt_1')).every((at) => at >= own.logs));
      assert.ok((await rowsOf('tnt_2')).length > 0);
    });

    test('a tenant that never comes does not keep anything for ever', async () => {
      const now = cutoffs(start + (days.logs + 10) * DAY_MS);
      await forget('tnt_1', now);
      assert.equal((await rowsOf('tnt_2')).length + (await rowsOf('')).length, 0);
    });

    test('in the end hours and callers go, too, and what is written then is kept', async () => {
      const at = start + (days.hours + 10) * DAY_MS;
      const gone = await forget('tnt_1', cutoffs(at));
      assert.deepEqual([gone.hours, gone.callers], [4, 4]);
      assert.equal(await left('usage_hours'), 0);
      assert.equal(await left('usage_minutes'), 0);
      assert.equal(await left('usage_callers'), 0);
      const writer = new LogWriter(opened.db, opened.dialect, []);
      const buffer = new RecordBuffer(new Uint8Array(1 << 16));
      buffer.add(requestRecord(4 * perDay, { at }));
      await writer.write([buffer.take()]);
      await forget('tnt_1', cutoffs(at));
      const rows = await opened.db.selectFrom('request_log').select('seq').execute();
      assert.deepEqual(rows, [{ seq: 4 * perDay + 1 }]);
    });

    test('a clock that was wrong for a while holds nothing up', async () => {
      const end = start + 500 * DAY_MS;
      const writer = new LogWriter(opened.db, opened.dialect, []);
      for (let n = 0; n < 3 * perDay; n += perDay) {
        const buffer = new RecordBuffer(new Uint8Array(2 << 20));
        const key = buffer.addKey(keys.tnt_1);
        for (let i = n; i < n + perDay; i++) {
          const at = i < 10 ? end + 1_000 * DAY_MS : end + i;
          buffer.add(requestRecord(5 * perDay + i, { at, route: -1 }), key);
        }
        await writer.write([buffer.take()]);
      }
      const own = cutoffs(end + (days.logs + 1) * DAY_MS);
      assert.equal((await preview('tnt_1', own)).logs, 3 * perDay - 10);
      assert.equal((await forget('tnt_1', own, cutoffs(end))).logs, 3 * perDay - 10);
      assert.equal((await rowsOf('tnt_1')).length, 10);
    });
  });
});
