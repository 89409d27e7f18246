import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type ErrorCode, errorTable } from '../errors.ts';
import { contentSecurityPolicy, escapeHtml, html } from './html.ts';
import { openapi } from './openapi.ts';
import { errorIndexPage, errorPage } from './pages/errors.ts';
import { operationsOf } from './pages/operations.ts';
import { referencePage } from './reference.ts';
import { type RouteDefinition, route } from './route.ts';
import { routes } from './routes/index.ts';

const publicUrl = 'https://keys.example.com';
const document = openapi(routes, { version: '1.2.3' });
const reference = referencePage(document, publicUrl);
const codes = Object.keys(errorTable) as ErrorCode[];

const pages: readonly (readonly [name: string, text: string])[] = [
  ['the reference', reference],
  ['the index of errors', errorIndexPage()],
  ...codes.map((code) => [`the page of ${code}`, errorPage(code, document, publicUrl)] as const),
];

function attributes(page: string, name: string): string[] {
  return [...page.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map((match) => match[1]!);
}

describe('every page', () => {
  test('runs nothing and loads nothing', () => {
    for (const [name, page] of pages) {
      assert.doesNotMatch(
        page,
        /<script|<iframe|<object|<embed|<img|<link|<form|javascript:|@import|url\(/i,
        name,
      );
      assert.doesNotMatch(page, /\s(?:on\w+|src|srcset|style|action)=/i, name);
      for (const address of attributes(page, 'href')) assert.match(address, /^[#/]/, name);
    }
  });

  test('has no style but the one its policy names', () => {
    for (const [name, page] of pages) {
      const styles = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)];
      assert.equal(styles.length, 1, name);
      const hash = createHash('sha256').update(styles[0]![1]!).digest('base64');
      assert.ok(contentSecurityPolicy.includes(`style-src 'sha256-${hash}'`), name);
    }
    assert.match(contentSecurityPolicy, /^default-src 'none'; /);
  });

  test('has its ids once, and every link within it leads to one', () => {
    for (const [name, page] of pages) {
      const ids = attributes(page, 'id');
      assert.deepEqual(ids, [...new Set(ids)], name);
      for (const address of attributes(page, 'href')) {
        if (address.startsWith('#')) assert.ok(ids.includes(address.slice(1)), `${name}: ${address}`);
      }
    }
  });

  test('closes every element it opens', () => {
    for (const [name, page] of pages) {
      const open: string[] = [];
      for (const [, slash, tag] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
        if (tag === 'meta') continue;
        if (slash) assert.equal(open.pop(), tag, name);
        else open.push(tag!);
      }
      assert.deepEqual(open, [], name);
    }
  });
});

describe('the reference', () => {
  test('has every operation with method, path, summary and example', () => {
    for (const { operation, method, path } of operationsOf(document)) {
      const start = reference.indexOf(`<article class="operation" id="${operation.operationId}"`);
      assert.ok(start > 0, operation.operationId);
      const text = reference.slice(start, reference.indexOf('</article>', start));
      assert.ok(text.includes(`<code>${path}</code>`), operation.operationId);
      assert.ok(text.includes(`>${method}</span>`), operation.operationId);
      assert.ok(text.includes(escapeHtml(operation.summary)), operation.operationId);
      assert.match(text, /<code>curl /, operation.operationId);
      for (const scope of operation['x-required-scopes'] ?? [])
        assert.ok(text.includes(`>${scope}</span>`), scope);
    }
  });

  test('has examples that fit who may call', () => {
    for (const { operation } of operationsOf(document)) {
      const start = reference.indexOf(`<article class="operation" id="${operation.operationId}"`);
      const text = reference.slice(start, reference.indexOf('</article>', start));
      const schemes = operation.security.flatMap((scheme) => Object.keys(scheme));
      assert.equal(
        text.includes('Bearer $KEYWARD_API_KEY'),
        schemes.includes('bearer'),
        operation.operationId,
      );
      if (schemes.length === 1) assert.ok(text.includes('-b cookies.txt'), operation.operationId);
      assert.ok(text.includes(`${publicUrl}/`), operation.operationId);
    }
  });

  test('escapes whatever the definitions say', () => {
    const hostile = `<script>alert(1)</script>"'&\`<b>\``;
    const definition = {
      method: 'POST',
      path: '/things/{id}',
      operationId: 'doIt',
      tag: hostile,
      summary: hostile,
      description: `${hostile}\n\n- ${hostile}`,
      access: { scopes: [hostile] },
      params: z.object({ id: z.string().meta({ description: hostile, examples: [hostile] }) }),
      query: z.object({ q: z.enum([hostile]).default(hostile) }),
      body: z.strictObject({ [hostile]: z.literal(hostile).meta({ description: hostile }) }),
      answers: {
        200: z.object({
          a: z
            .string()
            .regex(/<script>/)
            .meta({ description: hostile, examples: [hostile] }),
        }),
      },
      handler: async () => ({ status: 200 }),
    };
    const page = referencePage(
      openapi([route(definition as unknown as RouteDefinition)], { version: hostile }),
      publicUrl,
    );
    assert.doesNotMatch(page, /<script|<b>/);
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;'));
    const shell = page.slice(page.indexOf('<code>curl'), page.indexOf('</code></pre>'));
    assert.ok(shell.includes(`&#39;\\&#39;&#39;`), 'a quote must not end the shell’s');
  });
});

describe('the page of an error', () => {
  test('says status, meaning and what the answer looks like', () => {
    const page = errorPage('insufficient_scope', document, publicUrl);
    for (const text of [
      '403',
      'A scope is missing',
      'missingScopes',
      'What to do',
      `${publicUrl}/docs/errors/insufficient_scope`,
    ]) {
      assert.ok(page.includes(text), text);
    }
  });

  test('is linked from the index, for every code', () => {
    for (const code of codes) assert.ok(errorIndexPage().includes(`href="/docs/errors/${code}"`), code);
  });
});

describe('html', () => {
  test('escapes what is put in, keeps markup, and leaves out what is not there', () => {
    const bold = html`<b>${'<'}</b>`;
    assert.equal(
      String(html`${bold}${['a', 1, bold]}${null}${undefined}${false}${0}`),
      '<b>&lt;</b>a1<b>&lt;</b>0',
    );
  });
});

describe('colours', () => {
  const css = readFileSync(new URL('./pages/style.css', import.meta.url), 'utf8');

  function palette(block: string): Record<string, string> {
    return Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((match) => [match[1]!, match[2]!]),
    );
  }

  /** WCAG 2.2, relative luminance. */
  function luminance(colour: string): number {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  }

  const pairs = [
    ['text', 'page'],
    ['muted', 'page'],
    ['muted', 'code'],
    ['accent', 'page'],
    ['accent', 'code'],
    ['accent-text', 'accent'],
    ['block-text', 'block'],
    ['text', 'code'],
    ...['green', 'blue', 'amber', 'red', 'violet'].map((name) => [name, `${name}-back`] as const),
  ] as const;

  for (const [theme, block] of Object.entries({
    light: css.split('@media')[0]!,
    dark: css.split('@media')[1]!,
  })) {
    test(`every text has a contrast of at least 4.5 to its ground, ${theme}`, () => {
      const colours = palette(block);
      for (const [front, back] of pairs) {
        const [a, b] = [luminance(colours[front]!), luminance(colours[back]!)];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        assert.ok(contrast >= 4.5, `${front} on ${back}: ${contrast.toFixed(2)}`);
      }
    });
  }
});
