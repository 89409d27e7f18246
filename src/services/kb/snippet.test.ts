import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { queryWords } from '../../store/kb/words.ts';
import { makeSnippet } from './snippet.ts';

const snippet = (texts: readonly (string | null)[], q: string) => makeSnippet(texts, queryWords(q));
const withoutEntities = (html: string) =>
  html.replaceAll(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]!,
  );

test('the words found stand in mark, everything else is escaped', () => {
  assert.equal(
    snippet(['Use <b>"Keys"</b> & <mark>fakes</mark>'], 'key'),
    'Use &lt;b&gt;&quot;<mark>Keys</mark>&quot;&lt;/b&gt; &amp; &lt;mark&gt;fakes&lt;/mark&gt;',
  );
  assert.equal(snippet(['Un café, deux CAFÉS'], 'cafe'), 'Un <mark>café</mark>, deux <mark>CAFÉS</mark>');
  assert.equal(snippet(['东京都庁舎は新宿'], '都庁'), '东京<mark>都庁</mark>舎は新宿');
});

test('the first text that has a word gives the snippet, else the beginning of the first that says anything', () => {
  assert.equal(snippet(['nothing here', 'the summary', 'the title'], 'title'), 'the <mark>title</mark>');
  assert.equal(snippet([' ', null, 'Only a title'], 'refund'), 'Only a title');
  assert.equal(snippet(['', null, ''], 'refund'), '');
});

test('a long text is cut between words around the place with most of the words', () => {
  const filler = 'lorem ipsum dolor sit amet '.repeat(40);
  const html = snippet([`refund ${filler}a refund follows the policy ${filler}`], 'refund policy');
  assert.match(html, /^….*a <mark>refund<\/mark> follows the <mark>policy<\/mark> .*…$/);
  assert.ok(html.length < 350, html);
  assert.doesNotMatch(html, /…(psum|orem|olor)|(lore|ipsu|dolo)…/);
});

test('a snippet is a piece of the text with marks, for any text and query', () => {
  const word = fc.constantFrom(
    'refund',
    'Refünd',
    '<mark>',
    '</mark>',
    '&amp;',
    '数据库',
    '\u{1F600}',
    '𝒳',
    'x'.repeat(300),
    ' ',
    '\n',
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 120 }).map((words) => words.join(' ')),
    fc.string({ unit: 'binary', maxLength: 400 }),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('refund', '数据', 'x', 'xx', 'mark refund', 'amp'), (content, q) => {
      const html = snippet([content], q);
      const tags = html.match(/<[^>]*>?/g) ?? [];
      for (const [i, tag] of tags.entries()) assert.equal(tag, i % 2 === 0 ? '<mark>' : '</mark>');
      assert.equal(tags.length % 2, 0);
      assert.ok(html.isWellFormed() || !content.isWellFormed());
      const plain = withoutEntities(html.replaceAll(/<\/?mark>/g, ''))
        .replace(/^…/, '')
        .replace(/…$/, '');
      assert.ok(content.replaceAll(/\s+/g, ' ').includes(plain), JSON.stringify({ content, html }));
    }),
    { numRuns: 2_000 },
  );
});
