import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FileNames } from './file-names.ts';
import { readPage } from './page.ts';
import { isHidden, isIndex, splitPrefix, topicsOf } from './paths.ts';
import { paintSnippet } from './search.ts';
import { nameSlugs } from './slugs.ts';

test('numbers and dates before a name are taken off, versions are not', () => {
  const cases: [string, string, number | null][] = [
    ['01-intro', 'intro', 1],
    ['2. Start', 'Start', 2],
    ['10_last', 'last', 10],
    ['2024-01-31-post', 'post', null],
    ['2024-01-31-1-post', '1-post', null],
    ['1.2-release', '1.2-release', null],
    ['404', '404', null],
    ['3d-models', '3d-models', null],
    ['intro', 'intro', null],
  ];
  for (const [name, rest, order] of cases) assert.deepEqual(splitPrefix(name), { name: rest, order }, name);
});

test('folders are topics, but for those that only sort files', () => {
  assert.deepEqual(topicsOf('a/b/c.md'), ['a', 'a/b']);
  assert.deepEqual(topicsOf('_posts/a/c.md'), ['_posts/a']);
  assert.deepEqual(topicsOf('c.md'), []);
  assert.deepEqual(['_index.md', 'a/index.mdx', 'README.md', '_part.md', 'indexes.md'].map(isIndex), [
    true,
    true,
    true,
    false,
    false,
  ]);
  const hidden = ['.git', 'node_modules', '_site', '_drafts', '_posts', 'docs'].map((name) =>
    isHidden(name, true),
  );
  assert.deepEqual(hidden, [true, true, true, false, false, false]);
});

const slugsOf = (files: Record<string, string>, unreadable: string[] = []) => {
  const pages = Object.entries(files).map(([file, text]) => readPage(file, text));
  const { named, problems } = nameSlugs(pages, unreadable, 'docs');
  return { slugs: Object.fromEntries(named.map(({ page, slug }) => [page.file, slug])), problems };
};

test('a slug is the one asked for, else the name, else the whole path where names are alike', () => {
  const { slugs, problems } = slugsOf({
    'README.md': '',
    'a/index.md': '',
    'a/01-setup.md': '',
    'b/setup.md': '',
    'c/install.md': '---\nslug: setup\n---\n',
    'c/2024-01-31-news.md': '',
    'd/page.md': '---\nid: my-id\n---\n',
  });
  assert.deepEqual(slugs, {
    'README.md': 'docs',
    'a/index.md': 'a',
    'a/01-setup.md': 'a-setup',
    'b/setup.md': 'b-setup',
    'c/install.md': 'setup',
    'c/2024-01-31-news.md': 'news',
    'd/page.md': 'my-id',
  });
  assert.deepEqual(problems, []);
});

test('files that share a slug all the same are errors, each naming the other', () => {
  const { slugs, problems } = slugsOf({
    'a.md': '---\nslug: x\n---\n',
    'b.md': '---\nt: 1\nslug: x\n---\n',
    '!.md': '',
  });
  assert.deepEqual(slugs, {});
  assert.deepEqual(
    problems.map(({ file, line }) => [file, line]),
    [
      ['a.md', 2],
      ['b.md', 3],
      ['!.md', 1],
    ],
  );
  assert.match(problems[0]!.message, /b\.md/);
});

test('a name that an unreadable file might have is not given to another', () => {
  assert.match(slugsOf({ 'b/setup.md': '' }, ['a/setup.md']).problems[0]!.message, /a\/setup\.md/);
});

test('whatever slugs a server sends, files stay in their folder, and each has a name of its own', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '..',
      '../../etc/passwd',
      'CON',
      'con',
      'nul',
      'com¹',
      'LPT1',
      'a',
      'A',
      '-',
      '',
      '.',
      'a/b',
      'a\\b',
    ),
    fc.constantFrom('\u00e9', 'e\u0301', '語'.repeat(200), '~', '$(x)', '-rf', 'a\u202eb'),
  );
  fc.assert(
    fc.property(fc.uniqueArray(hostile, { maxLength: 20 }), (slugs) => {
      const names = new FileNames();
      const chosen = slugs.map((slug) => names.choose('f', slug));
      for (const name of chosen) {
        assert.match(name, /^[\p{L}\p{N}][\p{L}\p{N}\p{M}-]*$/u);
        assert.doesNotMatch(name, /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])$/i);
        assert.ok(Buffer.byteLength(name) <= 200);
      }
      assert.equal(new Set(chosen.map((name) => name.normalize('NFKC').toLowerCase())).size, slugs.length);
      assert.deepEqual(
        slugs.map((slug) => names.choose('f', slug)),
        chosen,
      );
    }),
  );
});

test('a snippet is text with painted marks, and steers no terminal', () => {
  const snippet = 'a &lt;b&gt; &amp;lt; <mark>c\u001b[31m&amp;</mark>\u0007 d';
  assert.equal(
    paintSnippet(snippet, (text) => `«${text}»`),
    'a <b> &lt; «c&»  d',
  );
});
