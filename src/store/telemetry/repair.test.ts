import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from '../../../test/databases.ts';
import { loggedKey, openTestTelemetry, requestRecord, type TestTelemetry } from '../../../test/telemetry.ts';
import type { UnrecordedUsage } from '../../telemetry/record.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { HOUR_MS, MINUTE_MS, Usage } from '../../telemetry/usage.ts';
import { DAY_MS } from './caller-counts.ts';
import { DayRepair } from './caller-repair.ts';
import { sumUpNextHour } from './hours.ts';
import { LogWriter } from './log-writer.ts';
import { HourRepair, type RepairParts, repairableSince } from './repair.ts';
import { forgetSome } from './retention.ts';

const midnight = Date.UTC(2026, 0, 1);
const hours = 30;
const routes = [
  { method: 'GET', template: '/api/v1/kb/tags', scopes: [] },
  { method: 'POST', template: '/api/v1/kb/tags', scopes: [] },
];
const keys = [
  loggedKey(1),
  loggedKey(2, { environment: 'sandbox' }),
  loggedKey(3, { tenantId: 'tnt_2' }),
  null,
] as const;
const statuses = [200, 200, 404, 429, 503];

interface Sent {
  readonly key: (typeof keys)[number];
  readonly at: number;
  readonly route: number;
  readonly status: number;
  readonly durationUs: number;
  readonly ip: string;
}

/** A fixed sequence that looks random. */
function* numbers(): Generator<number, never> {
  for (let x = 12_345; ; x = (x * 1_103_515_245 + 12_345) % 2 ** 31) yield x >> 8;
}

onEachDatabase((kind, skip) => {
  describe(`usage made again from the log on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;
    let parts: RepairParts;
    const sent: Sent[] = [];
    const next = numbers();
    const pick = (n: number) => next.next().value % n;
    const some = (at: number): Sent => ({
      key: keys[pick(4)]!,
      at,
      route: pick(2),
      status: statuses[pick(5)]!,
      durationUs: 1 + pick(100_000),
      ip: `203.0.113.${pick(250)}`,
    });

    async function write(requests: readonly Sent[], unrecorded: readonly UnrecordedUsage[] = []) {
      const buffer = new RecordBuffer(new Uint8Array(8 << 20));
      const indexes = new Map(keys.map((key) => [key, key === null ? 0 : buffer.addKey(key)]));
      for (const { key, ...what } of requests) {
        assert.ok(buffer.add(requestRecord(sent.length, what), indexes.get(key)!));
        sent.push({ key, ...what });
      }
      await parts.writer.write([buffer.take()], unrecorded);
    }

    const lost: { keyId: string; minute: number; status: number; count: number }[] = [];
    function unrecordedOf(key: Exclude<Sent['key'], null>, minute: number, count: number): UnrecordedUsage {
      const usage = new Usage();
      usage.add(1, 429, 1_000, count);
      lost.push({ keyId: key.keyId, minute, status: 429, count });
      const { tenantId, environment, keyId } = key;
      const counts = { routes: usage.encodeRoutes(), latency: usage.latency.encode() };
      return { tenantId, environment, keyId, minute, ...counts };
    }

    before(async () => {
      opened = await openTestTelemetry(kind);
      parts = { ...opened, writer: new LogWriter(opened.db, opened.dialect, routes) };
      for (let hour = 0; hour < hours; hour++) {
        const from = midnight + hour * HOUR_MS;
        const arrivals = Array.from({ length: 400 }, () => from + pick(HOUR_MS)).sort((a, b) => a - b);
        const unrecorded = hour % 7 === 3 ? [unrecordedOf(keys[hour % 3]!, from, 1_000 + hour)] : [];
        await write(arrivals.map(some), unrecorded);
      }
      while (await sumUpNextHour(opened.db, opened.dialect, midnight + hours * HOUR_MS));
    });
    after(() => opened.close());

    /** Key and span → status → requests. */
    function naive(span: number): Map<string, Record<string, number>> {
      const counts = new Map<string, Record<string, number>>();
      const count = (keyId: string, at: number, status: number, n: number) => {
        const name = `${keyId} ${Math.floor(at / span) * span}`;
        const ofSpan = counts.get(name) ?? {};
        ofSpan[status] = (ofSpan[status] ?? 0) + n;
        counts.set(name, ofSpan);
      };
      for (const { key, at, status } of sent) count(key?.keyId ?? 'production', at, status, 1);
      for (const { keyId, minute, status, count: n } of lost) count(keyId, minute, status, n);
      return counts;
    }

    async function stored(table: 'usage_minutes' | 'usage_hours') {
      const rows = await opened.db.selectFrom(table).selectAll().execute();
      return new Map(
        rows.map((row) => {
          const usage = Usage.decode(row.routes, row.latency);
          assert.deepEqual([row.total, usage.latency.total], [usage.total, usage.total]);
          const byStatus: Record<string, number> = {};
          for (const ofRoute of usage.byRoute.values())
            for (const [status, n] of ofRoute) byStatus[status] = (byStatus[status] ?? 0) + n;
          const at = (row as { minute?: number }).minute ?? (row as { hour?: number }).hour;
          return [`${row.key_id} ${at}`, byStatus] as const;
        }),
      );
    }

    const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    async function equalsNaive() {
      assert.deepEqual(sorted(await stored('usage_minutes')), sorted(naive(MINUTE_MS)));
      const summed = naive(HOUR_MS);
      const until = midnight + (hours - 1) * HOUR_MS;
      for (const name of summed.keys()) if (Number(name.split(' ')[1]) >= until) summed.delete(name);
      assert.deepEqual(sorted(await stored('usage_hours')), sorted(summed));
    }
    async function callersEqualNaive() {
      const rows = await opened.db.selectFrom('usage_callers').selectAll().execute();
      const known = sent.filter(({ key }) => key !== null);
      const nameOf = (keyId: string, day: number, ip: string) => `${keyId} ${day} ${ip}`;
      for (const [day, ofDay] of Map.groupBy(known, ({ at }) => Math.floor(at / DAY_MS) * DAY_MS)) {
        for (const [keyId, ofKey] of Map.groupBy(ofDay, ({ key }) => key!.keyId)) {
          const mine = rows.filter((row) => row.key_id === keyId && row.day === day);
          assert.equal(
            mine.reduce((sum, { total }) => sum + total, 0),
            ofKey.length,
          );
          const byIp = Map.groupBy(ofKey, ({ ip }) => nameOf(keyId, day, ip));
          assert.equal(mine.filter(({ ip }) => ip !== 'other').length, Math.min(200, byIp.size));
          for (const { ip, total, last_seen_at: last } of mine) {
            if (ip === 'other') continue;
            const ofIp = byIp.get(nameOf(keyId, day, ip))!;
            assert.deepEqual([total, last], [ofIp.length, Math.max(...ofIp.map(({ at }) => at))]);
          }
        }
      }
    }

    async function repairHour(hour: number, meanwhile?: () => Promise<void>, keepsMinutes = true) {
      const ask = { tenantId: 'tnt_1', hour: midnight + hour * HOUR_MS, seq: 0, keepsMinutes };
      const repair = await HourRepair.open(parts, ask);
      while (await repair.goOn(0)) await meanwhile?.();
    }
    async function repairAll() {
      for (let hour = 0; hour < hours; hour++) await repairHour(hour);
      for (const day of [midnight, midnight + DAY_MS]) {
        const repair = await DayRepair.open(parts, { tenantId: 'tnt_1', day, seq: 0 });
        while (await repair.goOn(0));
      }
    }

    test('is what was there, where nothing is damaged, however often it is made', async () => {
      await equalsNaive();
      await callersEqualNaive();
      await repairAll();
      await repairAll();
      await equalsNaive();
      await callersEqualNaive();
    });

    test('is what a naive count gives after rows were lost, raised, made up or moved', async () => {
      const { db } = opened;
      const mine = (query: 'usage_minutes' | 'usage_hours' | 'usage_callers') =>
        db.deleteFrom(query).where('key_id', '=', 'key_1');
      await mine('usage_minutes')
        .where('minute', '<', midnight + 3 * HOUR_MS)
        .execute();
      await mine('usage_hours').execute();
      await mine('usage_callers').execute();
      const changed = new Usage();
      changed.add(1, 200, 5, 1_000_000);
      const counts = {
        total: changed.total,
        ok: changed.ok,
        routes: changed.encodeRoutes(),
        latency: changed.latency.encode(),
      };
      await db
        .updateTable('usage_minutes')
        .set(counts)
        .where('key_id', '=', 'key_2')
        .where('minute', '<', midnight + 5 * HOUR_MS)
        .execute();
      const [row] = await db.selectFrom('usage_hours').selectAll().where('key_id', '=', 'key_2').execute();
      await db
        .insertInto('usage_hours')
        .values({ ...row!, key_id: 'key_9' })
        .execute();
      await repairAll();
      await equalsNaive();
      await callersEqualNaive();
    });

    test('is made in shorter spans where there are many keys', async () => {
      for (const maxCells of [100, 0]) {
        await opened.db
          .deleteFrom('usage_minutes')
          .where('key_id', '=', 'key_1')
          .where('minute', '<', midnight + HOUR_MS)
          .execute();
        const ask = { tenantId: 'tnt_1', hour: midnight, seq: 0, keepsMinutes: true };
        const repair = await HourRepair.open(parts, ask, maxCells);
        while (await repair.goOn(0));
        await equalsNaive();
      }
    });

    test('counts once what comes while it is made, for that hour or for now', async () => {
      for (const hour of [4, hours - 1]) {
        await repairHour(hour, async () => {
          const at = midnight + hour * HOUR_MS + 7 * MINUTE_MS;
          await write([some(at), some(midnight + hours * HOUR_MS + 1)]);
        });
      }
      await write([some(midnight + 4 * HOUR_MS)]);
      // What came late is summed up again by whoever keeps house.
      for (const hour of parts.writer.takeLateHours()) {
        for (const { tenantId } of [keys[0], keys[2]]) {
          const repair = await HourRepair.open(parts, { tenantId, hour, seq: 0, keepsMinutes: true });
          while (await repair.goOn(0));
        }
      }
      const hourly = await stored('usage_minutes');
      assert.deepEqual(sorted(hourly), sorted(naive(MINUTE_MS)));
    });

    test('has no minutes of a time of which minutes are not kept any more', async () => {
      await repairHour(2, undefined, false);
      const { n } = await opened.db
        .selectFrom('usage_minutes')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .where('key_id', 'in', ['key_1', 'key_2'])
        .where('minute', '>=', midnight + 2 * HOUR_MS)
        .where('minute', '<', midnight + 3 * HOUR_MS)
        .executeTakeFirstOrThrow();
      assert.equal(n, 0);
      const mine = sorted(await stored('usage_hours')).filter(([name]) => /^key_[12] /.test(name));
      const expected = sorted(naive(HOUR_MS)).filter(([name]) => /^key_[12] /.test(name));
      const until = midnight + 4 * HOUR_MS;
      const early = (list: typeof mine) => list.filter(([name]) => Number(name.split(' ')[1]) < until);
      assert.deepEqual(early(mine), early(expected));
    });

    test('leaves alone what retention has taken rows of', async () => {
      const before = sorted(await stored('usage_hours'));
      const cutoffs = { logs: midnight + 10.5 * HOUR_MS, minutes: 0, hours: 0 };
      const ask = { tenantId: 'tnt_1', own: cutoffs, longest: { logs: 0, minutes: 0, hours: 0 } };
      while ((await forgetSome(opened.db, opened.dialect, ask)).isMore);
      assert.equal(await repairableSince(opened.db, 'tnt_1'), midnight + 11 * HOUR_MS);
      for (let hour = 5; hour < 12; hour++) await repairHour(hour);
      assert.deepEqual(sorted(await stored('usage_hours')), before);
    });
  });

  describe(`usage made again where times are out of order on ${kind}`, { skip }, () => {
    const tomorrow = midnight + DAY_MS;
    const noonAfter = midnight + 3.5 * DAY_MS;
    let opened: TestTelemetry;
    let parts: RepairParts;
    let count = 0;

    before(async () => {
      opened = await openTestTelemetry(kind);
      parts = { ...opened, writer: new LogWriter(opened.db, opened.dialect, routes) };
    });
    after(() => opened.close());

    async function write(times: readonly number[]) {
      const buffer = new RecordBuffer(new Uint8Array(8 << 20));
      const key = buffer.addKey(loggedKey(1));
      for (const at of times) assert.ok(buffer.add(requestRecord(count++, { at }), key));
      await parts.writer.write([buffer.take()]);
    }
    async function repairAll(): Promise<void> {
      let seq = 0;
      for (let hour = midnight; hour < midnight + 5 * DAY_MS; hour += HOUR_MS) {
        const repair = await HourRepair.open(parts, { tenantId: 'tnt_1', hour, seq, keepsMinutes: true });
        while (await repair.goOn(0));
        seq = repair.seq;
      }
      seq = 0;
      for (let day = midnight; day < midnight + 5 * DAY_MS; day += DAY_MS) {
        const repair = await DayRepair.open(parts, { tenantId: 'tnt_1', day, seq });
        while (await repair.goOn(0));
        seq = repair.seq;
      }
    }
    async function totals() {
      const { db } = opened;
      const minutes = await db.selectFrom('usage_minutes').select(['minute', 'total']).execute();
      const callers = await db.selectFrom('usage_callers').select(['day', 'total']).execute();
      const ofDay = (list: readonly (readonly [number, number])[]) => {
        const days: Record<number, number> = {};
        for (const [at, total] of list) {
          const day = Math.floor((at - midnight) / DAY_MS);
          days[day] = (days[day] ?? 0) + total;
        }
        return days;
      };
      return [
        ofDay(minutes.map(({ minute, total }) => [minute, total])),
        ofDay(callers.map(({ day, total }) => [day, total])),
      ];
    }

    test('has what came before midnight and was answered after it, and what came meanwhile', async () => {
      await write([tomorrow + 1, tomorrow + 2, tomorrow - 1, tomorrow + 3]);
      await repairAll();
      const expected = { 0: 1, 1: 3 };
      assert.deepEqual(await totals(), [expected, expected]);
    });

    test('has what came after the clock was set back by days', async () => {
      await write(Array.from({ length: 5_000 }, (_, i) => noonAfter + i));
      await write(Array.from({ length: 5_000 }, (_, i) => tomorrow + 10 * HOUR_MS + i));
      await repairAll();
      const expected = { 0: 1, 1: 5_003, 3: 5_000 };
      assert.deepEqual(await totals(), [expected, expected]);
    });

    test('leaves alone what went with blocks before the tenant came to delete its own', async () => {
      const before = await totals();
      const cutoffs = { logs: midnight + 30 * DAY_MS, minutes: 0, hours: 0 };
      const ask = { tenantId: 'tnt_2', own: cutoffs, longest: cutoffs };
      while ((await forgetSome(opened.db, opened.dialect, ask)).isMore);
      const rows = await opened.db.selectFrom('request_log').select('seq').limit(1).execute();
      assert.equal(rows.length, 0);
      await repairAll();
      assert.deepEqual(await totals(), before);
    });
  });
});
