import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from '../../../test/databases.ts';
import { loggedKey, openTestTelemetry, requestRecord, type TestTelemetry } from '../../../test/telemetry.ts';
import type { LoggedKey, RequestRecord } from '../../telemetry/record.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { Usage } from '../../telemetry/usage.ts';
import { MAX_CALLERS, OTHER_CALLERS } from './caller-counts.ts';
import { BLOCK_ROWS } from './log-block.ts';
import { LogWriter } from './log-writer.ts';

const routes = [
  { method: 'GET', template: '/api/v1/kb/articles/{id}', scopes: ['knowledge:read'] },
  { method: 'POST', template: '/api/v1/kb/articles', scopes: ['knowledge:write'] },
];
const noon = Date.UTC(2026, 2, 1, 12);

const key = (n: number, version = 1) => loggedKey(n, { version });

let requests = 0;

const record = (changes: Partial<RequestRecord> = {}) => requestRecord(requests++, { at: noon, ...changes });

function batchOf(entries: readonly (readonly [LoggedKey | null, RequestRecord])[]) {
  const buffer = new RecordBuffer(new Uint8Array(4 << 20));
  for (const [who, what] of entries) assert.ok(buffer.add(what, who === null ? 0 : buffer.addKey(who)));
  return buffer.take();
}

onEachDatabase((kind, skip) => {
  describe(`the request log on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;

    before(async () => {
      opened = await openTestTelemetry(kind);
    });
    after(() => opened.close());

    const writer = () => new LogWriter(opened.db, opened.dialect, routes);
    const countOf = (table: 'request_log' | 'log_blocks' | 'log_keys') =>
      opened.db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();

    test('keeps rows in their order, with what was seen and without any secret', async () => {
      const secret = `sa_live_${'a'.repeat(48)}`;
      await writer().write([
        batchOf([
          [key(1), record({ clientRequestId: 'mine', path: `/x/${secret}`, userAgent: `agent ${secret}` })],
          [null, record({ status: 401, code: 'unknown_key', route: -1 })],
        ]),
      ]);
      const rows = await opened.db.selectFrom('request_log').selectAll().orderBy('seq').execute();
      assert.deepEqual(
        rows.map(({ seq, status, code }) => [seq, status, code]),
        [
          [1, 200, null],
          [2, 401, 'unknown_key'],
        ],
      );
      assert.equal(rows[0]!.client_request_id, 'mine');
      assert.equal(rows[1]!.key_ref, 0);
      assert.ok(!JSON.stringify(rows).includes(secret));
      assert.ok(rows[0]!.path.includes('sa_live_aaaaaaaaaa…'));
    });

    test('a key has one entry in the dictionary for each version, whoever writes', async () => {
      const before = (await countOf('log_keys')).n;
      for (const version of [1, 2]) {
        await writer().write([batchOf([[key(2, version), record()]])]);
        await writer().write([batchOf([[key(2, version), record()]])]);
      }
      assert.equal((await countOf('log_keys')).n, before + 2);
    });

    test('minutes add up over batches, writers and requests that come late', async () => {
      const at = noon + 3_600_000;
      const one = writer();
      await one.write([
        batchOf([
          [key(3), record({ at })],
          [key(3), record({ at: at + 60_000, status: 429 })],
        ]),
      ]);
      await one.write([
        batchOf([
          [key(3), record({ at: at + 59_999 })],
          [key(3), record({ at: at + 600_000 })],
        ]),
      ]);
      await one.write([batchOf([[key(3), record({ at, status: 500 })]])]);
      await writer().write([batchOf([[key(3), record({ at, durationUs: 5 })]])]);
      const rows = await opened.db
        .selectFrom('usage_minutes')
        .selectAll()
        .where('key_id', '=', 'key_3')
        .orderBy('minute')
        .execute();
      assert.deepEqual(
        rows.map((row) => [row.minute - at, row.total, row.ok, row.rate_limited, row.server_error]),
        [
          [0, 4, 3, 0, 1],
          [60_000, 1, 0, 1, 0],
          [600_000, 1, 1, 0, 0],
        ],
      );
      assert.equal(Usage.decode(rows[0]!.routes, rows[0]!.latency).latency.total, 4);
    });

    test('what has no record is counted all the same, refusals without a known key by environment', async () => {
      const at = noon + 7_200_000;
      const missed = new Usage();
      missed.add(-1, 401, 2_000, 9);
      missed.add(0, 200, 3_000);
      const usage = { minute: at, routes: missed.encodeRoutes(), latency: missed.latency.encode() };
      const refused = { at, status: 401, code: 'unknown_key', environment: 'sandbox', route: -1 } as const;
      await writer().write(
        [batchOf([[null, record(refused)]])],
        [
          { ...usage, tenantId: '', environment: 'sandbox', keyId: null },
          { ...usage, tenantId: 'tnt_new', environment: 'staging', keyId: 'key_8' },
        ],
      );
      const rows = await opened.db
        .selectFrom('usage_minutes')
        .innerJoin('log_places', 'log_places.ref', 'place')
        .selectAll()
        .where('minute', '=', at)
        .orderBy('key_id')
        .execute();
      assert.deepEqual(
        rows.map((row) => [row.key_id, row.tenant_id, row.environment, row.total, row.ok, row.client_error]),
        [
          ['key_8', 'tnt_new', 'staging', 10, 1, 9],
          ['sandbox', '', 'sandbox', 11, 1, 10],
        ],
      );
      assert.deepEqual(JSON.parse(rows[1]!.routes), { 0: { 401: 10 }, 1: { 200: 1 } });
    });

    test('callers of a key and day are told apart up to a bound, which another writer keeps, too', async () => {
      const from = (n: number) =>
        [key(4), record({ ip: `198.51.100.${n % 250}`, userAgent: `agent ${n}` })] as const;
      await writer().write([batchOf(Array.from({ length: MAX_CALLERS - 1 }, (_, n) => from(n)))]);
      const second = writer();
      await second.write([batchOf(Array.from({ length: 50 }, (_, n) => from(n + MAX_CALLERS - 10)))]);
      await second.write([batchOf([from(0)])]);
      const rows = await opened.db
        .selectFrom('usage_callers')
        .selectAll()
        .where('key_id', '=', 'key_4')
        .execute();
      const others = rows.filter(({ ip }) => ip === OTHER_CALLERS);
      assert.equal(rows.length, MAX_CALLERS + 1);
      assert.equal(others.length, 1);
      assert.equal(others[0]!.total, 40);
      assert.equal(rows.find(({ user_agent: agent }) => agent === 'agent 0')?.total, 2);
      assert.equal(
        rows.reduce((sum, row) => sum + row.total, 0),
        MAX_CALLERS - 1 + 51,
      );
    });

    test('usage that was not written yet is counted from the rows by the next writer, once', async () => {
      const at = noon + 5 * 3_600_000;
      const totals = async () => {
        const minutes = await opened.db
          .selectFrom('usage_minutes')
          .select('total')
          .where('key_id', '=', 'key_11')
          .execute();
        const callers = await opened.db
          .selectFrom('usage_callers')
          .select('total')
          .where('key_id', '=', 'key_11')
          .execute();
        return [minutes, callers].map((rows) => rows.map(({ total }) => total));
      };
      const killed = writer();
      await killed.write([
        batchOf([
          [key(11), record({ at })],
          [key(11), record({ at })],
        ]),
      ]);
      await killed.write([batchOf([[key(11), record({ at })]])], [], false);
      await killed.write([batchOf([[key(11), record({ at })]])], [], false);
      assert.equal(killed.hasUnsavedUsage, true);
      assert.deepEqual(await totals(), [[2], [2]]);
      const next = writer();
      await next.write([batchOf([[key(11), record({ at })]])]);
      assert.equal(next.hasUnsavedUsage, false);
      assert.deepEqual(await totals(), [[5], [5]]);
      await writer().write([batchOf([[key(12), record({ at })]])]);
      assert.deepEqual(await totals(), [[5], [5]]);
    });

    test('blocks close by number of rows, over batches and writers', async () => {
      const before = (await countOf('request_log')).n;
      const wanted = BLOCK_ROWS * 2 + 100 - before;
      const entries = Array.from(
        { length: wanted },
        (_, n) => [key(5), record({ at: noon + n, clientRequestId: `c-${n}` })] as const,
      );
      await writer().write([batchOf(entries.slice(0, 3_000))]);
      await writer().write([batchOf(entries.slice(3_000, 5_000)), batchOf(entries.slice(5_000))]);
      const blocks = await opened.db.selectFrom('log_blocks').selectAll().orderBy('first_seq').execute();
      assert.deepEqual(
        blocks.map((block) => [block.first_seq, block.last_seq]),
        [
          [1, BLOCK_ROWS],
          [BLOCK_ROWS + 1, BLOCK_ROWS * 2],
        ],
      );
      assert.equal((await countOf('request_log')).n, BLOCK_ROWS * 2 + 100);
    });

    test('a batch that cannot be written leaves nothing, and can be written afterwards', async () => {
      const one = writer();
      await one.write([batchOf([[key(6), record()]])]);
      const before = await countOf('request_log');
      const whole = batchOf([
        [key(6), record({ at: noon + 60_000 * 60 * 9 })],
        [key(7), record()],
      ]);
      await opened.db.schema.alterTable('usage_callers').renameTo('usage_callers_away').execute();
      await assert.rejects(one.write([whole]));
      await opened.db.schema.alterTable('usage_callers_away').renameTo('usage_callers').execute();
      assert.deepEqual(await countOf('request_log'), before);
      await one.write([whole]);
      assert.equal((await countOf('request_log')).n, before.n + 2);
      const rows = await opened.db
        .selectFrom('usage_minutes')
        .select('total')
        .where('minute', '=', noon + 60_000 * 60 * 9)
        .execute();
      assert.deepEqual(rows, [{ total: 1 }]);
    });
  });
});
