import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from '../../../test/databases.ts';
import { loggedKey, openTestTelemetry, requestRecord, type TestTelemetry } from '../../../test/telemetry.ts';
import { newLogMark } from '../../core/policy.ts';
import type { CapturedBody } from '../../telemetry/captured-body.ts';
import type { LoggedKey, RequestRecord } from '../../telemetry/record.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { RequestLog } from '../../telemetry/request-log.ts';
import { DAY_MS } from './caller-counts.ts';
import { readLogBodies } from './log-bodies.ts';
import { LogWriter } from './log-writer.ts';

const routes = [
  { method: 'POST', template: '/api/v1/kb/tags', scopes: [] },
  { method: 'POST', template: '/api/v1/links', scopes: [], secretFields: ['link'] },
];
const noon = Date.UTC(2026, 2, 1, 12);

const json = (start: string): CapturedBody => ({ mediaType: 'application/json', start, note: null });

let requests = 0;
const record = (changes: Partial<RequestRecord>) => requestRecord(requests++, { at: noon, ...changes });

onEachDatabase((kind, skip) => {
  describe(`bodies in the request log on ${kind}`, { skip }, () => {
    let opened: TestTelemetry;

    before(async () => {
      opened = await openTestTelemetry(kind);
    });
    after(() => opened.close());

    async function write(entries: readonly (readonly [LoggedKey | null, RequestRecord])[]) {
      const buffer = new RecordBuffer(new Uint8Array(1 << 20));
      for (const [key, what] of entries) buffer.add(what, key === null ? 0 : buffer.addKey(key));
      await new LogWriter(opened.db, opened.dialect, routes).write([buffer.take()]);
      const last = opened.db.selectFrom('request_log').select(['seq', 'at']).orderBy('seq', 'desc');
      return (await last.limit(entries.length).execute()).reverse();
    }

    const bodiesOf = ({ seq, at }: { seq: number; at: number }) => readLogBodies(opened.db, seq, at);
    const left = async (table: 'log_bodies' | 'request_log') => {
      const query = opened.db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('n'));
      return (await query.executeTakeFirstOrThrow()).n;
    };

    test('are masked by the fields of the tenant and of the route, and by what is always hidden', async () => {
      const key = loggedKey(1, { maskFields: ['iban'] });
      const requestBody = json('{"iban":"DE1","Link":"l","password":"p","name":"n"}');
      const [first, second] = await write([
        [key, record({ requestBody })],
        [key, record({ requestBody, responseBody: json('{"link":"https://x"}'), route: 1 })],
      ]);
      assert.equal(
        (await bodiesOf(first!))!.request_body,
        '{"iban":"…","Link":"l","password":"…","name":"n"}',
      );
      const { request_body, response_body } = (await bodiesOf(second!))!;
      assert.equal(request_body, '{"iban":"…","Link":"…","password":"…","name":"n"}');
      assert.equal(response_body, '{"link":"…"}');
    });

    test('are not there without a known key, nor where there are none', async () => {
      const [unknown, without] = await write([
        [null, record({ requestBody: json('{}') })],
        [loggedKey(1), record({})],
      ]);
      assert.equal(await bodiesOf(unknown!), null);
      assert.equal(await bodiesOf(without!), null);
    });

    test('that cannot be kept say what they were', async () => {
      const [row] = await write([
        [
          loggedKey(1),
          record({
            requestBody: { mediaType: 'application/zip', start: Buffer.from([1, 0, 255]), note: null },
            responseBody: { mediaType: 'text/event-stream', start: null, note: 'stream' },
          }),
        ],
      ]);
      assert.deepEqual(
        { ...(await bodiesOf(row!))! },
        {
          request_body: null,
          request_type: 'application/zip',
          request_note: 'not_text',
          response_body: null,
          response_type: 'text/event-stream',
          response_note: 'stream',
        },
      );
    });

    test('are deleted with their rows, by themselves and with their days', async () => {
      const body = json('{"a":1}');
      const rows = await write([
        [loggedKey(1), record({ requestBody: body })],
        [loggedKey(1), record({ requestBody: body })],
      ]);
      const before = await left('log_bodies');
      await opened.db.deleteFrom('request_log').where('seq', '=', rows[0]!.seq).execute();
      assert.equal(await bodiesOf(rows[0]!), null);
      assert.notEqual(await bodiesOf(rows[1]!), null);
      assert.equal(await left('log_bodies'), before - 1);
      const [next] = await write([[loggedKey(1), record({ at: noon + DAY_MS, requestBody: body })]]);
      await opened.dialect.dropLogDays(opened.db, noon + DAY_MS);
      await opened.db
        .deleteFrom('request_log')
        .where('at', '<', noon + DAY_MS)
        .execute();
      assert.equal(await left('request_log'), 1);
      assert.equal(await left('log_bodies'), 1);
      assert.notEqual(await bodiesOf(next!), null);
    });

    test('are the first to be left out where nothing can be written, and their rows say so', async () => {
      const failed = Promise.withResolvers<void>();
      const log = new RequestLog<{ logMark: ReturnType<typeof newLogMark> }>({
        now: () => noon,
        worker: new URL('./worker.ts', import.meta.url),
        place: opened.place,
        describe: () => loggedKey(7),
        onState: () => failed.resolve(),
      });
      log.useRoutes(routes);
      const total = 12_000;
      const at = noon + 2 * DAY_MS;
      const rowsBefore = await left('request_log');
      await opened.db.schema.alterTable('log_bodies').renameTo('log_bodies_away').execute();
      const key = { logMark: newLogMark() };
      const requestBody = json(JSON.stringify({ a: 'a'.repeat(4_000) }));
      log.record(record({ at, requestBody }), key);
      for (let i = 1; i < total; i++) log.record(record({ at, requestBody }), key);
      const flushed = log.flush();
      await failed.promise;
      await opened.db.schema.alterTable('log_bodies_away').renameTo('log_bodies').execute();
      await flushed;
      assert.equal(log.counts.dropped, 0);
      assert.equal(await left('request_log'), rowsBefore + total);
      const written = opened.db.selectFrom('log_bodies').where('at', '=', at);
      const notes = await written
        .select(['request_note as note', (eb) => eb.fn.count<number>('request_body').as('bodies')])
        .select((eb) => eb.fn.countAll<number>().as('rows'))
        .groupBy('request_note')
        .execute();
      const kept = notes.find(({ note }) => note === null)!;
      const dropped = notes.find(({ note }) => note === 'dropped')!;
      assert.equal(kept.rows + dropped.rows, total);
      assert.deepEqual([kept.bodies, dropped.bodies], [kept.rows, 0]);
      assert.ok(kept.rows > 4_000 && dropped.rows > 4_000, JSON.stringify(notes));
      await log.close();
    });
  });
});
