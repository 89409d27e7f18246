import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromLocalInput, toLocalInput } from './local-time.ts';

test('a moment goes into the field and comes out as it was, to the minute', () => {
  assert.equal(fromLocalInput(toLocalInput('2026-11-21T09:30:00.000Z')), '2026-11-21T09:30:00.000Z');
  assert.match(toLocalInput('2026-11-21T09:30:00.000Z'), /^2026-11-2\dT\d\d:\d\d$/);
});

test('no moment is an empty field, and an empty field is no moment', () => {
  assert.equal(toLocalInput(null), '');
  assert.equal(fromLocalInput(''), null);
});
