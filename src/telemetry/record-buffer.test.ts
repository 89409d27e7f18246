import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import test from 'node:test';
import fc from 'fast-check';
import { environments } from '../core/environments.ts';
import { errorTable } from '../errors.ts';
import type { LoggedKey, RequestRecord } from './record.ts';
import { RecordBuffer, readBatch } from './record-buffer.ts';

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 200,
});
const u32 = fc.integer({ min: 0, max: 0xffffffff });

const anyRecord: fc.Arbitrary<RequestRecord> = fc.record({
  at: fc.integer({ min: 0, max: 2 ** 48 }),
  durationUs: u32,
  requestId: fc.stringMatching(/^req_[0-9a-z]{26}$/),
  clientRequestId: fc.option(fc.stringMatching(/^[A-Za-z0-9._-]{0,128}$/)),
  environment: fc.constantFrom(...environments),
  method: fc.constantFrom(...METHODS),
  path: latin1,
  route: fc.integer({ min: -1, max: 300 }),
  status: fc.integer({ min: 100, max: 599 }),
  code: fc.option(fc.constantFrom(...Object.keys(errorTable))),
  ip: fc.constantFrom('203.0.113.7', '2001:db8::1'),
  userAgent: latin1,
  requestBytes: u32,
  responseBytes: u32,
  details: fc.option(fc.record({ requestBody: fc.string({ unit: 'grapheme' }) })),
});

const key = (n: number): LoggedKey => ({
  tenantId: 'tnt_1',
  environment: 'production',
  keyId: `key_${n}`,
  keyName: 'name',
  version: n,
  secretId: `sec_${n}`,
  hint: 'sa_live_0000000000',
  policy: null,
});

test('what goes in comes out, in order, with its key', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyRecord, fc.integer({ min: 0, max: 3 }))), (entries) => {
      const buffer = new RecordBuffer(new Uint8Array(1 << 20));
      const indexes = [0, ...[1, 2, 3].map((n) => buffer.addKey(key(n)))];
      for (const [record, n] of entries) assert.equal(buffer.add(record, indexes[n]), true);
      const expected = entries.map(([record, n]) => ({
        ...structuredClone(record),
        key: n === 0 ? null : key(n),
      }));
      assert.deepEqual([...readBatch(structuredClone(buffer.take()))], expected);
      assert.equal(buffer.count, 0);
    }),
  );
});

test('a buffer that is full takes nothing more and keeps what it has', () => {
  const [record] = fc.sample(anyRecord, 1);
  const buffer = new RecordBuffer(new Uint8Array(2_000));
  let taken = 0;
  while (buffer.add(record!)) taken++;
  assert.ok(taken > 0);
  assert.equal([...readBatch(buffer.take())].length, taken);
  assert.equal(buffer.add(record!), true);
});

test('a path and a user agent without end are cut', () => {
  const [record] = fc.sample(anyRecord, 1);
  const buffer = new RecordBuffer(new Uint8Array(100_000));
  buffer.add({ ...record!, path: `/${'a'.repeat(16_000)}`, userAgent: 'b'.repeat(16_000) });
  const [found] = [...readBatch(buffer.take())];
  assert.equal(found!.path.length, 1_024);
  assert.equal(found!.userAgent.length, 256);
});
