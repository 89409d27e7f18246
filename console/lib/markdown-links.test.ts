import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMarkdownLink } from './markdown-links.ts';

describe('links of Markdown from outside', () => {
  test('what is not for people who read leads nowhere', () => {
    const hostile = [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      ' javascript:alert(1)',
      'java\nscript:alert(1)',
      'java\tscript:alert(1)',
      '\u0001javascript:alert(1)',
      'vbscript:msgbox(1)',
      'data:text/html,<script>alert(1)</script>',
      'blob:https://example.com/1',
      'file:///etc/passwd',
      'intent://x',
      '#',
      'https://',
      'https://[',
    ];
    for (const href of hostile) assert.equal(readMarkdownLink(href), null, href);
  });

  test('http, https and mailto lead outside, in the form in which a browser reads them', () => {
    assert.deepEqual(readMarkdownLink('HTTPS://Example.com/a b'), {
      kind: 'outside',
      href: 'https://example.com/a%20b',
    });
    assert.deepEqual(readMarkdownLink('mailto:ada@example.com'), {
      kind: 'outside',
      href: 'mailto:ada@example.com',
    });
  });

  test('what only looks relative leads outside', () => {
    for (const href of ['//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example'])
      assert.deepEqual(readMarkdownLink(href), { kind: 'outside', href: 'https://evil.example/' }, href);
  });

  test('links to articles are known by the address that a push writes', () => {
    assert.deepEqual(readMarkdownLink('/kb/articles/set-up'), { kind: 'article', slug: 'set-up' });
    assert.deepEqual(readMarkdownLink('/kb/articles/%C3%BCber?a=b#c'), { kind: 'article', slug: 'über' });
    assert.deepEqual(readMarkdownLink('/kb/articles/%ff'), { kind: 'relative', href: '/kb/articles/%ff' });
    assert.deepEqual(readMarkdownLink('../install.md'), { kind: 'relative', href: '../install.md' });
  });

  test('places of the text cannot be those of the page', () => {
    assert.deepEqual(readMarkdownLink('#main'), { kind: 'place', id: 'user-content-main' });
    assert.deepEqual(readMarkdownLink('#user-content-fn-1'), { kind: 'place', id: 'user-content-fn-1' });
    assert.deepEqual(readMarkdownLink('#%ff'), { kind: 'place', id: 'user-content-%ff' });
  });
});
