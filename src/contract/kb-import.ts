import { text } from './common.ts';
import { createArticleBody, patchArticleBody } from './kb.ts';

const shelfName = text(1, 400).nullable().optional();

/** One article of an import. */
export const importedArticle = patchArticleBody
  .extend({
    title: createArticleBody.shape.title,
    category: shelfName.meta({ description: 'Slug or id of the category, instead of `categoryId`.' }),
    subcategory: shelfName.meta({
      description:
        'Id of the subcategory, or its slug where the category is named too, instead of `subcategoryId`.',
    }),
  })
  .refine(({ category, categoryId }) => category === undefined || categoryId === undefined, {
    path: ['category'],
    message: 'and categoryId mean the same: send one of them',
  })
  .refine(({ subcategory, subcategoryId }) => subcategory === undefined || subcategoryId === undefined, {
    path: ['subcategory'],
    message: 'and subcategoryId mean the same: send one of them',
  })
  .meta({
    id: 'ImportedArticle',
    description: 'What is left out stays as it is in an article that exists; null clears.',
  });
