import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCleanText, isGenericName, isSlug, namingAdvice, slugify } from './text.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      'É',
      'e\u0301',
      'İ',
      'Σ',
      'ß',
      '-',
      '--',
      ' ',
      '😀',
      'हि',
      '𝒳',
      '\u0301',
      '\u200d',
      '\ud800',
    ),
    maxLength: 450,
  }),
);

test('a slug is idempotent, valid, and without stray hyphens, or empty', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const slug = slugify(text);
      assert.equal(slugify(slug), slug);
      assert.ok(slug === '' || isSlug(slug));
      assert.doesNotMatch(slug, /^-|-$|--/);
      assert.ok(Array.from(slug).length <= 200 && slug.isWellFormed() && slug.normalize('NFC') === slug);
      assert.equal(slug === '', !/[\p{L}\p{N}]/u.test(text));
    }),
    { numRuns: 1000 },
  );
});

test('slugs read like their titles', () => {
  const cases: Record<string, string> = {
    'Getting Started: Part 2!': 'getting-started-part-2',
    '  Über uns — Straße  ': 'über-uns-straße',
    'Cafe\u0301': 'café',
    日本語ガイド: '日本語ガイド',
    हिन्दी: 'हिन्दी',
    'İstanbul Rehberi': 'istanbul-rehberi',
    'a_b/c.d': 'a-b-c-d',
    '🎉🎉': '',
    '---': '',
    '': '',
  };
  for (const [title, slug] of Object.entries(cases)) assert.equal(slugify(title), slug);
  assert.equal(slugify('a'.repeat(500)).length, 200);
  assert.equal(slugify(`${'a'.repeat(199)} b`), 'a'.repeat(199));
  assert.equal(Array.from(slugify('𝒳'.repeat(300))).length, 200);
});

test('a slug is 1 to 200 letters, digits and hyphens in NFC', () => {
  for (const slug of [
    'a',
    '7',
    'a-b',
    'Über-Uns',
    '日本語',
    'a--b',
    '-a',
    'a'.repeat(200),
    '𝒳'.repeat(200),
  ]) {
    assert.ok(isSlug(slug), slug);
  }
  const bad = [
    '',
    '-',
    '---',
    'a b',
    'a_b',
    'a/b',
    'a.b',
    '..',
    'a\n',
    'cafe\u0301',
    '\u0301a',
    'a-\u0301',
    '😀',
    'a\0',
    '\ud800',
  ];
  for (const slug of [...bad, 'a'.repeat(201), '𝒳'.repeat(201)]) assert.equal(isSlug(slug), false, slug);
});

test('a clean text has no U+0000 and no lone surrogate', () => {
  for (const text of ['', 'abc', '😀', '\n\t', '\ufeff']) assert.ok(isCleanText(text));
  for (const text of ['\0', 'a\0b', '\ud800', 'a\udc00b']) assert.ok(!isCleanText(text));
});

test('a generic name is told from a descriptive one', () => {
  const generic = [
    'Production Key',
    'Default',
    'Test',
    'key1',
    'My key',
    'API key 2',
    'PRODUCTION KEY',
    'default',
    'test-key',
    'api_key',
  ];
  generic.push(
    'ProductionKey',
    'myApiKey',
    'Key #3',
    'New Key',
    'Untitled',
    'test123',
    '42',
    'x',
    '—',
    '',
    'API Key (copy)',
    'Staging',
    'key-01_02_2026-10_30',
    'Ｄｅｆａｕｌｔ',
  );
  for (const name of generic) assert.ok(isGenericName(name), name);
  const descriptive = [
    'KB Sync Script — Production',
    'doc-as-code-pipeline',
    'Zendesk importer',
    'Support — Weekly report',
    'Billing test',
  ];
  descriptive.push(
    'S3 backup',
    'Grafana',
    'Schlüssel Müller',
    '生产环境同步',
    'acme-01_02_2026-10_30',
    'Testimonials',
  );
  for (const name of descriptive) assert.ok(!isGenericName(name), name);
  for (const part of ['<Integration> — <Environment>', '<Team> — <Use case>', '<Service> — <Purpose>']) {
    assert.ok(namingAdvice.includes(part));
  }
});

test('64 KB of hostile text takes linear time', () => {
  for (const part of [
    'a',
    '-',
    ' ',
    'a-',
    'aA',
    '\u0301',
    'a\u0301',
    '\u0315\u0301',
    'İ',
    '\ud800',
    '1',
    'key ',
  ]) {
    const text = part.repeat(Math.ceil(65_536 / part.length));
    const start = performance.now();
    slugify(text);
    isSlug(text);
    isSlug(text.slice(0, 400));
    isSlug(`${text.slice(0, 399)}!`);
    isGenericName(text);
    isGenericName(text.slice(0, 100));
    assert.ok(performance.now() - start < 500, JSON.stringify(part));
  }
});
