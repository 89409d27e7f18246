import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { onEachDatabase } from '../../../test/databases.ts';
import { loggedKey, openTestTelemetry, requestRecord } from '../../../test/telemetry.ts';
import { RecordBuffer } from '../../telemetry/record-buffer.ts';
import { readExportBounds, readExportPiece } from './log-export.ts';
import { type LogFilter, readLogPage } from './log-reader.ts';
import { LogWriter } from './log-writer.ts';

const dayMs = 86_400_000;
const noon = Date.UTC(2026, 0, 1, 12);

onEachDatabase((kind, skip) => {
  describe(`pieces of an export on ${kind}`, { skip }, () => {
    test('have what came in a time after the clock was set back by days, and so has the list', async () => {
      const { db, dialect, close } = await openTestTelemetry(kind);
      const writer = new LogWriter(db, dialect, []);
      let count = 0;
      const write = async (from: number, n: number) => {
        const buffer = new RecordBuffer(new Uint8Array(8 << 20));
        const key = buffer.addKey(loggedKey(1));
        for (let i = 0; i < n; i++)
          assert.ok(buffer.add(requestRecord(count++, { at: from + i, route: -1 }), key));
        await writer.write([buffer.take()]);
      };
      await write(noon + 3 * dayMs, 5_000);
      await write(noon, 10_000);
      await write(noon + 3 * dayMs, 5_000);
      await write(noon, 10);
      const place = { tenantId: 'tnt_1', environment: 'production' };
      const listedOf = async (filter: LogFilter) => {
        let rows = 0;
        for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
          const page = await readLogPage(db, place, filter, { before, limit: 1_000 });
          rows += page.rows.length;
          before = page.next;
        }
        return rows;
      };
      const rowsOf = async (filter: LogFilter) => {
        const { first, last } = await readExportBounds(db, filter.from ?? 0);
        const ids: string[] = [];
        for (let seq = first - 1; seq < last; ) {
          const ask = { format: 'ndjson', after: seq, last, isFirst: false } as const;
          const piece = await readExportPiece(db, place, filter, ask);
          assert.ok(piece.seq > seq);
          seq = piece.seq;
          const text = piece.body === null ? '' : gunzipSync(piece.body).toString();
          for (const line of text.split('\n').slice(0, -1)) ids.push(JSON.parse(line).requestId);
        }
        assert.deepEqual(ids, [...new Set(ids)].sort());
        assert.equal(await listedOf(filter), ids.length);
        return ids.length;
      };
      assert.equal(await rowsOf({}), 20_010);
      assert.equal(await rowsOf({ to: noon + dayMs }), 10_010);
      assert.equal(await rowsOf({ from: noon + 2 * dayMs }), 10_000);
      assert.equal(await rowsOf({ to: noon }), 0);
      await close();
    });
  });
});
