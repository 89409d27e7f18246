import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { weighMarkdown } from './markdown-weight.ts';

describe('the weight of Markdown', () => {
  test('an ordinary article is light, with its code, its tables and its lists', () => {
    const code = `\`\`\`json\n${'{"a_b": ["*", "c_d"]},\n'.repeat(200)}\`\`\``;
    const table = `| a | b | c |\n| - | - | - |\n${'| *x* | `y` | [z](w) |\n'.repeat(200)}`;
    const list = '- **one** [two](three)\n  - four\n'.repeat(200);
    const prose = 'Some *words* and `code`, a [link](https://example.com).\n\n'.repeat(200);
    assert.equal(weighMarkdown([prose, code, table, list].join('\n\n')), 'light');
  });

  test('a line across the page is no list', () => {
    assert.equal(weighMarkdown('* '.repeat(80)), 'light');
    assert.equal(weighMarkdown('-'.repeat(200)), 'light');
  });

  test('a long text is heavy, and a very long one too heavy', () => {
    assert.equal(weighMarkdown('word '.repeat(30_000)), 'heavy');
    assert.equal(weighMarkdown('word '.repeat(150_000)), 'too heavy');
  });

  test('what a parser would take minutes for is too heavy, however it is hidden', () => {
    const absurd = ['*a_ ', '[', '*a*b', '*a **a ', '[a]'].map((part) => part.repeat(40_000 / part.length));
    for (const text of absurd) {
      assert.equal(weighMarkdown(text), 'too heavy', text.slice(0, 12));
      assert.equal(weighMarkdown(`<!--\n\`\`\`\n-->\n${text}`), 'too heavy');
      assert.equal(weighMarkdown(`- \`\`\`\n  a\n  \`\`\`\n\n${text}`), 'too heavy');
    }
    assert.equal(weighMarkdown('a\n=\n'.repeat(6_000)), 'heavy');
  });

  test('quotes and lists too deep inside one another are too heavy', () => {
    assert.equal(weighMarkdown('>'.repeat(60)), 'too heavy');
    assert.equal(weighMarkdown(`a\n\n${'- '.repeat(60)}a`), 'too heavy');
    assert.equal(weighMarkdown(`${'> '.repeat(20)}a`), 'light');
  });
});
