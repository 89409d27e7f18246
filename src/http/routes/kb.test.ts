import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Call, callRoute, openTestApp, type TestApp } from '../../../test/app.ts';
import { onEachDatabase } from '../../../test/databases.ts';
import { createScopeCatalogue } from '../../core/scopes.ts';
import type { Context } from '../../services/app.ts';
import type { Method } from '../route.ts';
import { kbRoutes } from './kb.ts';

const secret = `sa_live_${'a1B2'.repeat(12)}`;
const kinds = ['categories', 'subcategories', 'tags', 'articles'] as const;
type Kind = (typeof kinds)[number];

test('every route asks for a knowledge scope that exists, and for nothing else', () => {
  const known = createScopeCatalogue().all;
  for (const { method, path, access } of kbRoutes) {
    const expected = method === 'GET' ? 'knowledge:read' : 'knowledge:write';
    assert.ok(known.has(expected));
    assert.deepEqual(access, { scopes: [expected] }, `${method} ${path}`);
  }
  assert.equal(kbRoutes.length, 24);
});

onEachDatabase((kind, skip) => {
  describe(`the knowledge base behind the guard, on ${kind}`, { skip }, () => {
    let t: TestApp;
    before(async () => {
      t = await openTestApp(kind);
    });
    after(() => t.close());
    const callAs = (ctx: Context, method: Method, path: string, call?: Call) =>
      callRoute(t, kbRoutes, ctx, method, `/kb/${path}`, call);
    const freshPlace = async () => t.ctx({ tenantId: await t.addTenant() });

    /** One of everything, and a body that makes another. */
    async function furnish(ctx: Context) {
      const make = async (path: Kind, body: object) =>
        (await callAs(ctx, 'POST', path, { body })).body.id as string;
      const categories = await make('categories', { title: 'Billing' });
      const subcategories = await make('subcategories', { title: 'Refunds', categoryId: categories });
      const tags = await make('tags', { name: 'Money' });
      const articles = await make('articles', {
        title: 'How refunds work',
        content: 'Slowly.',
        categoryId: categories,
        subcategoryId: subcategories,
        tags: ['money'],
        status: 'published',
      });
      return { categories, subcategories, tags, articles };
    }

    const bodies: Record<Kind, (ids: Record<Kind, string>) => object> = {
      categories: () => ({ title: 'Other' }),
      subcategories: (ids) => ({ title: 'Other', categoryId: ids.categories }),
      tags: () => ({ name: 'Other' }),
      articles: () => ({ title: 'Other' }),
    };

    test('what belongs to another tenant or environment is not there, for any call', async () => {
      const mine = await freshPlace();
      const ids = await furnish(mine);
      const strangers = [await freshPlace(), { ...mine, environment: 'sandbox' } as const];
      for (const stranger of strangers) {
        for (const path of kinds) {
          const title = path === 'tags' ? 'name' : 'title';
          const calls: [Method, string, Call?][] = [
            ['GET', `${path}/${ids[path]}`],
            ['PATCH', `${path}/${ids[path]}`, { body: { [title]: 'Stolen' } }],
            ['DELETE', `${path}/${ids[path]}`],
          ];
          if (path === 'articles') {
            for (const verb of ['publish', 'archive', 'mark-reviewed'])
              calls.push(['POST', `${path}/${ids[path]}/${verb}`]);
          }
          for (const [method, url, call] of calls) {
            const answer = await callAs(stranger, method, url, call);
            assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'], `${method} ${url}`);
          }
          const list = await callAs(stranger, 'GET', path, {
            query: { includeArchived: 'true', categoryId: ids.categories },
          });
          assert.deepEqual(list.body, { data: [], nextCursor: null });
        }
        assert.deepEqual(
          (await callAs(stranger, 'GET', 'search', { query: { q: 'refunds' } })).body.data,
          [],
        );
        assert.equal(
          (await callAs(stranger, 'GET', 'articles', { query: { tag: 'money', q: 'refunds' } })).body.data
            .length,
          0,
        );
        const naming = { title: 'Mine', categoryId: ids.categories };
        for (const path of ['subcategories', 'articles']) {
          const answer = await callAs(stranger, 'POST', path, { body: naming });
          assert.deepEqual([answer.status, answer.body.errors[0].path], [400, 'categoryId']);
        }
        const made = await furnish(stranger);
        for (const path of kinds) assert.notEqual(made[path], ids[path]);
      }
      for (const path of kinds) {
        const answer = await callAs(mine, 'GET', `${path}/${ids[path]}`);
        assert.equal(answer.status, 200);
        assert.match(JSON.stringify(answer.headers), /\.1\\""/);
      }
    });

    for (const path of kinds) {
      test(`${path}: created, read, changed under If-Match, listed and deleted`, async () => {
        const ctx = await freshPlace();
        const ids = await furnish(ctx);
        const body = bodies[path](ids);
        const made = await callAs(ctx, 'POST', path, { body });
        assert.equal(made.status, 201);
        assert.equal(made.headers.location, `/api/v1/kb/${path}/${made.body.id}`);
        const again = await callAs(ctx, 'POST', path, { body });
        if (path === 'articles') assert.deepEqual([again.status, again.body.existingId], [409, made.body.id]);
        else assert.deepEqual([again.status, again.body], [200, made.body]);

        const url = `${path}/${made.body.id}`;
        const read = await callAs(ctx, 'GET', url);
        assert.deepEqual([read.body, read.headers.etag], [made.body, made.headers.etag]);
        t.clock.advance(1_500);
        const patch = { body: { slug: 'new-slug' }, ifMatch: String(read.headers.etag) };
        const changed = await callAs(ctx, 'PATCH', url, patch);
        assert.equal(changed.status, 200);
        assert.deepEqual(changed.body, { ...made.body, slug: 'new-slug', updatedAt: changed.body.updatedAt });
        assert.equal(Date.parse(changed.body.updatedAt) - Date.parse(made.body.createdAt), 1_500);
        assert.notEqual(changed.headers.etag, read.headers.etag);
        assert.equal((await callAs(ctx, 'PATCH', url, { ...patch, body: { slug: 'x' } })).status, 412);
        assert.equal(
          (await callAs(ctx, 'PATCH', url, { ...patch, ifMatch: `W/${changed.headers.etag}` })).status,
          412,
        );
        const same = await callAs(ctx, 'PATCH', url, { body: { slug: 'new-slug' } });
        assert.deepEqual([same.body, same.headers.etag], [changed.body, changed.headers.etag]);

        const other = (await callAs(ctx, 'GET', path, { query: { limit: 1, cursor: undefined } })).body;
        assert.deepEqual([other.data[0].id, typeof other.nextCursor], [made.body.id, 'string']);
        assert.equal((await callAs(ctx, 'GET', path, { query: { slug: 'new-slug' } })).body.data.length, 1);
        const taken = await callAs(ctx, 'PATCH', `${path}/${ids[path]}`, { body: { slug: 'new-slug' } });
        assert.deepEqual(
          [taken.status, taken.body.code, taken.body.existingId],
          [409, 'slug_taken', made.body.id],
        );

        assert.equal((await callAs(ctx, 'DELETE', url, { ifMatch: '"old"' })).status, 412);
        const deleted = await callAs(ctx, 'DELETE', url, { ifMatch: String(changed.headers.etag) });
        assert.deepEqual([deleted.status, deleted.body], [204, undefined]);
        assert.equal((await callAs(ctx, 'GET', url)).status, 404);
      });
    }

    const long = (n: number) => 'x'.repeat(n);
    const refused: readonly (readonly [Method, string, Call, string])[] = [
      ['POST', 'categories', { body: {} }, 'title'],
      ['POST', 'categories', { body: { title: 'A', colour: 'red' } }, 'colour'],
      ['POST', 'categories', { body: { title: ' ' } }, 'title'],
      ['POST', 'categories', { body: { title: long(201) } }, 'title'],
      ['POST', 'categories', { body: { title: 'A\0' } }, 'title'],
      ['POST', 'categories', { body: { title: 'A\ud800' } }, 'title'],
      ['POST', 'categories', { body: { title: `Key ${secret}` } }, 'title'],
      ['POST', 'categories', { body: { title: '…' } }, 'slug'],
      ['POST', 'categories', { body: { title: 'A', slug: 'not a slug' } }, 'slug'],
      ['POST', 'categories', { body: { title: 'A', slug: 'cafe\u0301' } }, 'slug'],
      ['POST', 'categories', { body: { title: 'A', slug: long(201) } }, 'slug'],
      ['POST', 'categories', { body: { title: 'A', description: long(2_001) } }, 'description'],
      ['POST', 'categories', { body: { title: 'A', sortOrder: 2 ** 31 } }, 'sortOrder'],
      ['POST', 'categories', { body: { title: 'A', sortOrder: 1.5 } }, 'sortOrder'],
      ['POST', 'subcategories', { body: { title: 'A' } }, 'categoryId'],
      ['POST', 'subcategories', { body: { title: 'A', categoryId: 'cat_unknown' } }, 'categoryId'],
      ['POST', 'tags', { body: { name: long(101) } }, 'name'],
      ['POST', 'tags', { body: { name: 'A', description: 'x' } }, 'description'],
      ['POST', 'articles', { body: { title: 'A', content: long(1_000_001) } }, 'content'],
      ['POST', 'articles', { body: { title: 'A', content: 'a\0b' } }, 'content'],
      ['POST', 'articles', { body: { title: 'A', content: null } }, 'content'],
      ['POST', 'articles', { body: { title: 'A', status: 'gone' } }, 'status'],
      ['POST', 'articles', { body: { title: 'A', tags: ['Not a slug'] } }, 'tags.0'],
      [
        'POST',
        'articles',
        { body: { title: 'A', tags: Array.from({ length: 101 }, (_, i) => `t${i}`) } },
        'tags',
      ],
      ['POST', 'articles', { body: { title: 'A', summary: secret } }, 'summary'],
      ['POST', 'articles', { body: { title: 'A', publishedAt: null } }, 'publishedAt'],
      ['GET', 'articles', { query: { limit: '0' } }, 'limit'],
      ['GET', 'articles', { query: { limit: '201' } }, 'limit'],
      ['GET', 'articles', { query: { limit: 'ten' } }, 'limit'],
      ['GET', 'articles', { query: { status: 'gone' } }, 'status'],
      ['GET', 'articles', { query: { status: ['draft', 'draft'] } }, 'status'],
      ['GET', 'articles', { query: { includeArchived: 'maybe' } }, 'includeArchived'],
      ['GET', 'articles', { query: { include: 'everything' } }, 'include'],
      ['GET', 'articles', { query: { cursor: 'x' } }, 'cursor'],
      ['GET', 'articles', { query: { q: '\0' } }, 'q'],
      ['GET', 'tags', { query: { cursor: 'x' } }, 'cursor'],
      ['GET', 'search', {}, 'q'],
      ['GET', 'search', { query: { q: '' } }, 'q'],
      ['GET', 'search', { query: { q: 'a\0' } }, 'q'],
      ['GET', 'search', { query: { q: long(10_240) } }, 'q'],
      ['GET', 'search', { query: { q: 'a', cursor: 'x' } }, 'cursor'],
    ];
    for (const [method, path, call, field] of refused) {
      const shown = JSON.stringify(call).slice(0, 70);
      test(`400 names ${field}: ${method} ${path} ${shown}`, async () => {
        const { status, body } = await callAs(t.ctx(), method, path, call);
        assert.deepEqual([status, body.code, body.errors[0].path], [400, 'validation_failed', field]);
        assert.ok(!JSON.stringify(body).includes(secret));
      });
    }

    test('null clears what can be empty, and is refused for everything else', async () => {
      const ctx = await freshPlace();
      const ids = await furnish(ctx);
      const clear = { summary: null, categoryId: null, subcategoryId: null, tags: null };
      const { body } = await callAs(ctx, 'PATCH', `articles/${ids.articles}`, { body: clear });
      assert.deepEqual(
        [body.summary, body.categoryId, body.subcategoryId, body.tags],
        [null, null, null, []],
      );
      for (const field of ['title', 'slug', 'content', 'status', 'sortOrder']) {
        const answer = await callAs(ctx, 'PATCH', `articles/${ids.articles}`, { body: { [field]: null } });
        assert.deepEqual([answer.status, answer.body.errors[0].path], [400, field]);
      }
      for (const field of ['title', 'slug', 'sortOrder', 'categoryId']) {
        const answer = await callAs(ctx, 'PATCH', `subcategories/${ids.subcategories}`, {
          body: { [field]: null },
        });
        assert.deepEqual([answer.status, answer.body.errors[0].path], [400, field]);
      }
    });

    test('unknown query parameters are ignored, and the answer to an empty patch is the thing itself', async () => {
      const ctx = await freshPlace();
      const ids = await furnish(ctx);
      const list = await callAs(ctx, 'GET', 'articles', { query: { utm_source: 'x', includeArchived: '1' } });
      assert.equal(list.body.data.length, 1);
      const same = await callAs(ctx, 'PATCH', `articles/${ids.articles}`, { body: {} });
      assert.deepEqual(same.body, (await callAs(ctx, 'GET', `articles/${ids.articles}`)).body);
    });

    test('a category with articles stays and says how many, a tag goes and is unlinked', async () => {
      const ctx = await freshPlace();
      const ids = await furnish(ctx);
      await callAs(ctx, 'POST', `articles/${ids.articles}/archive`);
      for (const path of ['categories', 'subcategories'] as const) {
        const answer = await callAs(ctx, 'DELETE', `${path}/${ids[path]}`);
        assert.deepEqual([answer.status, answer.body.code], [409, 'conflict']);
        assert.match(answer.body.detail, /1 article\./);
      }
      assert.equal((await callAs(ctx, 'DELETE', `tags/${ids.tags}`)).status, 204);
      assert.deepEqual((await callAs(ctx, 'GET', `articles/${ids.articles}`)).body.tags, []);
    });

    test('publish, archive and mark-reviewed answer the article with its new ETag', async () => {
      const ctx = await freshPlace();
      const { body: made } = await callAs(ctx, 'POST', 'articles', { body: { title: 'A' } });
      assert.deepEqual([made.status, made.content, made.publishedAt], ['draft', '', null]);
      const published = await callAs(ctx, 'POST', `articles/${made.id}/publish`);
      assert.deepEqual(
        [published.status, published.body.status, published.headers.etag],
        [200, 'published', `"${made.id}.2"`],
      );
      const stale = await callAs(ctx, 'POST', `articles/${made.id}/archive`, { ifMatch: `"${made.id}.1"` });
      assert.equal(stale.status, 412);
      const archived = await callAs(ctx, 'POST', `articles/${made.id}/archive`, {
        ifMatch: `"${made.id}.2"`,
      });
      assert.deepEqual(
        [archived.body.status, archived.body.publishedAt],
        ['archived', published.body.publishedAt],
      );
      const reviewed = await callAs(ctx, 'POST', `articles/${made.id}/mark-reviewed`);
      assert.equal(Date.parse(reviewed.body.reviewedAt), t.clock.wallMs());
      assert.equal((await callAs(ctx, 'GET', 'articles')).body.data.length, 0);
    });
  });
});
