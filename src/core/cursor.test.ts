import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { createIdFactory } from './id.ts';

const id = fc.oneof(
  fc.nat(2 ** 41).map((time) => createIdFactory({ now: () => time })('art')),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((text) => text.isWellFormed() && text.length <= 60),
);

test('a cursor comes back as the id it was made of, and is safe in a query', () => {
  fc.assert(
    fc.property(id, (text) => {
      const cursor = encodeCursor(text);
      assert.match(cursor, /^[A-Za-z0-9_-]+$/);
      assert.equal(decodeCursor(cursor), text);
    }),
  );
  const longest = 'x'.repeat(256);
  assert.equal(decodeCursor(encodeCursor(longest)), longest);
});

test('garbage is null', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => decodeCursor(text) === null));
  fc.assert(fc.property(fc.base64String(), (text) => decodeCursor(text) === null));
  fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/), (text) => decodeCursor(text) === null));
  for (const text of ['', 'A', 'AAAAAA', 'key_01', 'A'.repeat(100_000)])
    assert.equal(decodeCursor(text), null);
});

test('any change of a cursor is null, and so is another spelling of the same bytes', () => {
  const characters = fc.constantFrom(...'ABCXYZabcxyz019-_+/= \n');
  fc.assert(
    fc.property(id, fc.nat(), characters, (text, at, other) => {
      const cursor = encodeCursor(text);
      const i = at % cursor.length;
      const changed = cursor.slice(0, i) + other + cursor.slice(i + 1);
      if (changed !== cursor) assert.equal(decodeCursor(changed), null);
      for (const spelling of [`${cursor}=`, `${cursor}==`, ` ${cursor}`, `${cursor}\n`, `${cursor}A`]) {
        assert.equal(decodeCursor(spelling), null);
      }
      const foreign = cursor.replaceAll('-', '+').replaceAll('_', '/');
      if (foreign !== cursor) assert.equal(decodeCursor(foreign), null);
    }),
    { numRuns: 500 },
  );
});

test('bytes that are no UTF-8 are null, even under a right checksum', () => {
  const forge = (body: Buffer) => {
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([check, body]).toString('base64url');
  };
  assert.equal(decodeCursor(forge(Buffer.from('key'))), 'key');
  for (const bytes of [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], []]) {
    assert.equal(decodeCursor(forge(Buffer.from(bytes))), null);
  }
});

test('what no cursor can hold is a bug and throws', () => {
  for (const text of ['', 'x'.repeat(257), 'é'.repeat(129), '\ud800'])
    assert.throws(() => encodeCursor(text), RangeError);
});
