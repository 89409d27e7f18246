import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSource } from './front-matter.ts';
import { writeFrontMatter } from './front-matter-text.ts';
import { type Page, readPage } from './page.ts';
import { FileError } from './problem.ts';

const page = (frontMatter: string, content = 'Text.\n', file = 'a/page.md'): Page =>
  readPage(file, frontMatter === '' ? content : `---\n${frontMatter}\n---\n\n${content}`);

test('the fields of Hugo, Docusaurus, MkDocs, Jekyll and Astro mean what they mean there', () => {
  const cases: [string, Partial<Page>][] = [
    ['title: "A: b"', { title: 'A: b', status: 'published' }],
    ['sidebar_label: Short', { title: 'Short' }],
    ['title: Long\nsidebar_label: Short', { title: 'Long', label: 'Short' }],
    ['title: 1.10', { title: '1.10' }],
    ['summary: one\ndescription: two', { summary: 'one' }],
    ['description: two', { summary: 'two' }],
    ['description: >\n  folded\n  text\n', { summary: 'folded text' }],
    ['tags: [a, "b c"]', { tags: ['a', 'b c'] }],
    ['tags: a, b c', { tags: ['a', 'b c'] }],
    ['tags:\n  - 2024\n  -', { tags: ['2024'] }],
    ['draft: true', { status: 'draft' }],
    ['draft: true\nstatus: published', { status: 'published' }],
    ['published: false', { status: 'draft' }],
    ['published: 2024-01-31', { status: 'published' }],
    ['headless: true', { status: 'draft' }],
    ['status: Archived', { status: 'archived' }],
    ['status: new', { status: 'published' }],
    ['order: 3\nweight: 4', { sortOrder: 3 }],
    ['weight: -4', { sortOrder: -4 }],
    ['sidebar_position: 2.5', { sortOrder: 2 }],
    ['nav_order: "7"', { sortOrder: 7 }],
    ['slug: /a/b', { slug: 'a-b' }],
    ['slug: Ünï', { slug: 'Ünï' }],
    ['permalink: /docs/:title/', { slug: null }],
    ['permalink: /docs/install.html', { slug: 'docs-install' }],
    ['url: https://example.com/x', { slug: null }],
    ['id: my_id', { slug: 'my-id' }],
    ['categories: [First, Second]', { category: { text: 'First', line: 2 }, subcategory: null }],
    ['category:', { category: null, subcategory: null }],
    ['subcategory: Inner', { category: { folder: 'a' }, subcategory: { text: 'Inner', line: 2 } }],
    ['lastmod: 2024-01-01\nauthor: {name: x}', { category: { folder: 'a' } }],
    ['x: &x Title\ntitle: *x', { title: 'Title' }],
  ];
  for (const [frontMatter, expected] of cases) {
    const found = page(frontMatter);
    for (const [field, value] of Object.entries(expected)) {
      assert.deepEqual(found[field as keyof Page], value, `${frontMatter} → ${field}`);
    }
  }
});

test('what cannot be meant is an error on its line', () => {
  const cases: [string, number, RegExp][] = [
    ['title: a\nstatus: publishd', 3, /draft, published or archived/],
    ['a: 1\nb: 2\ntitle: [x', 4, /not valid YAML/],
    ['title: a\ntitle: b', 3, /not valid YAML/],
    ['title: {a: b}', 2, /title must be one text/],
    ['draft: perhaps', 2, /draft must be true or false/],
    ['a: 1\nweight: heavy', 3, /weight must be a number/],
    ['weight: 3000000000', 2, /2147483647/],
    ['slug: My Page', 2, /"my-page" would be one/],
    ['tags: [[a]]', 2, /tags must be a list/],
    ['category:\nsubcategory: x', 3, /needs a category/],
    ['- a', 2, /must be fields/],
  ];
  for (const [frontMatter, line, message] of cases) {
    assert.throws(
      () => page(frontMatter),
      (error: unknown) => error instanceof FileError && error.line === line && message.test(error.message),
      frontMatter,
    );
  }
});

test('without a title the first heading is it, as people read it', () => {
  const cases: [string, string][] = [
    ['# One *two* `three`\n', 'One two three'],
    ['Text\n\nSet\next\n---\n', 'Set ext'],
    ['```\n# code\n```\n\n## Real &amp; \\*true\\* ##\n', 'Real & *true*'],
    ['# [Link](x.md) and ![image](y.png) {#id}\n', 'Link and image'],
    ['#\n\n# Second\n', 'Second'],
    ['No heading\n', 'My page'],
  ];
  for (const [content, title] of cases)
    assert.equal(page('', content, '01-my-page.md').title, title, content);
  assert.equal(page('', 'x', 'getting-started/index.md').title, 'Getting started');
});

test('lines count from the first line of the file, and content is what stands below', () => {
  const source = parseSource('---\r\ntitle: a\r\n---\r\n\r\n\r\n# B\r\n');
  assert.deepEqual([source.content, source.linesBefore], ['\r\n# B\r\n', 4]);
  assert.deepEqual(parseSource('---\n---\nx').content, 'x');
  assert.deepEqual(parseSource('---\na: 1\n...\nx').content, 'x');
  assert.deepEqual(parseSource('# A\n---\n').content, '# A\n---\n');
});

test('whatever fields hold, they are read back from the front matter that is written', () => {
  const text = fc.string({ unit: 'binary' }).filter((s) => s.isWellFormed());
  const fields = fc.record({
    title: text.filter((s) => s.trim() !== ''),
    summary: text,
    category: text,
    content: text,
  });
  fc.assert(
    fc.property(fields, ({ title, summary, category, content }) => {
      const head = writeFrontMatter({ title, slug: 'a', summary, category, status: 'draft', order: -1 });
      const found = readPage('x.md', `${head}\n${content}`);
      assert.deepEqual(
        [found.title, found.summary, found.content, found.status, found.sortOrder],
        [title.trim(), summary, content, 'draft', -1],
      );
      const trimmed = category.trim();
      assert.deepEqual(found.category, trimmed === '' ? null : { text: trimmed, line: 5 });
    }),
  );
});
