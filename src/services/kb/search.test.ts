import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { openTestApp, type TestApp } from '../../../test/app.ts';
import { onEachDatabase } from '../../../test/databases.ts';
import type { AppError } from '../../errors.ts';
import type { Context } from '../app.ts';
import { type ArticleInput, archiveArticle, createArticle, patchArticle, removeArticle } from './articles.ts';
import { searchKnowledgeBase } from './search.ts';

const published = (title: string, more: Partial<ArticleInput> = {}): ArticleInput => ({
  title,
  summary: null,
  content: '',
  tags: [],
  status: 'published',
  sortOrder: 0,
  ...more,
});

onEachDatabase((kind, skip) => {
  describe(`search on ${kind}`, { skip }, () => {
    let t: TestApp;
    before(async () => {
      t = await openTestApp(kind);
    });
    after(() => t.close());
    const freshPlace = async () => t.ctx({ tenantId: await t.addTenant() });
    const search = async (ctx: Context, q: string, limit = 50) =>
      (await searchKnowledgeBase(t.app, ctx, { q, limit })).items;
    const titles = async (ctx: Context, q: string) => (await search(ctx, q)).map((item) => item.title);
    const make = (ctx: Context, title: string, more: Partial<ArticleInput> = {}) =>
      createArticle(t.app, ctx, published(title, more));

    test('title comes before summary, summary before content, many mentions before few', async () => {
      const ctx = await freshPlace();
      const refunds = (n: number) => 'A refund is money. '.repeat(n);
      await make(ctx, 'Refund');
      await make(ctx, 'Summary', { summary: 'About a refund' });
      await make(ctx, 'Often', { content: refunds(30) });
      await make(ctx, 'Sometimes', { content: refunds(5) });
      await make(ctx, 'Twice', { content: refunds(2) });
      await make(ctx, 'Once', { content: refunds(1) });
      await make(ctx, 'Never', { content: 'Nothing of the kind' });
      assert.deepEqual(await titles(ctx, 'refund'), [
        'Refund',
        'Summary',
        'Often',
        'Sometimes',
        'Twice',
        'Once',
      ]);
    });

    test('every word must be there, the last may be unfinished, and the whole word comes first', async () => {
      const ctx = await freshPlace();
      await make(ctx, 'Keyboard', { content: 'shortcuts' });
      await make(ctx, 'Key', { content: 'shortcuts and rotation' });
      await make(ctx, 'Monkey');
      assert.deepEqual(await titles(ctx, 'key'), ['Key', 'Keyboard']);
      assert.deepEqual(await titles(ctx, 'shortcuts keyb'), ['Keyboard']);
      assert.deepEqual(await titles(ctx, 'keyb shortcuts'), []);
      assert.deepEqual(await titles(ctx, 'key rotation shortcuts'), ['Key']);
    });

    test('case, accents, punctuation and scripts do not stand in the way', async () => {
      const ctx = await freshPlace();
      await make(ctx, 'Café-Größe', { content: 'snake_case and path/to/file, v1.2.3, user@example.com' });
      await make(ctx, '数据库设计', { content: 'データベースの設計' });
      for (const q of [
        'cafe',
        'CAFÉ',
        'grosse',
        'snake',
        'file',
        'to/file',
        'v1.2',
        'example.com',
        '"case"',
        'cafe\u0301',
      ]) {
        assert.deepEqual(await titles(ctx, q), ['Café-Größe'], q);
      }
      for (const q of ['数据', '据库', '库', 'ベース', '設計'])
        assert.deepEqual(await titles(ctx, q), ['数据库设计'], q);
      assert.deepEqual(await titles(ctx, '数库'), []);
    });

    test('only what is published is found, as it is now', async () => {
      const ctx = await freshPlace();
      await make(ctx, 'Refund draft', { status: 'draft' });
      await make(ctx, 'Refund archived', { status: 'archived' });
      const { id } = await make(ctx, 'Refund', { tags: ['money'] });
      assert.deepEqual(await titles(ctx, 'refund'), ['Refund']);
      await patchArticle(t.app, ctx, id, { title: 'Return', content: 'of goods' });
      assert.deepEqual(await titles(ctx, 'refund'), []);
      const [found] = await search(ctx, 'goods');
      assert.deepEqual([found!.title, found!.tags, 'content' in found!], ['Return', ['money'], false]);
      assert.equal(found!.snippet, 'of <mark>goods</mark>');
      await archiveArticle(t.app, ctx, id);
      assert.deepEqual(await titles(ctx, 'goods'), []);
      await patchArticle(t.app, ctx, id, { status: 'published' });
      assert.deepEqual(await titles(ctx, 'goods'), ['Return']);
      await removeArticle(t.app, ctx, id);
      assert.deepEqual(await titles(ctx, 'goods'), []);
      await make(ctx, 'Another');
      assert.deepEqual(await titles(ctx, 'goods'), []);
    });

    test('the snippet is HTML with nothing in it but marks', async () => {
      const ctx = await freshPlace();
      await make(ctx, 'XSS', {
        content: '<script>alert("refund")</script> \uE000refund\uE001 <mark>not ours</mark>',
      });
      const [found] = await search(ctx, 'refund');
      assert.equal(
        found!.snippet,
        '&lt;script&gt;alert(&quot;<mark>refund</mark>&quot;)&lt;/script&gt; \uE000<mark>refund</mark>\uE001 &lt;mark&gt;not ours&lt;/mark&gt;',
      );
      await make(ctx, 'Only <i>here</i>', { content: 'and not in the text' });
      assert.equal((await search(ctx, 'here'))[0]!.snippet, 'Only &lt;i&gt;<mark>here</mark>&lt;/i&gt;');
    });

    test('neither tenants nor environments see, move or count each other’s articles', async () => {
      const mine = await freshPlace();
      await make(mine, 'Short', { content: 'refund' });
      await make(mine, 'Long', { content: `refund policy refund ${'word '.repeat(300)}` });
      await make(mine, 'Policy', { content: 'refund refund refund refund' });
      const ask = () =>
        searchKnowledgeBase(t.app, mine, { q: 'policy refund', limit: 1, include: 'content' });
      const all = () => Promise.all(['refund', 'policy', 'refund pol', 're'].map((q) => search(mine, q)));
      const before = [await ask(), await all()];
      const stranger = await freshPlace();
      for (const ctx of [stranger, { ...mine, environment: 'sandbox' } as const]) {
        for (let i = 0; i < 20; i++)
          await make(ctx, `Policy ${i}`, { content: 'policy word '.repeat(i + 1) });
        assert.equal((await search(ctx, 'policy')).length, 20);
        assert.deepEqual(await search(ctx, 'refund'), []);
      }
      assert.deepEqual([await ask(), await all()], before);
    });

    test('pages of results join without a gap or a repetition, while articles are added', async () => {
      const ctx = await freshPlace();
      for (let i = 0; i < 9; i++) await make(ctx, `A${i}`, { content: 'refund '.repeat((i * 5) % 9 || 1) });
      const expected = await titles(ctx, 'refund');
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await searchKnowledgeBase(t.app, ctx, { q: 'refund', limit: 2, cursor });
        found.push(...page.items.map((item) => item.title));
        cursor = page.nextCursor ?? undefined;
        await make(ctx, `Refund ${found.length}`);
      } while (cursor !== undefined);
      assert.deepEqual(found, expected);
      const foreign = searchKnowledgeBase(t.app, ctx, { q: 'refund', limit: 2, cursor: 'bm9uc2Vuc2U' });
      await assert.rejects(foreign, (e: AppError) => e.code === 'validation_failed');
    });

    test('no text is a syntax error', async () => {
      const ctx = await freshPlace();
      await make(ctx, 'Refund', { content: 'near and or not words' });
      const texts = [
        '"',
        "'",
        '""',
        "'' OR 1=1 --",
        '*',
        'refund*',
        '^refund',
        'words:refund',
        'NEAR(refund words)',
        'refund AND',
        '{words}: x',
        'refund & !x',
        'refund <-> x',
        'refund:*',
        'refund:A',
        '\\',
        "\\'",
        '(',
        ')',
        '-refund',
        '- -',
        '😀',
        '\u202e',
        'ﷺ',
        '%',
        '_',
        'x'.repeat(500),
        `${'a '.repeat(250)}`,
        '数'.repeat(500),
        '\u0301\u0301',
      ];
      for (const q of texts) await search(ctx, q);
      const part = fc.constantFrom(
        '"',
        "'",
        '*',
        ':',
        '(',
        ')',
        'AND',
        'OR',
        'NOT',
        'NEAR',
        '-',
        '^',
        '&',
        '|',
        '!',
        '<->',
        '\\',
        ' ',
        'refund',
        'é',
      );
      const hostile = fc.oneof(
        fc.array(part, { maxLength: 30 }).map((parts) => parts.join('')),
        fc.string({ unit: 'grapheme', maxLength: 100 }),
      );
      await fc.assert(
        fc.asyncProperty(
          hostile.filter((text) => text !== '' && !text.includes('\0') && text.isWellFormed()),
          async (q) => {
            const items = await search(ctx, q);
            assert.ok(items.length <= 1);
          },
        ),
        { numRuns: 300 },
      );
    });
  });
});
