import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupStatuses } from './series-statuses.ts';

test('statuses are grouped by their first digit, the most frequent first, with words', () => {
  const groups = groupStatuses({ 200: 5, 201: 9, 404: 1, 429: 3, 500: 0 });
  assert.deepEqual(
    groups.map(({ label, total, rows }) => [label, total, rows.map(({ status }) => status)]),
    [
      ['2xx', 14, ['201', '200']],
      ['4xx', 4, ['429', '404']],
    ],
  );
  assert.equal(groups[1]!.rows[0]!.words, 'Over the limit');
});

test('a status without words of its own is still there', () => {
  assert.deepEqual(groupStatuses({ 418: 1 })[0]!.rows, [
    { status: '418', words: 'Another answer', total: 1 },
  ]);
});
