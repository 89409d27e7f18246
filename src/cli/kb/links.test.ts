import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { indexLinks, rewriteLinks } from './links.ts';
import { readPage } from './page.ts';

const files: Record<string, string | null> = {
  'index.md': 'home',
  'a.md': 'a',
  '01-intro.md': 'intro',
  'guide/index.md': 'guide',
  'guide/b.mdx': 'b',
  'guide/my file.md': 'my-file',
  'guide/bad.md': null,
  'ünï.md': 'ünï',
};
const disk = new Set(['logo.png', 'LICENSE', 'guide', '']);
const index = indexLinks(new Map(Object.entries(files)), '/kb/articles/{slug}', (path) => disk.has(path));
const rewrite = (content: string, file = 'guide/b.mdx') =>
  rewriteLinks(index, readPage(file, `---\ntitle: T\n---\n${content}`));

test('relative links in every form lead to the article, with their fragment', () => {
  const cases: [string, string][] = [
    ['[x](../a.md)', '[x](/kb/articles/a)'],
    ['[x](../a.md#part "Title")', '[x](/kb/articles/a#part "Title")'],
    ['[x](../a.md?q=1#p)', '[x](/kb/articles/a?q=1#p)'],
    ['[x](./b.mdx)', '[x](/kb/articles/b)'],
    ['[x](b.md)', '[x](/kb/articles/b)'],
    ['[x](b)', '[x](/kb/articles/b)'],
    ['[x](b/)', '[x](/kb/articles/b)'],
    ['[x](../a.html)', '[x](/kb/articles/a)'],
    ['[x](../intro)', '[x](/kb/articles/intro)'],
    ['[x](../01-intro.md)', '[x](/kb/articles/intro)'],
    ['[x](.)', '[x](/kb/articles/guide)'],
    ['[x](../guide/)', '[x](/kb/articles/guide)'],
    ['[x](../guide/README.md)', '[x](/kb/articles/guide)'],
    ['[x](/guide/b.mdx)', '[x](/kb/articles/b)'],
    ['[x](<my file.md#a b>)', '[x](</kb/articles/my-file#a b>)'],
    ['[x](my%20file.md)', '[x](/kb/articles/my-file)'],
    ['[x](..&#47;a.md)', '[x](/kb/articles/a)'],
    ['[x](../a\\.md)', '[x](/kb/articles/a)'],
    ['[x](../ünï.md)', `[x](/kb/articles/${encodeURIComponent('ünï')})`],
    ['![x](../a.md)', '![x](/kb/articles/a)'],
    ['[x][r]\n\n[r]: ../a.md#p\n  "Title"', '[x][r]\n\n[r]: /kb/articles/a#p\n  "Title"'],
    ['> - [x](../a.md)\r\n>\r\n> [y](b)', '> - [x](/kb/articles/a)\r\n>\r\n> [y](/kb/articles/b)'],
    ['[![i](../a.md)](b.md)', '[![i](/kb/articles/a)](/kb/articles/b)'],
  ];
  for (const [content, expected] of cases) {
    assert.deepEqual(rewrite(content), { content: expected, warnings: [] }, content);
  }
});

test('code, other servers and what other programs fill in stay as they are, without a word', () => {
  const cases = [
    '`[x](../a.md)`',
    '```\n[x](../a.md)\n[r]: ../a.md\n```',
    '    [x](../a.md)',
    '<a href="../a.md">x</a>',
    '<!-- [x](../a.md) -->',
    '\\[x](../a.md)',
    '[x](https://example.com/a.md) [y](mailto:a@b.c) [z](//c/a.md) [f](#part)',
    '[x](@site/a.md) [y]({{site.url}}/a.md) [z](/img/logo.png)',
    '[^1]: word',
  ];
  for (const content of cases) assert.deepEqual(rewrite(content), { content, warnings: [] }, content);
});

test('what leads nowhere, out of the folder or to no article is a warning on its line', () => {
  const cases: [string, RegExp][] = [
    ['[x](gone.md)', /gone\.md leads nowhere/],
    ['[x](../../up.md)', /leads out of the folder/],
    ['[x](bad.md)', /is not pushed/],
    ['![x](../logo.png)', /logo\.png is not uploaded/],
    ['[x](../LICENSE)', /LICENSE is not uploaded/],
    ['[x](/gone.md)', /leads nowhere/],
  ];
  for (const [link, message] of cases) {
    const { content, warnings } = rewrite(`Text.\n\n${link}`);
    assert.equal(content, `Text.\n\n${link}`);
    assert.deepEqual(
      warnings.map(({ file, line }) => [file, line]),
      [['guide/b.mdx', 6]],
    );
    assert.match(warnings[0]!.message, message);
  }
});

test('rewriting changes destinations and no other byte', () => {
  const piece = fc.constantFrom(
    '[x](../a.md)',
    '[y](b "t")',
    '[r]: ../a.md\n',
    '`',
    '```\n',
    '\n\n',
    '\r\n',
    '> ',
    '- ',
    '\t',
    '    ',
    '<a>',
    '![',
    '](',
    ')',
    '[',
    ']',
    '\\',
    '&amp;',
    '*',
    '_',
    '# ',
    '|',
    '\u00e9',
    '\u{1f600}',
    'word ',
    '<!--',
    '-->',
    ':',
    '\ufeff',
    '<../a.md>',
    '[z](<../a.md#p>)',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const content = pieces.join('');
      const after = rewrite(`x\n${content}`).content;
      // Putting a mark in the place of every destination, old or new, must give the same text.
      const mark = (text: string) =>
        text.replaceAll(/\/kb\/articles\/[ab]|\.\.\/a\.md|(?<=\]\()b(?=[ )])/g, '\0');
      assert.equal(mark(after), mark(`x\n${content}`));
    }),
    { numRuns: 300 },
  );
});
