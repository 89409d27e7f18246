import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { decodeJournal, encodeJournal, JournalBuffer, type JournalContent } from './journal.ts';

const UNREADABLE = /^Error: Unreadable journal batch: .+\.$/;

const anyContent: fc.Arbitrary<JournalContent> = fc
  .record({
    groups: fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }),
    entries: fc.array(
      fc.tuple(fc.nat(), fc.integer({ min: 0, max: 2 ** 32 - 2 }), fc.integer({ min: 1, max: 2 ** 32 - 1 })),
      { maxLength: 30 },
    ),
    run: fc.integer({ min: 1, max: 2 ** 40 }),
    ticks: fc.integer({ min: 2 ** 32, max: 2 ** 50 }),
    day: fc.integer({ min: 0, max: 100_000 }),
  })
  .map(({ groups, entries, run, ticks, day }) => ({
    run,
    monotonicMs: ticks / 1024,
    groups,
    days: [
      { day, from: 0 },
      { day: day + 1, from: Math.ceil(entries.length / 2) },
    ],
    length: entries.length,
    groupIndexes: Uint32Array.from(entries, ([group]) => group % groups.length),
    timesMs: Float64Array.from(entries, ([, age]) => (ticks - age) / 1024),
    units: Uint32Array.from(entries, ([, , units]) => units),
  }));

/** A batch whose length and checksum are right, whatever its head says. */
function forge(head: string, entries: readonly number[] = []): Uint8Array {
  const body = Buffer.concat([Buffer.alloc(16), Buffer.from(head), Buffer.alloc(entries.length * 4)]);
  for (const [i, word] of entries.entries()) body.writeUInt32LE(word, 16 + Buffer.byteLength(head) + i * 4);
  body.write('KWJ1');
  body.writeUInt32LE(Buffer.byteLength(head), 8);
  body.writeUInt32LE(entries.length / 3, 12);
  body.writeUInt32LE(crc32(body.subarray(8)), 4);
  return body;
}

test('what was encoded decodes to the same, wherever in a larger buffer the bytes lie', () => {
  fc.assert(
    fc.property(anyContent, fc.nat({ max: 7 }), (content, offset) => {
      const body = encodeJournal(content);
      const larger = new Uint8Array(body.length + 16);
      larger.set(body, offset);
      assert.deepEqual(decodeJournal(larger.subarray(offset, offset + body.length)), content);
    }),
  );
});

test('a group name with a lone surrogate comes back as it was', () => {
  const buffer = new JournalBuffer();
  buffer.add(buffer.intern('lg_\ud800'), 5, 1, 20_000);
  assert.deepEqual(decodeJournal(buffer.drain(1, 5)).groups, ['lg_\ud800']);
});

test('an age beyond 69 minutes decodes as 69 minutes, never as a young one', () => {
  const buffer = new JournalBuffer();
  buffer.add(buffer.intern('lg_a'), 0, 1, 20_000);
  const { monotonicMs, timesMs } = decodeJournal(buffer.drain(1, 90 * 60_000));
  assert.equal(Math.floor((monotonicMs - timesMs[0]!) / 60_000), 69);
});

test('truncated, lengthened, changed and random bytes throw an Error that says so', () => {
  fc.assert(
    fc.property(anyContent, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, flip) => {
      const body = encodeJournal(content);
      assert.throws(() => decodeJournal(body.subarray(0, at % body.length)), UNREADABLE);
      assert.throws(() => decodeJournal(Uint8Array.of(...body, 0)), UNREADABLE);
      body[at % body.length]! ^= flip;
      assert.throws(() => decodeJournal(body), UNREADABLE);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
      assert.throws(() => decodeJournal(bytes), UNREADABLE),
    ),
  );
});

test('a batch with a right checksum and a wrong head or entry throws as well', () => {
  const head = { run: 1, monotonicMs: 9, groups: ['lg_a'], days: [{ day: 1, from: 0 }] };
  assert.equal(decodeJournal(forge(JSON.stringify(head), [0, 0, 1])).length, 1);
  for (const [wrong, entries] of [
    ['', []],
    ['null', []],
    ['{"run":', []],
    [JSON.stringify({ ...head, run: '1' }), []],
    [JSON.stringify({ ...head, groups: [7] }), []],
    [JSON.stringify({ ...head, days: [null] }), []],
    [JSON.stringify({ ...head, days: [{ day: 1, from: 3 }] }), []],
    [JSON.stringify({ ...head, days: [] }), [0, 0, 1]],
    [JSON.stringify(head), [1, 0, 1]],
  ] as const) {
    assert.throws(() => decodeJournal(forge(wrong, entries)), UNREADABLE, wrong);
  }
});

test('a buffer drains all that was added since the last drain, through growing and shrinking', () => {
  const buffer = new JournalBuffer();
  for (const count of [3, 5000, 1, 1, 40, 2000, 0, 7]) {
    const index = buffer.intern(`lg_${count}`);
    for (let i = 0; i < count; i++) buffer.add(index, i, i + 1, 20_000 + (i >>> 8));
    assert.equal(buffer.length, count);
    const content = decodeJournal(buffer.drain(4, 5000));
    assert.deepEqual([content.run, content.groups, content.length], [4, [`lg_${count}`], count]);
    assert.deepEqual(
      content.days,
      Array.from({ length: Math.ceil(count / 256) }, (_, i) => ({ day: 20_000 + i, from: i * 256 })),
    );
    assert.deepEqual(
      [...content.timesMs],
      Array.from({ length: count }, (_, i) => i),
    );
    assert.deepEqual(
      [...content.units],
      Array.from({ length: count }, (_, i) => i + 1),
    );
  }
});
