import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Article } from '../types.ts';
import { bodyOf, changesOf, differencesOf, draftOf, emptyDraft, tagsOf } from './article-draft.ts';

const article: Article = {
  id: 'art_1',
  title: 'Set up',
  slug: 'Set-Up',
  summary: null,
  content: '# Set up\r\n',
  categoryId: 'cat_1',
  subcategoryId: 'sub_1',
  tags: ['Docker-', 'install'],
  status: 'published',
  sortOrder: 3,
  source: 'handbook/docs',
  contentHash: '00',
  reviewedAt: null,
  publishedAt: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

describe('an article in a form', () => {
  test('what nobody touched is not sent', () => {
    assert.deepEqual(changesOf(draftOf(article), article), {});
  });

  test('what was changed is sent alone', () => {
    const draft = { ...draftOf(article), title: ' Setting up ', summary: ' ', tags: 'Docker-, New one,' };
    assert.deepEqual(changesOf(draft, article), { title: 'Setting up', tags: ['Docker-', 'new-one'] });
  });

  test('category and subcategory go together', () => {
    const draft = { ...draftOf(article), subcategoryId: '' };
    assert.deepEqual(changesOf(draft, article), { categoryId: 'cat_1', subcategoryId: null });
  });

  test('a new article has no slug unless one was written', () => {
    const body = bodyOf({ ...emptyDraft, title: 'A', tags: 'x, X, ,y' });
    assert.equal('slug' in body, false);
    assert.deepEqual(body.tags, ['x', 'y']);
    assert.equal(bodyOf({ ...emptyDraft, slug: ' a ' }).slug, 'a');
  });

  test('tags become slugs', () => {
    assert.deepEqual(tagsOf('Docker Compose, ünï, ---'), ['docker-compose', 'ünï']);
  });

  test('two versions differ in what people can see', () => {
    const other = { ...article, content: 'x', updatedAt: '2026-01-02T00:00:00.000Z', sortOrder: 4 };
    assert.deepEqual(differencesOf(article, other), ['order', 'text']);
  });
});
