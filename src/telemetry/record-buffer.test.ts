import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import test from 'node:test';
import fc from 'fast-check';
import { bodyNotes, MAX_BODY_BYTES } from '../core/body-mask.ts';
import { environments } from '../core/environments.ts';
import { errorTable } from '../errors.ts';
import type { CapturedBody } from './captured-body.ts';
import type { LoggedKey, RequestRecord } from './record.ts';
import { RecordBuffer, readBatch } from './record-buffer.ts';

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 200,
});
const u32 = fc.integer({ min: 0, max: 0xffffffff });

const anyBody: fc.Arbitrary<CapturedBody> = fc.oneof(
  fc.record({
    mediaType: fc.constantFrom('application/json', 'text/plain', ''),
    start: fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.string({ unit: 'binary', maxLength: 100 })),
    note: fc.constantFrom(null, 'cut' as const),
  }),
  fc.record({
    mediaType: fc.constantFrom('application/zip', 'x/y'),
    start: fc.constant(null),
    note: fc.constantFrom(...bodyNotes.filter((note) => note !== 'cut')),
  }),
);

/** As it comes out: in bytes, and lone halves of surrogate pairs as U+FFFD. */
function bytesOf(body: CapturedBody | null): CapturedBody | null {
  if (body === null || body.start === null) return body && { ...body };
  const { start } = body;
  return { ...body, start: Buffer.from(typeof start === 'string' ? Buffer.from(start) : start) };
}

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
  details: fc.option(fc.record({ requiredScopes: fc.array(fc.string({ unit: 'grapheme' })) })),
  requestBody: fc.option(anyBody),
  responseBody: fc.option(anyBody),
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
  maskFields: ['iban'],
});

test('what goes in comes out, in order, with its key', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyRecord, fc.integer({ min: 0, max: 3 }))), (entries) => {
      const buffer = new RecordBuffer(new Uint8Array(1 << 20));
      const indexes = [0, ...[1, 2, 3].map((n) => buffer.addKey(key(n)))];
      for (const [record, n] of entries) assert.equal(buffer.add(record, indexes[n]), true);
      const expected = entries.map(([record, n]) => ({
        ...structuredClone(record),
        requestBody: bytesOf(record.requestBody),
        responseBody: bytesOf(record.responseBody),
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

test('of a body 4 KB go on, in whole characters, and of one that is to be left out only what it was', () => {
  const [record] = fc.sample(anyRecord, 1);
  const requestBody = { mediaType: 'text/plain', start: `${'a'.repeat(4_095)}äb`, note: null };
  const responseBody = { mediaType: 'text/plain', start: Buffer.alloc(MAX_BODY_BYTES, 'a'), note: null };
  const buffer = new RecordBuffer(new Uint8Array(100_000));
  buffer.add({ ...record!, requestBody, responseBody });
  buffer.add(
    { ...record!, requestBody, responseBody: { ...responseBody, start: null, note: 'stream' } },
    0,
    false,
  );
  const [kept, left] = [...readBatch(buffer.take())];
  assert.equal(kept!.requestBody!.note, 'cut');
  assert.equal(Buffer.from(kept!.requestBody!.start!).toString(), 'a'.repeat(4_095));
  assert.equal(kept!.responseBody!.note, null);
  assert.equal(kept!.responseBody!.start!.length, MAX_BODY_BYTES);
  assert.deepEqual(left!.requestBody, { mediaType: 'text/plain', start: null, note: 'dropped' });
  assert.equal(left!.responseBody!.note, 'stream');
});
