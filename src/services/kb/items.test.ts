import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openTestApp, type TestApp } from '../../../test/app.ts';
import { onEachDatabase } from '../../../test/databases.ts';
import type { AppError } from '../../errors.ts';
import { type ArticleInput, archiveArticle, createArticle, getArticle } from './articles.ts';
import {
  type CategoryInput,
  createCategory,
  deleteCategory,
  getCategory,
  listCategories,
  patchCategory,
} from './categories.ts';
import {
  createSubcategory,
  deleteSubcategory,
  listSubcategories,
  patchSubcategory,
} from './subcategories.ts';
import { createTag, deleteTag, getTag, listTags, patchTag } from './tags.ts';

const titled = (title: string, more: Partial<CategoryInput> = {}): CategoryInput => ({
  title,
  description: null,
  sortOrder: 0,
  ...more,
});
const article = (title: string, more: Partial<ArticleInput> = {}): ArticleInput => ({
  title,
  summary: null,
  content: '',
  tags: [],
  status: 'draft',
  sortOrder: 0,
  ...more,
});
const tagOf = (row: { id: string; version: number }) => `"${row.id}.${row.version}"`;
const refusal = (code: string, existingId?: unknown) => (error: AppError) => {
  assert.equal(error.code, code, String(error));
  if (existingId !== undefined) assert.equal(error.members.existingId, existingId);
  return true;
};

onEachDatabase((kind, skip) => {
  describe(`categories, subcategories and tags on ${kind}`, { skip }, () => {
    let t: TestApp;
    before(async () => {
      t = await openTestApp(kind);
    });
    after(() => t.close());
    /** A place of its own for each test. */
    const freshPlace = async () => t.ctx({ tenantId: await t.addTenant() });
    const audit = async (tenantId: string) => {
      const query = t.app.database.read.selectFrom('audit_entries').select(['action', 'before', 'after']);
      return query.where('tenant_id', '=', tenantId).orderBy('seq').execute();
    };

    test('twenty callers at once who create the same slug get one row, and one of them made it', async () => {
      const ctx = await freshPlace();
      const category = await createCategory(t.app, ctx, titled('Home'));
      const creations = {
        category: () => createCategory(t.app, ctx, titled('Same')),
        subcategory: () => createSubcategory(t.app, ctx, { ...titled('Same'), categoryId: category.item.id }),
        tag: () => createTag(t.app, ctx, { name: 'Same' }),
      };
      for (const [noun, create] of Object.entries(creations)) {
        const create20 = Array.from({ length: 20 }, async () => create());
        const results: { item: { id: string }; isNew: boolean }[] = await Promise.all(create20);
        assert.equal(new Set(results.map((result) => result.item.id)).size, 1, noun);
        assert.equal(results.filter((result) => result.isNew).length, 1, noun);
        const actions = (await audit(ctx.tenantId)).map((entry) => entry.action);
        assert.equal(
          actions.filter((action) => action === `${noun}.created`).length,
          noun === 'category' ? 2 : 1,
        );
      }
    });

    test('an existing slug answers what is there, unchanged and without an audit entry', async () => {
      const ctx = await freshPlace();
      const first = await createCategory(
        t.app,
        ctx,
        titled('Billing', { description: 'Money', sortOrder: 7 }),
      );
      await createArticle(t.app, ctx, article('A', { categoryId: first.item.id }));
      t.clock.advance(1_000);
      const second = await createCategory(t.app, ctx, titled('Other', { slug: 'billing', description: 'x' }));
      assert.deepEqual(second, { item: { ...first.item, articleCount: 1 }, isNew: false });
      assert.equal((await audit(ctx.tenantId)).length, 2);
    });

    test('a slug is taken within its environment, and for subcategories within their category', async () => {
      const ctx = await freshPlace();
      const a = await createCategory(t.app, ctx, titled('A'));
      const b = await createCategory(t.app, ctx, titled('B'));
      const other = await createCategory(t.app, { ...ctx, environment: 'sandbox' }, titled('A'));
      assert.notEqual(other.item.id, a.item.id);
      const inA = await createSubcategory(t.app, ctx, { ...titled('Sub'), categoryId: a.item.id });
      const inB = await createSubcategory(t.app, ctx, { ...titled('Sub'), categoryId: b.item.id });
      assert.ok(inA.isNew && inB.isNew);
      const again = await createSubcategory(t.app, ctx, { ...titled('Sub'), categoryId: b.item.id });
      assert.equal(again.item.id, inB.item.id);
      const moved = patchSubcategory(t.app, ctx, inB.item.id, { categoryId: a.item.id });
      await assert.rejects(moved, refusal('slug_taken', inA.item.id));
    });

    test('a title without letters and digits asks for a slug', async () => {
      const ctx = await freshPlace();
      const error = refusal('validation_failed');
      await assert.rejects(
        createCategory(t.app, ctx, titled('!!!')),
        (e: AppError) => error(e) && /send a slug/.test(e.message),
      );
      assert.ok((await createCategory(t.app, ctx, titled('!!!', { slug: 'bang' }))).isNew);
    });

    test('a category that is not of this place is refused by its path', async () => {
      const ctx = await freshPlace();
      const elsewhere = await createCategory(t.app, { ...ctx, environment: 'staging' }, titled('A'));
      for (const categoryId of [elsewhere.item.id, 'cat_unknown']) {
        const creation = createSubcategory(t.app, ctx, { ...titled('Sub'), categoryId });
        await assert.rejects(
          creation,
          (e: AppError) => (e.members.errors as { path: string }[])[0]!.path === 'categoryId',
        );
      }
    });

    test('a patch raises the version, is audited with what changed only, and one that changes nothing is not', async () => {
      const ctx = await freshPlace();
      const { item } = await createCategory(t.app, ctx, titled('Billing', { description: 'Money' }));
      t.clock.advance(5_000);
      const same = await patchCategory(t.app, ctx, item.id, { title: 'Billing', description: 'Money' });
      assert.deepEqual(same, item);
      const changed = await patchCategory(t.app, ctx, item.id, { title: 'Invoices', description: null });
      assert.deepEqual(changed, {
        ...item,
        title: 'Invoices',
        description: null,
        version: 2,
        updatedAt: item.updatedAt + 5_000,
      });
      assert.deepEqual(await getCategory(t.app, ctx, item.id), changed);
      const [, entry, ...none] = await audit(ctx.tenantId);
      assert.deepEqual(none, []);
      assert.equal(entry!.before, '{"title":"Billing","description":"Money"}');
      assert.equal(entry!.after, '{"title":"Invoices","description":null}');
    });

    test('of two changes to the same version, one gets 412', async () => {
      const ctx = await freshPlace();
      const { item } = await createTag(t.app, ctx, { name: 'A' });
      const precondition = { ifMatch: tagOf(item), tagOf };
      const results = await Promise.allSettled(
        Array.from({ length: 5 }, (_, i) => patchTag(t.app, ctx, item.id, { name: `B${i}` }, precondition)),
      );
      assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
      for (const result of results)
        if (result.status === 'rejected') refusal('precondition_failed')(result.reason);
      await assert.rejects(deleteTag(t.app, ctx, item.id, precondition), refusal('precondition_failed'));
      await deleteTag(t.app, ctx, item.id, { ifMatch: '*', tagOf });
    });

    test('a slug cannot be changed to one that is taken, also at the same moment', async () => {
      const ctx = await freshPlace();
      const taken = await createTag(t.app, ctx, { name: 'taken' });
      const a = await createTag(t.app, ctx, { name: 'a' });
      const b = await createTag(t.app, ctx, { name: 'b' });
      const rename = patchTag(t.app, ctx, a.item.id, { slug: 'taken' });
      await assert.rejects(rename, refusal('slug_taken', taken.item.id));
      const results = await Promise.allSettled(
        [a, b].map(({ item }) => patchTag(t.app, ctx, item.id, { slug: 'new' })),
      );
      assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected']);
    });

    test('counts leave archived articles out, and deleting does not', async () => {
      const ctx = await freshPlace();
      const category = await createCategory(t.app, ctx, titled('A'));
      const sub = await createSubcategory(t.app, ctx, { ...titled('S'), categoryId: category.item.id });
      const at = { subcategoryId: sub.item.id, tags: ['t'] };
      const statuses = ['draft', 'published', 'archived'] as const;
      for (const status of statuses) await createArticle(t.app, ctx, article(status, { ...at, status }));
      const counts = async () => [
        (await listCategories(t.app, ctx, { limit: 50 })).items.map((item) => item.articleCount),
        (await listSubcategories(t.app, ctx, { limit: 50 })).items.map((item) => item.articleCount),
        (await listTags(t.app, ctx, { limit: 50 })).items.map((item) => item.articleCount),
      ];
      assert.deepEqual(await counts(), [[2], [2], [2]]);
      const sentence = (text: string) => (e: AppError) => refusal('conflict')(e) && e.message.includes(text);
      await assert.rejects(deleteSubcategory(t.app, ctx, sub.item.id), sentence('3 articles'));
      await assert.rejects(deleteCategory(t.app, ctx, category.item.id), sentence('3 articles'));
    });

    test('a category goes when its articles and subcategories are gone', async () => {
      const ctx = await freshPlace();
      const { item } = await createCategory(t.app, ctx, titled('A'));
      const sub = await createSubcategory(t.app, ctx, { ...titled('S'), categoryId: item.id });
      await assert.rejects(deleteCategory(t.app, ctx, item.id), refusal('conflict'));
      await deleteSubcategory(t.app, ctx, sub.item.id);
      await deleteCategory(t.app, ctx, item.id);
      await assert.rejects(getCategory(t.app, ctx, item.id), refusal('not_found'));
      await assert.rejects(deleteCategory(t.app, ctx, item.id), refusal('not_found'));
    });

    test('an article and the end of its category cannot both succeed', async () => {
      const ctx = await freshPlace();
      for (let i = 0; i < 10; i++) {
        const { item } = await createCategory(t.app, ctx, titled(`C${i}`));
        const [filed, deleted] = await Promise.allSettled([
          createArticle(t.app, ctx, article(`A${i}`, { categoryId: item.id, tags: ['x'] })),
          deleteCategory(t.app, ctx, item.id),
        ]);
        assert.notEqual(filed.status, deleted.status);
        const [lost] = [filed, deleted].filter((result) => result.status === 'rejected');
        assert.ok(['conflict', 'validation_failed'].includes(lost!.reason.code), String(lost!.reason));
      }
    });

    test('a subcategory that moves takes its articles along, with a new version', async () => {
      const ctx = await freshPlace();
      const a = await createCategory(t.app, ctx, titled('A'));
      const b = await createCategory(t.app, ctx, titled('B'));
      const sub = await createSubcategory(t.app, ctx, { ...titled('S'), categoryId: a.item.id });
      const filed = await createArticle(t.app, ctx, article('X', { subcategoryId: sub.item.id }));
      const loose = await createArticle(t.app, ctx, article('Y', { categoryId: a.item.id }));
      await patchSubcategory(t.app, ctx, sub.item.id, { categoryId: b.item.id });
      const moved = await getArticle(t.app, ctx, filed.id);
      assert.deepEqual([moved.categoryId, moved.subcategoryId, moved.version], [b.item.id, sub.item.id, 2]);
      assert.deepEqual(await getArticle(t.app, ctx, loose.id), loose);
    });

    test('a deleted tag is unlinked, a renamed one shows its new slug, both with a new version of the article', async () => {
      const ctx = await freshPlace();
      const filed = await createArticle(t.app, ctx, article('X', { tags: ['one', 'two'] }));
      const [two, one] = (await listTags(t.app, ctx, { limit: 50 })).items;
      await patchTag(t.app, ctx, two!.id, { name: 'Second' });
      assert.deepEqual(await getArticle(t.app, ctx, filed.id), filed);
      await patchTag(t.app, ctx, two!.id, { slug: 'second' });
      await deleteTag(t.app, ctx, one!.id);
      const now = await getArticle(t.app, ctx, filed.id);
      assert.deepEqual([now.tags, now.version], [['second'], 3]);
      await assert.rejects(getTag(t.app, ctx, one!.id), refusal('not_found'));
      await archiveArticle(t.app, ctx, filed.id);
      assert.equal((await getTag(t.app, ctx, two!.id)).articleCount, 0);
    });

    test('articles, tags and their end at the same moment never lock each other out', async () => {
      const ctx = await freshPlace();
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      const shuffled = (i: number) => names.map((_, k) => names[(k * 5 + i) % names.length]!);
      const work = Array.from({ length: 60 }, async (_, i) => {
        await createArticle(t.app, ctx, article(`Article ${i}`, { tags: shuffled(i) }));
        if (i % 3 > 0) return;
        const [tag] = (await listTags(t.app, ctx, { limit: 1 })).items;
        if (tag) await deleteTag(t.app, ctx, tag.id).catch(refusal('not_found'));
      });
      await Promise.all(work);
    });

    test('a cursor stays where it is while others are added, and belongs to its list', async () => {
      const ctx = await freshPlace();
      for (let i = 0; i < 5; i++) await createTag(t.app, ctx, { name: `t${i}` });
      const first = await listTags(t.app, ctx, { limit: 2 });
      await createTag(t.app, ctx, { name: 'later' });
      const second = await listTags(t.app, ctx, { limit: 2, cursor: first.nextCursor! });
      const third = await listTags(t.app, ctx, { limit: 2, cursor: second.nextCursor! });
      const names = [first, second, third].flatMap((page) => page.items.map((item) => item.name));
      assert.deepEqual(names, ['t4', 't3', 't2', 't1', 't0']);
      assert.equal(third.nextCursor, null);
      const cursor = first.nextCursor!;
      await assert.rejects(listCategories(t.app, ctx, { limit: 2, cursor }), refusal('validation_failed'));
      await assert.rejects(listTags(t.app, ctx, { limit: 2, cursor: 'x' }), refusal('validation_failed'));
    });
  });
});
