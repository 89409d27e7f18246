import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mergePatch } from './merge-patch.ts';

describe('a merge patch', () => {
  test('keeps what it does not name, at every depth', () => {
    const current = { a: { b: 1, c: { d: 2, e: 3 } }, f: 4 };
    assert.deepEqual(mergePatch(current, { a: { c: { d: 5 } } }), { a: { b: 1, c: { d: 5, e: 3 } }, f: 4 });
  });

  test('takes away with null, a member or all of them', () => {
    assert.deepEqual(mergePatch({ a: { b: 1, c: 2 }, d: 3 }, { a: { b: null }, d: null }), { a: { c: 2 } });
    assert.deepEqual(mergePatch({ a: { b: 1 } }, { a: null }), {});
    assert.deepEqual(mergePatch({}, { a: { b: null } }), { a: {} });
  });

  test('replaces lists whole, and never changes what it is given', () => {
    const current = { a: [1, 2] };
    assert.deepEqual(mergePatch(current, { a: [3] }), { a: [3] });
    assert.deepEqual(current, { a: [1, 2] });
  });
});
