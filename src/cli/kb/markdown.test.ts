import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTooDeep, readMarkdown } from './markdown.ts';
import { readPage } from './page.ts';
import { FileError } from './problem.ts';

/** Processor time, because others may have the processor meanwhile. */
function msOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const front = '---\ntitle: Deep\n---\n';

for (const [name, marker] of [
  ['quotes', '> '],
  ['quotes without blanks', '>'],
  ['lists', '- '],
  ['numbered lists', '1. '],
  ['quotes and lists', '> * '],
] as const) {
  test(`${name} inside one another are refused by file and line, before anybody parses 200 KB of them`, () => {
    const absurd = marker.repeat(200_000 / marker.length);
    const spent = msOf(() =>
      assert.throws(
        () => readPage('deep.md', `${front}# A\n\n${absurd}[a](b.md)\n`),
        (error) =>
          error instanceof FileError && error.line === 6 && /100 quotes and lists/.test(error.message),
      ),
    );
    assert.ok(spent < 1_000, `${spent} ms`);
  });
}

test('what people nest is read, and a line across the page is no list', () => {
  assert.equal(findTooDeep(`${'> '.repeat(100)}a`), null);
  assert.equal(findTooDeep(`a\r\n${'> '.repeat(101)}a`), 2);
  for (const ruler of ['- '.repeat(500), '* '.repeat(500), `${'-'.repeat(500)}`]) {
    assert.equal(findTooDeep(`a\n\n${ruler}\n\nb`), null);
  }
  const page = readPage('fine.md', `${front}${'> '.repeat(20)}[a](b.md)\n`);
  assert.deepEqual(
    page.markdown.destinations.map(({ address }) => address),
    ['b.md'],
  );
});

test('any other text that takes too long is refused in time, and the next one is read', () => {
  const lazy = `> [a](b.md)\n${'a\n'.repeat(200_000)}`;
  const spent = msOf(() =>
    assert.throws(() => readMarkdown(lazy, false, 200), { message: /takes too long to read/ }),
  );
  assert.ok(spent < 5_000, `${spent} ms`);
  assert.equal(readMarkdown('# Next\n', true).heading?.text, 'Next');
});
