import { slugify } from '../../src/core/text.ts';
import type { Article } from '../types.ts';

/** An article in a form: every value is what its control holds. */
export interface ArticleDraft {
  readonly title: string;
  readonly slug: string;
  readonly summary: string;
  readonly categoryId: string;
  readonly subcategoryId: string;
  /** Names or slugs, with commas between them. */
  readonly tags: string;
  readonly status: Article['status'];
  readonly sortOrder: string;
  readonly content: string;
}

export const emptyDraft: ArticleDraft = {
  title: '',
  slug: '',
  summary: '',
  categoryId: '',
  subcategoryId: '',
  tags: '',
  status: 'draft',
  sortOrder: '0',
  content: '',
};

export function draftOf(article: Article): ArticleDraft {
  const { title, slug, summary, categoryId, subcategoryId, tags, status, sortOrder, content } = article;
  return {
    title,
    slug,
    summary: summary ?? '',
    categoryId: categoryId ?? '',
    subcategoryId: subcategoryId ?? '',
    tags: tags.join(', '),
    status,
    sortOrder: String(sortOrder),
    content,
  };
}

/** `Docker, Set up` is `docker` and `set-up`; a slug that an article has already stays as it is. */
export function tagsOf(text: string, known: readonly string[] = []): string[] {
  const slugs = text.split(',').map((part) => {
    const name = part.trim();
    return known.includes(name) ? name : slugify(name);
  });
  return [...new Set(slugs.filter(Boolean))];
}

const sortOrderOf = (text: string) => Number(text.trim() || 0);

const orNull = (text: string) => (text.trim() === '' ? null : text.trim());

/** The body of a creation. */
export function bodyOf(draft: ArticleDraft) {
  const { slug, title, status, content } = draft;
  return {
    title: title.trim(),
    ...(slug.trim() !== '' && { slug: slug.trim() }),
    summary: orNull(draft.summary),
    content,
    categoryId: orNull(draft.categoryId),
    subcategoryId: orNull(draft.subcategoryId),
    tags: tagsOf(draft.tags),
    status,
    sortOrder: sortOrderOf(draft.sortOrder),
  };
}

/** A merge patch with what is different, so that what somebody else changed meanwhile can stay. */
export function changesOf(draft: ArticleDraft, article: Article): Partial<Article> {
  const after = { ...bodyOf(draft), slug: draft.slug.trim(), tags: tagsOf(draft.tags, article.tags) };
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(article[name as keyof Article]),
  );
  const changes = Object.fromEntries(changed) as Partial<Article>;
  // Another category alone would take the article out of its subcategory, and a subcategory alone would move it.
  if ('categoryId' in changes || 'subcategoryId' in changes)
    return { ...changes, categoryId: after.categoryId, subcategoryId: after.subcategoryId };
  return changes;
}

const words: Readonly<Record<keyof ArticleDraft, string>> = {
  title: 'title',
  slug: 'slug',
  summary: 'summary',
  categoryId: 'category',
  subcategoryId: 'subcategory',
  tags: 'tags',
  status: 'status',
  sortOrder: 'order',
  content: 'text',
};

/** What is different between two versions, in words. */
export function differencesOf(before: Article, after: Article): string[] {
  const names = Object.keys(words) as (keyof ArticleDraft)[];
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => words[name]);
}

export function namesOf(changes: Partial<Article>): string[] {
  return Object.keys(changes).map((name) => words[name as keyof ArticleDraft] ?? name);
}
