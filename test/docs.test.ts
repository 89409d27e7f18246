import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { findOld, makeDocuments } from '../scripts/docs/documents.ts';
import type { Files } from '../scripts/docs/guides.ts';

const root = join(import.meta.dirname, '..');

type Edit = readonly [file: string, from: string, to: string];

/** What is found once these texts were replaced by others. */
function changed(files: Files, ...edits: readonly Edit[]) {
  const edited = new Map(files);
  for (const [file, from, to] of edits) {
    const text = edited.get(file)!;
    assert.ok(text.includes(from), `${file} has no ${from}`);
    edited.set(file, text.replace(from, to));
  }
  const { fresh, problems } = makeDocuments(edited);
  return { old: findOld(edited, fresh), fresh, problems };
}

describe('the documents', () => {
  let files: Files;

  before(() => {
    process.chdir(root);
    const names = globSync(['*.md', 'docs/**/*.md']);
    files = new Map(names.map((file) => [file, readFileSync(file, 'utf8')]));
  });

  test('are as the code is today, and no link leads nowhere', () => {
    const { fresh, problems } = makeDocuments(files);
    assert.deepEqual(problems, []);
    assert.deepEqual(findOld(files, fresh), []);
  });

  test('with a figure, scope, call or setting that the code does not have are found old', () => {
    const edits: readonly Edit[] = [
      ['docs/guides/rate-limits.md', '| `starter` | 60 |', '| `starter` | 61 |'],
      [
        'docs/guides/scopes.md',
        '| `knowledge:read` | Knowledge Read |',
        '| `knowledge:view` | Knowledge View |',
      ],
      ['docs/guides/scopes.md', '`POST /kb/import`', '`PUT /kb/import`'],
      ['docs/guides/settings.md', '| `KEYWARD_PORT` | `8787` |', '| `KEYWARD_PORT` | `80` |'],
    ];
    const { old, fresh } = changed(files, ...edits);
    assert.deepEqual(new Set(old), new Set(edits.map(([file]) => file)));
    for (const [file] of edits) assert.equal(fresh.get(file), files.get(file));
  });

  test('list every guide, by the front matter that it has now', () => {
    const { old } = changed(files, ['docs/guides/scopes.md', 'title: Scopes', 'title: All scopes']);
    assert.deepEqual(old.toSorted(), ['README.md', 'docs/guides/index.md']);
    for (const file of files.keys()) {
      const isListed = files.get('README.md')!.includes(`](${file})`);
      assert.ok(isListed || !file.startsWith('docs/guides/'), `the README does not link ${file}`);
    }
  });

  test('must not link to files or headings that are not there, nor from a guide out of the guides', () => {
    const file = 'docs/guides/scopes.md';
    const { problems } = changed(files, [
      file,
      '(rotate-a-key.md#replace-other-scopes-same-limits)',
      '(gone.md) [a](rotate-a-key.md#gone) [b](#gone) [c](../roles.md) [d](#bundles) [e](https://example.com/gone)',
    ]);
    assert.deepEqual(problems, [
      `${file}: there is no gone.md`,
      `${file}: rotate-a-key.md has no heading #gone`,
      `${file}: it has no heading #gone`,
      `${file}: ../roles.md is not published with the guides`,
    ]);
  });

  test('must have a whole front matter, and an order that no other guide has', () => {
    const { problems } = changed(
      files,
      ['docs/guides/scopes.md', 'order: 110\n', ''],
      ['docs/guides/rotate-a-key.md', 'category: Keys\n', ''],
      ['docs/guides/use-a-key.md', 'order: 50', 'order: 10'],
    );
    assert.equal(problems.length, 3);
    assert.ok(problems.includes('docs/guides/scopes.md: the front matter lacks an order'));
    assert.ok(problems.includes('docs/guides/rotate-a-key.md: the front matter lacks a category'));
    assert.match(
      problems.join('\n'),
      /use-a-key.md: .*quick-start.md has its order, too|quick-start.md: .*use-a-key.md has its order, too/,
    );
  });
});
