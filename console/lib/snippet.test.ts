import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readSnippet } from './snippet.ts';

describe('the snippet of a search', () => {
  test('is text with the words that were found', () => {
    assert.deepEqual(readSnippet('…the <mark>image</mark> &amp; <mark>run</mark> it'), [
      { text: '…the ', isMarked: false },
      { text: 'image', isMarked: true },
      { text: ' & ', isMarked: false },
      { text: 'run', isMarked: true },
      { text: ' it', isMarked: false },
    ]);
  });

  test('other elements stay text, and nothing is unescaped twice', () => {
    assert.deepEqual(readSnippet('&lt;script&gt;<b>&amp;lt;mark&amp;gt;</b>'), [
      { text: '<script><b>&lt;mark&gt;</b>', isMarked: false },
    ]);
    assert.deepEqual(readSnippet('</mark><mark>a'), [{ text: 'a', isMarked: true }]);
    assert.deepEqual(readSnippet(''), []);
  });
});
