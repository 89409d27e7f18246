import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { openTestApp, type TestApp } from '../../../test/app.ts';
import { onEachDatabase } from '../../../test/databases.ts';
import type { AppError } from '../../errors.ts';
import {
  type ArticleInput,
  type ArticleQuery,
  archiveArticle,
  createArticle,
  getArticle,
  listArticles,
  markReviewed,
  patchArticle,
  publishArticle,
  removeArticle,
} from './articles.ts';
import { createCategory } from './categories.ts';
import { createSubcategory } from './subcategories.ts';
import { createTag, listTags } from './tags.ts';

const article = (title: string, more: Partial<ArticleInput> = {}): ArticleInput => ({
  title,
  summary: null,
  content: '',
  tags: [],
  status: 'draft',
  sortOrder: 0,
  ...more,
});
const refusal = (code: string) => (error: AppError) => error.code === code;
const refusedPath = (path: string) => (error: AppError) =>
  error.code === 'validation_failed' && (error.members.errors as { path: string }[])[0]!.path === path;

onEachDatabase((kind, skip) => {
  describe(`articles on ${kind}`, { skip }, () => {
    let t: TestApp;
    before(async () => {
      t = await openTestApp(kind);
    });
    after(() => t.close());
    const freshPlace = async () => t.ctx({ tenantId: await t.addTenant() });
    const auditOf = (tenantId: string) =>
      t.app.database.read
        .selectFrom('audit_entries')
        .select(['action', 'target_id', 'before', 'after'])
        .where('tenant_id', '=', tenantId)
        .orderBy('seq')
        .execute();

    test('content comes back byte for byte, with its hash, and stays out of the audit log', async () => {
      const ctx = await freshPlace();
      const content = `  # Ünïcode\r\n\t<b>“quotes”</b> \u{1F600} \\ '' $1 sa_live_${'a'.repeat(48)}\n\n`;
      const made = await createArticle(t.app, ctx, article('A', { content }));
      const read = await getArticle(t.app, ctx, made.id);
      assert.equal(read.content, content);
      assert.equal(read.contentHash, createHash('sha256').update(content, 'utf8').digest('hex'));
      assert.deepEqual(read, made);
      await patchArticle(t.app, ctx, made.id, { content: 'other text' });
      await removeArticle(t.app, ctx, made.id);
      const log = await auditOf(ctx.tenantId);
      assert.deepEqual(
        log.map((entry) => entry.action),
        ['article.created', 'article.updated', 'article.deleted'],
      );
      assert.doesNotMatch(JSON.stringify(log), /nïcode|other text|sa_live/);
      const { contentHash, ...rest } = JSON.parse(log[1]!.before!);
      assert.deepEqual([contentHash, rest], [made.contentHash, {}]);
    });

    test('of twenty callers at once with the same slug one makes the article, the others learn its id', async () => {
      const ctx = await freshPlace();
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) =>
          createArticle(t.app, ctx, article(`A${i}`, { slug: 'same', tags: ['new'] })),
        ),
      );
      const [made, ...others] = results.filter((result) => result.status === 'fulfilled');
      assert.equal(others.length, 0);
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        assert.equal(result.reason.code, 'slug_taken');
        assert.equal(result.reason.members.existingId, made!.value.id);
      }
      assert.equal((await listArticles(t.app, ctx, { limit: 50, includeArchived: true })).items.length, 1);
    });

    test('a refused article leaves nothing behind, no tag and no audit entry', async () => {
      const ctx = await freshPlace();
      await createArticle(t.app, ctx, article('A'));
      await assert.rejects(createArticle(t.app, ctx, article('A', { tags: ['new'] })), refusal('slug_taken'));
      const other = await createArticle(t.app, ctx, article('B'));
      await assert.rejects(
        patchArticle(t.app, ctx, other.id, { slug: 'a', tags: ['new'] }),
        refusal('slug_taken'),
      );
      assert.deepEqual((await listTags(t.app, ctx, { limit: 50 })).items, []);
      assert.equal((await auditOf(ctx.tenantId)).length, 2);
    });

    test('tags keep their order, are made where unknown, and are audited then', async () => {
      const ctx = await freshPlace();
      const { item } = await createTag(t.app, ctx, { name: 'The Known One', slug: 'known' });
      const made = await createArticle(t.app, ctx, article('A', { tags: ['zeta', 'known', 'alpha'] }));
      assert.deepEqual((await getArticle(t.app, ctx, made.id)).tags, ['zeta', 'known', 'alpha']);
      const tags = (await listTags(t.app, ctx, { limit: 50 })).items;
      assert.deepEqual(tags.map((tag) => [tag.slug, tag.name, tag.articleCount]).sort(), [
        ['alpha', 'alpha', 1],
        ['known', 'The Known One', 1],
        ['zeta', 'zeta', 1],
      ]);
      const created = (await auditOf(ctx.tenantId)).filter((entry) => entry.action === 'tag.created');
      assert.deepEqual(created.map((entry) => entry.target_id).sort(), tags.map((tag) => tag.id).sort());
      assert.ok(tags.some((tag) => tag.id === item.id));
      const reordered = await patchArticle(t.app, ctx, made.id, { tags: ['alpha', 'zeta'] });
      assert.deepEqual([reordered.tags, reordered.version], [['alpha', 'zeta'], 2]);
      const same = await patchArticle(t.app, ctx, made.id, { tags: ['alpha', 'zeta'] });
      assert.equal(same.version, 2);
      assert.deepEqual((await patchArticle(t.app, ctx, made.id, { tags: [] })).tags, []);
    });

    test('a category and subcategory always belong together', async () => {
      const ctx = await freshPlace();
      const titled = (title: string) => ({ title, description: null, sortOrder: 0 });
      const a = (await createCategory(t.app, ctx, titled('A'))).item.id;
      const b = (await createCategory(t.app, ctx, titled('B'))).item.id;
      const sub = (await createSubcategory(t.app, ctx, { ...titled('S'), categoryId: a })).item.id;
      const elsewhere = { ...ctx, environment: 'sandbox' } as const;
      const far = (await createCategory(t.app, elsewhere, titled('A'))).item.id;
      const shelf = (row: { categoryId: string | null; subcategoryId: string | null }) => [
        row.categoryId,
        row.subcategoryId,
      ];

      const made = await createArticle(t.app, ctx, article('X', { subcategoryId: sub }));
      assert.deepEqual(shelf(made), [a, sub]);
      const patch = (change: Partial<ArticleInput>) => patchArticle(t.app, ctx, made.id, change);
      await assert.rejects(patch({ categoryId: b, subcategoryId: sub }), refusedPath('subcategoryId'));
      await assert.rejects(patch({ categoryId: null, subcategoryId: sub }), refusedPath('subcategoryId'));
      await assert.rejects(patch({ categoryId: far }), refusedPath('categoryId'));
      await assert.rejects(patch({ subcategoryId: 'sub_unknown' }), refusedPath('subcategoryId'));
      assert.deepEqual(shelf(await patch({ categoryId: a })), [a, sub]);
      assert.deepEqual(shelf(await patch({ categoryId: b })), [b, null]);
      assert.deepEqual(shelf(await patch({ subcategoryId: sub })), [a, sub]);
      assert.deepEqual(shelf(await patch({ subcategoryId: null })), [a, null]);
      assert.deepEqual(shelf(await patch({ categoryId: null })), [null, null]);
      await assert.rejects(
        createArticle(t.app, ctx, article('Y', { categoryId: far })),
        refusedPath('categoryId'),
      );
    });

    test('publishing keeps the first time, and what is so already leaves no trace', async () => {
      const ctx = await freshPlace();
      const made = await createArticle(t.app, ctx, article('A'));
      assert.equal(made.publishedAt, null);
      t.clock.advance(1_000);
      const published = await publishArticle(t.app, ctx, made.id);
      assert.deepEqual([published.status, published.publishedAt], ['published', made.createdAt + 1_000]);
      t.clock.advance(1_000);
      assert.deepEqual(await publishArticle(t.app, ctx, made.id), published);
      const archived = await archiveArticle(t.app, ctx, made.id);
      assert.deepEqual(await archiveArticle(t.app, ctx, made.id), archived);
      const again = await patchArticle(t.app, ctx, made.id, { status: 'published' });
      assert.deepEqual([again.publishedAt, again.version], [published.publishedAt, 4]);
      const reviewed = await markReviewed(t.app, ctx, made.id);
      assert.deepEqual([reviewed.reviewedAt, reviewed.version], [t.clock.wallMs(), 5]);
      assert.deepEqual(
        (await auditOf(ctx.tenantId)).map((entry) => entry.action),
        ['article.created', 'article.published', 'article.archived', 'article.updated', 'article.reviewed'],
      );
    });

    test('a source is kept, found by, changed and cleared, and is null where nobody named one', async () => {
      const ctx = await freshPlace();
      const made = await createArticle(t.app, ctx, article('A', { source: 'docs' }));
      const other = await createArticle(t.app, ctx, article('B'));
      assert.deepEqual([made.source, other.source], ['docs', null]);
      const slugs = async (source: string) => {
        const page = await listArticles(t.app, ctx, { limit: 50, includeArchived: true, source });
        return page.items.map((item) => item.slug);
      };
      assert.deepEqual([await slugs('docs'), await slugs('doc')], [['a'], []]);
      const patched = await patchArticle(t.app, ctx, other.id, { source: 'docs' });
      assert.deepEqual([patched.source, patched.version], ['docs', 2]);
      assert.equal((await patchArticle(t.app, ctx, other.id, { source: 'docs' })).version, 2);
      assert.deepEqual(await slugs('docs'), ['b', 'a']);
      assert.equal((await patchArticle(t.app, ctx, made.id, { source: null })).source, null);
      assert.deepEqual(await slugs('docs'), ['b']);
    });

    test('an article created as published has its time at once', async () => {
      const ctx = await freshPlace();
      const made = await createArticle(t.app, ctx, article('A', { status: 'published' }));
      assert.equal(made.publishedAt, t.clock.wallMs());
    });

    describe('lists', () => {
      let ctx: Awaited<ReturnType<typeof freshPlace>>;
      let categoryId: string;
      before(async () => {
        ctx = await freshPlace();
        categoryId = (await createCategory(t.app, ctx, { title: 'C', description: null, sortOrder: 0 })).item
          .id;
        const make = (title: string, more: Partial<ArticleInput> = {}) =>
          createArticle(t.app, ctx, article(title, more));
        await make('Draft one', { tags: ['a'], content: 'Ein Café im Text' });
        await make('Published 100% two', { status: 'published', categoryId, tags: ['a', 'b'] });
        await make('Archived three', { status: 'archived', categoryId, tags: ['b'] });
        await make('Last', { slug: 'Über-Groß', summary: 'refund policies' });
      });
      const titles = async (query: Partial<ArticleQuery>) =>
        (await listArticles(t.app, ctx, { limit: 50, includeArchived: false, ...query })).items.map(
          (item) => item.title[0],
        );

      const cases: readonly (readonly [Partial<ArticleQuery>, string])[] = [
        [{}, 'LPD'],
        [{ includeArchived: true }, 'LAPD'],
        [{ status: 'archived' }, 'A'],
        [{ status: 'draft', includeArchived: true }, 'LD'],
        [{ categoryId: 'cat_unknown' }, ''],
        [{ tag: 'a' }, 'PD'],
        [{ tag: 'b' }, 'P'],
        [{ tag: 'b', includeArchived: true }, 'AP'],
        [{ tag: 'unknown' }, ''],
        [{ slug: 'draft-one' }, 'D'],
        [{ slug: 'no such slug' }, ''],
        [{ q: 'CAFE' }, 'D'],
        [{ q: 'refund pol' }, 'L'],
        [{ q: 'refund pub' }, ''],
        [{ q: 'raft on' }, 'D'],
        [{ q: '100% t' }, 'P'],
        [{ q: '%' }, 'P'],
        [{ q: '_' }, ''],
        [{ q: 'three' }, ''],
        [{ q: 'three', status: 'archived' }, 'A'],
      ];
      for (const [query, expected] of cases) {
        test(`${JSON.stringify(query)} gives ${expected || 'nothing'}`, async () => {
          assert.equal((await titles(query)).join(''), expected);
        });
      }

      test('a category has its own, and content only where it is asked for', async () => {
        assert.deepEqual(await titles({ categoryId }), ['P']);
        const ask = { limit: 50, includeArchived: true };
        assert.ok((await listArticles(t.app, ctx, ask)).items.every((item) => !('content' in item)));
        const [found] = (
          await listArticles(t.app, ctx, { ...ask, tag: 'a', status: 'draft', include: 'content' })
        ).items;
        assert.deepEqual([found!.content, found!.tags], ['Ein Café im Text', ['a']]);
      });

      test('pages join without a gap while articles are added', async () => {
        const first = await listArticles(t.app, ctx, { limit: 2, includeArchived: true });
        await createArticle(t.app, ctx, article('New'));
        const second = await listArticles(t.app, ctx, {
          limit: 2,
          includeArchived: true,
          cursor: first.nextCursor!,
        });
        const both = [...first.items, ...second.items].map((item) => item.title[0]).join('');
        assert.deepEqual([both, second.nextCursor], ['LAPD', null]);
      });
    });

    test('an article of a million characters, all words different, is kept and found', async () => {
      const ctx = await freshPlace();
      let content = '';
      for (let i = 0; content.length < 999_900; i++) content += `${i.toString(36)}ä `;
      const made = await createArticle(t.app, ctx, article('Encyclopaedia', { content }));
      assert.equal((await getArticle(t.app, ctx, made.id)).contentHash, made.contentHash);
      const found = await listArticles(t.app, ctx, { limit: 1, includeArchived: false, q: '1za' });
      assert.deepEqual(
        found.items.map((item) => item.id),
        [made.id],
      );
    });
  });
});
