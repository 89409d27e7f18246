import { z } from 'zod';
import { containsSecret } from '../core/secret.ts';
import { isSlug } from '../core/text.ts';
import { label, page, pageQuery, text, timestamp } from './common.ts';

const noSecret = [
  (value: string) => !containsSecret(value),
  'contains the text of a key. Treat that key as leaked and rotate it',
] as const;

const title = label(200).refine(...noSecret);
const tagName = label(100).refine(...noSecret);
const description = text(0, 2_000).refine(...noSecret);
const content = text(0, 1_000_000);
const sortOrder = z.int32();
const status = z.enum(['draft', 'published', 'archived']);
const reference = text(1, 100);
const slug = text(1, 400)
  .refine(isSlug, 'must be 1–200 letters, digits and "-" (Unicode, in its NFC form)')
  .meta({ examples: ['getting-started'] });
const source = text(1, 200)
  .refine(...noSecret)
  .meta({
    description: 'Who keeps the article, such as the folder that `keyward kb push` pushed it from.',
    examples: ['handbook/docs/guides'],
  });
const tags = z
  .array(slug)
  .max(100, 'must have at most 100 tags')
  .nullable()
  .transform((slugs) => [...new Set(slugs)])
  .meta({ description: 'Slugs of tags, in this order; a tag that does not exist yet is created.' });

const includeContent = z
  .enum(['content'])
  .optional()
  .meta({ description: '`content` adds the Markdown, which lists leave out.' });

const titledInput = { title, slug: slug.optional(), description: description.nullable().default(null) };
const titledPatch = {
  title: title.optional(),
  slug: slug.optional(),
  description: description.nullable().optional(),
  sortOrder: sortOrder.optional(),
};

export const createCategoryBody = z.strictObject({ ...titledInput, sortOrder: sortOrder.default(0) });
export const patchCategoryBody = z.strictObject(titledPatch);

export const createSubcategoryBody = createCategoryBody.extend({ categoryId: reference });
export const patchSubcategoryBody = z.strictObject({ ...titledPatch, categoryId: reference.optional() });

export const createTagBody = z.strictObject({ name: tagName, slug: slug.optional() });
export const patchTagBody = z.strictObject({ name: tagName.optional(), slug: slug.optional() });

const articleFields = {
  summary: description.nullable(),
  categoryId: reference.nullable(),
  subcategoryId: reference.nullable(),
};

export const createArticleBody = z.strictObject({
  title,
  slug: slug.optional(),
  summary: articleFields.summary.default(null),
  content: content.default(''),
  categoryId: articleFields.categoryId.optional(),
  subcategoryId: articleFields.subcategoryId.optional(),
  tags: tags.default([]),
  status: status.default('draft'),
  sortOrder: sortOrder.default(0),
  source: source.nullable().default(null),
});

export const patchArticleBody = z.strictObject({
  title: title.optional(),
  slug: slug.optional(),
  summary: articleFields.summary.optional(),
  content: content.optional(),
  categoryId: articleFields.categoryId.optional(),
  subcategoryId: articleFields.subcategoryId.optional(),
  tags: tags.optional(),
  status: status.optional(),
  sortOrder: sortOrder.optional(),
  source: source.nullable().optional(),
});

export const listItemsQuery = z.object({ ...pageQuery, slug: text(1, 400).optional() });
export const listSubcategoriesQuery = listItemsQuery.extend({ categoryId: reference.optional() });

export const listArticlesQuery = z.object({
  ...pageQuery,
  slug: text(1, 400).optional(),
  status: status.optional().meta({ description: '`archived` implies `includeArchived`.' }),
  categoryId: reference.optional(),
  tag: text(1, 400).optional().meta({ description: "A tag's slug." }),
  source: text(1, 200).optional(),
  q: text(1, 200).optional().meta({
    description: 'Words of the article, the last perhaps unfinished, or a part of its title or slug.',
  }),
  includeArchived: z
    .stringbool({ truthy: ['true', '1'], falsy: ['false', '0'], error: 'must be true or false' })
    .default(false),
  include: includeContent,
});

export const searchQuery = z.object({
  ...pageQuery,
  q: text(1, 500).meta({
    description: 'Articles that have all of these words; the last one may be unfinished.',
  }),
  include: includeContent,
});

export const kbParams = z.object({ id: text(1, 100) });

const times = { createdAt: timestamp, updatedAt: timestamp };
const articleCount = z.int().meta({ description: 'All but archived articles.' });

const titledFields = {
  title: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  sortOrder: z.int(),
  articleCount,
  ...times,
};

export const categoryView = z.object({ id: z.string(), ...titledFields }).meta({ id: 'Category' });
export const subcategoryView = z
  .object({ id: z.string(), categoryId: z.string(), ...titledFields })
  .meta({ id: 'Subcategory' });
export const tagView = z
  .object({ id: z.string(), name: z.string(), slug: z.string(), articleCount, ...times })
  .meta({ id: 'Tag' });

const articleHead = {
  id: z.string(),
  title: z.string(),
  slug: z.string(),
  summary: z.string().nullable(),
  categoryId: z.string().nullable(),
  subcategoryId: z.string().nullable(),
  tags: z.array(z.string()).meta({ description: 'Slugs.' }),
  status,
  sortOrder: z.int(),
  source: z.string().nullable(),
  contentHash: z
    .string()
    .meta({ description: 'SHA-256 of the content (UTF-8) in lower-case hexadecimal digits.' }),
  reviewedAt: timestamp.nullable(),
  publishedAt: timestamp.nullable().meta({ description: 'When it was published first.' }),
  ...times,
};

const markdown = z.string().meta({ description: 'Markdown, byte for byte as it was sent.' });

export const articleView = z.object({ ...articleHead, content: markdown }).meta({ id: 'Article' });
export const listedArticleView = z
  .object({ ...articleHead, content: markdown.optional() })
  .meta({ id: 'ListedArticle', description: 'An article; `content` only with `?include=content`.' });
export const foundArticleView = z
  .object({
    ...articleHead,
    content: markdown.optional(),
    snippet: z.string().meta({ description: 'HTML: escaped text, with the words found in `<mark>`.' }),
  })
  .meta({ id: 'FoundArticle' });

export const categoryPage = page(categoryView);
export const subcategoryPage = page(subcategoryView);
export const tagPage = page(tagView);
export const articlePage = page(listedArticleView);
export const foundArticlePage = page(foundArticleView);

export type CategoryView = z.output<typeof categoryView>;
export type SubcategoryView = z.output<typeof subcategoryView>;
export type TagView = z.output<typeof tagView>;
export type ArticleView = z.output<typeof articleView>;
export type ListedArticleView = z.output<typeof listedArticleView>;
export type FoundArticleView = z.output<typeof foundArticleView>;
