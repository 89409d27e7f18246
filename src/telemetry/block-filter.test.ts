import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { BlockFilter } from './block-filter.ts';

test('what went in is found, also after the filter was stored', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 300 }), (entries) => {
      const stored = new BlockFilter(Uint8Array.from(BlockFilter.of(new Set(entries)).bytes));
      for (const entry of entries) assert.equal(stored.has(entry), true);
    }),
  );
});

test('of what did not go in, about one in a hundred is found', () => {
  const filter = BlockFilter.of(new Set(Array.from({ length: 10_000 }, (_, i) => `keyId=key_${i}`)));
  const wrong = Array.from({ length: 20_000 }, (_, i) => `keyId=key_${i + 10_000}`).filter((entry) =>
    filter.has(entry),
  );
  assert.ok(wrong.length < 400, `${wrong.length} of 20,000`);
});

test('an empty filter holds nothing', () => {
  const filter = BlockFilter.of(new Set());
  for (const entry of ['', 'a', 'status=500']) assert.equal(filter.has(entry), false);
});
