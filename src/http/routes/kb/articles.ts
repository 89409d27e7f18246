import * as contract from '../../../contract/kb.ts';
import type { App, Context } from '../../../services/app.ts';
import {
  type Article,
  archiveArticle,
  createArticle,
  getArticle,
  listArticles,
  markReviewed,
  patchArticle,
  publishArticle,
  removeArticle,
} from '../../../services/kb/articles.ts';
import type { Precondition } from '../../../services/kb/items.ts';
import { searchKnowledgeBase } from '../../../services/kb/search.ts';
import { created, noContent, ok, type Route, route, tagOf } from '../../route.ts';
import { presentArticle } from '../../views/kb.ts';
import { read, tag, write } from './items.ts';

const path = '/api/v1/kb/articles';

type Act = (app: App, ctx: Context, id: string, precondition: Precondition) => Promise<Article>;

function action(verb: string, operationId: string, summary: string, description: string, act: Act): Route {
  return route({
    method: 'POST',
    path: `${path}/{id}/${verb}`,
    operationId,
    tag,
    summary,
    description,
    access: write,
    params: contract.kbParams,
    answers: { 200: contract.articleView },
    refusals: ['not_found', 'precondition_failed'],
    handler: async (app, ctx, { params, ifMatch }) => {
      const article = await act(app, ctx, params.id, { ifMatch, tagOf });
      return ok(presentArticle(article), { etag: tagOf(article) });
    },
  });
}

export const articleRoutes: Route[] = [
  route({
    method: 'GET',
    path,
    operationId: 'listArticles',
    tag,
    summary: 'List articles',
    description: 'Newest first, without their content and without archived ones unless asked for.',
    access: read,
    query: contract.listArticlesQuery,
    answers: { 200: contract.articlePage },
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listArticles(app, ctx, query);
      return ok({ data: items.map(presentArticle), nextCursor });
    },
  }),
  route({
    method: 'POST',
    path,
    operationId: 'createArticle',
    tag,
    summary: 'Create an article',
    description:
      'A slug that exists is 409 `slug_taken` with `existingId`. With a subcategory alone, the category is that of the subcategory. Tags that do not exist are created.',
    access: write,
    body: contract.createArticleBody,
    answers: { 201: contract.articleView },
    refusals: ['slug_taken'],
    isIdempotent: true,
    handler: async (app, ctx, { body }) => {
      const article = await createArticle(app, ctx, body);
      return created(presentArticle(article), { etag: tagOf(article), location: `${path}/${article.id}` });
    },
  }),
  route({
    method: 'GET',
    path: `${path}/{id}`,
    operationId: 'getArticle',
    tag,
    summary: 'Get an article with its content',
    access: read,
    params: contract.kbParams,
    answers: { 200: contract.articleView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => {
      const article = await getArticle(app, ctx, params.id);
      return ok(presentArticle(article), { etag: tagOf(article) });
    },
  }),
  route({
    method: 'PATCH',
    path: `${path}/{id}`,
    operationId: 'updateArticle',
    tag,
    summary: 'Change an article',
    description:
      'A merge patch; null clears. Naming another category alone takes the article out of its subcategory; naming a subcategory alone moves it to that category.',
    access: write,
    params: contract.kbParams,
    body: contract.patchArticleBody,
    answers: { 200: contract.articleView },
    refusals: ['not_found', 'slug_taken', 'precondition_failed'],
    handler: async (app, ctx, { params, body, ifMatch }) => {
      const article = await patchArticle(app, ctx, params.id, body, { ifMatch, tagOf });
      return ok(presentArticle(article), { etag: tagOf(article) });
    },
  }),
  route({
    method: 'DELETE',
    path: `${path}/{id}`,
    operationId: 'deleteArticle',
    tag,
    summary: 'Delete an article for ever',
    access: write,
    params: contract.kbParams,
    answers: { 204: null },
    refusals: ['not_found', 'precondition_failed'],
    handler: async (app, ctx, { params, ifMatch }) => {
      await removeArticle(app, ctx, params.id, { ifMatch, tagOf });
      return noContent;
    },
  }),
  action(
    'publish',
    'publishArticle',
    'Publish an article',
    '`publishedAt` is the first time and stays. Publishing a published article changes nothing.',
    publishArticle,
  ),
  action(
    'archive',
    'archiveArticle',
    'Archive an article',
    'It leaves search and lists, and can be published again. Archiving an archived article changes nothing.',
    archiveArticle,
  ),
  action(
    'mark-reviewed',
    'markArticleReviewed',
    'Mark an article as reviewed',
    'Sets `reviewedAt` to now.',
    markReviewed,
  ),
];

export const searchRoute: Route = route({
  method: 'GET',
  path: '/api/v1/kb/search',
  operationId: 'searchArticles',
  tag,
  summary: 'Search published articles',
  description:
    'Articles that have every word of `q`, without regard to case and accents; title before summary before content.',
  access: read,
  query: contract.searchQuery,
  answers: { 200: contract.foundArticlePage },
  handler: async (app, ctx, { query }) => {
    const { items, nextCursor } = await searchKnowledgeBase(app, ctx, query);
    return ok({ data: items.map(presentArticle), nextCursor });
  },
});
