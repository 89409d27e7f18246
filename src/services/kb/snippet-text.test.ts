import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { queryWords } from '../../store/kb/words.ts';
import { makeSnippet } from './snippet.ts';
import { plainTextOf } from './snippet-text.ts';

test('headings, links, emphasis, lists and fences leave their words', () => {
  for (const [markdown, plain] of [
    ['## Refunds ', 'Refunds '],
    ['> - **Bold**, _it_ and ~~gone~~', 'Bold, it and gone'],
    ['***all*** of **_it_**', 'all of it'],
    ['see [the *guide*](guide.md "A title") and [there][ref]', 'see the guide and there'],
    ['[![logo](a.png)](https://example.com/a(b))', 'logo'],
    ['<https://example.com/a_b_c>', 'https://example.com/a_b_c'],
    ['```sh\n# not a heading\nnpm *run*\n```\nafter', '\n# not a heading\nnpm *run*\n\nafter'],
    ['| a | b |\n|---|:-:|\n| 1 | 2 |', '| a | b |\n\n| 1 | 2 |'],
    ['Title\n=====\n\n* * *\n[ref]: https://example.com', 'Title\n\n\n\n'],
    ['`a_b_ *c*` and \\*kept\\*', 'a_b_ *c* and *kept*'],
    [
      '2 * 3 * 4, snake_case_name, [x], a - b, C# and 5 > 4',
      '2 * 3 * 4, snake_case_name, [x], a - b, C# and 5 > 4',
    ],
    ['Only <i>here</i> & there', 'Only <i>here</i> & there'],
  ] as const) {
    assert.equal(plainTextOf(markdown), plain, markdown);
  }
});

const piece = fc.constantFrom(
  ...[
    '# ',
    '> ',
    '- ',
    '1. ',
    '*',
    '**',
    '_',
    '~~',
    '`',
    '```',
    '[',
    ']',
    '(',
    ')',
    '](',
    '![',
    '"',
    '<',
    '>',
  ],
  ...[
    'https:',
    '\\',
    '|',
    '---',
    '===',
    ' ',
    '\n',
    '\t',
    'refund',
    'Refünd',
    '语言',
    '\u{1F600}',
    '𝒳',
    '&amp;',
  ],
);
const anyText = fc.oneof(
  fc.array(piece, { maxLength: 300 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 400 }),
);

test('the plain text of anything is no longer than it, whole, and makes a short snippet of marks and text', () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom('refund', '语', 'x', 'amp refund'), (markdown, q) => {
      const plain = plainTextOf(markdown);
      assert.ok(plain.length <= markdown.length);
      assert.ok(plain.isWellFormed() || !markdown.isWellFormed());
      const snippet = makeSnippet([plain], queryWords(q));
      assert.ok(snippet.isWellFormed() || !plain.isWellFormed());
      const text = snippet.replaceAll(/<\/?mark>/g, '').replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '&');
      assert.doesNotMatch(text, /[<>]/);
      assert.ok(text.length <= 304, `${text.length}`);
    }),
    { numRuns: 2_000 },
  );
});

test('its time grows with the length alone', () => {
  for (const part of [
    '[',
    '![',
    '[a](',
    '[a](b "',
    '*a ',
    '**',
    '_a *b ',
    '`',
    '`a ',
    '> ',
    '- ',
    '<http:',
    '|-',
    '\\',
    '= ',
  ]) {
    const before = process.cpuUsage();
    plainTextOf(part.repeat(100_000 / part.length));
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 1_000_000, `${part}: ${(user + system) / 1_000} ms`);
  }
});
