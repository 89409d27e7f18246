import * as contract from '../../contract/kb.ts';
import * as categories from '../../services/kb/categories.ts';
import * as subcategories from '../../services/kb/subcategories.ts';
import * as tags from '../../services/kb/tags.ts';
import type { Route } from '../route.ts';
import { articleRoutes, searchRoute } from './kb/articles.ts';
import { itemRoutes } from './kb/items.ts';

const categoryRoutes = itemRoutes({
  path: 'categories',
  names: ['Category', 'Categories'],
  noun: 'category',
  notes: {
    create: 'Where the slug exists, that category is answered unchanged, with 200.',
    delete: '409 while it has subcategories or articles, archived ones included.',
  },
  deleteRefusals: ['conflict'],
  query: contract.listItemsQuery,
  createBody: contract.createCategoryBody,
  patchBody: contract.patchCategoryBody,
  view: contract.categoryView,
  page: contract.categoryPage,
  list: categories.listCategories,
  get: categories.getCategory,
  create: categories.createCategory,
  patch: categories.patchCategory,
  remove: categories.deleteCategory,
});

const subcategoryRoutes = itemRoutes({
  path: 'subcategories',
  names: ['Subcategory', 'Subcategories'],
  noun: 'subcategory',
  notes: {
    create: 'Where the slug exists in the same category, that subcategory is answered unchanged, with 200.',
    update: 'A merge patch; null clears. With another `categoryId` its articles move along.',
    delete: '409 while it has articles, archived ones included.',
  },
  deleteRefusals: ['conflict'],
  query: contract.listSubcategoriesQuery,
  createBody: contract.createSubcategoryBody,
  patchBody: contract.patchSubcategoryBody,
  view: contract.subcategoryView,
  page: contract.subcategoryPage,
  list: subcategories.listSubcategories,
  get: subcategories.getSubcategory,
  create: subcategories.createSubcategory,
  patch: subcategories.patchSubcategory,
  remove: subcategories.deleteSubcategory,
});

const tagRoutes = itemRoutes({
  path: 'tags',
  names: ['Tag', 'Tags'],
  noun: 'tag',
  notes: {
    create: 'Where the slug exists, that tag is answered unchanged, with 200.',
    delete: 'Articles lose the tag.',
  },
  deleteRefusals: [],
  query: contract.listItemsQuery,
  createBody: contract.createTagBody,
  patchBody: contract.patchTagBody,
  view: contract.tagView,
  page: contract.tagPage,
  list: tags.listTags,
  get: tags.getTag,
  create: tags.createTag,
  patch: tags.patchTag,
  remove: tags.deleteTag,
});

/** The tenant API that keys guard. */
export const kbRoutes: Route[] = [
  ...categoryRoutes,
  ...subcategoryRoutes,
  ...tagRoutes,
  ...articleRoutes,
  searchRoute,
];
