import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { del, get, patch, post, send } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import type {
  Article,
  Category,
  Environment,
  FoundArticle,
  ListedArticle,
  Page,
  Subcategory,
  Tag,
} from '@/types.ts';

export interface ArticleFilters {
  readonly q?: string;
  readonly status?: string;
  readonly categoryId?: string;
  readonly subcategoryId?: string;
  readonly tag?: string;
}

export function articlesQuery(environment: Environment, filters: ArticleFilters) {
  const { subcategoryId, ...asked } = filters;
  return pagesOf<ListedArticle>(['knowledge', environment, 'articles', filters], async (cursor, signal) => {
    const query = { ...asked, limit: pageSize, cursor };
    const page = await get<Page<ListedArticle>>('/kb/articles', { environment, query, signal });
    if (subcategoryId === undefined) return page;
    // The API filters by category alone.
    return { ...page, data: page.data.filter((article) => article.subcategoryId === subcategoryId) };
  });
}

/** Published articles by their text, best first. */
export function searchQuery(environment: Environment, q: string) {
  return pagesOf<FoundArticle>(['knowledge', environment, 'search', q], (cursor, signal) =>
    get<Page<FoundArticle>>('/kb/search', { environment, query: { q, limit: 20, cursor }, signal }),
  );
}

/** An article, and the tag of its version for `If-Match`. */
export interface TaggedArticle {
  readonly article: Article;
  readonly etag: string | null;
}

async function readArticle(answer: Response): Promise<TaggedArticle> {
  return { article: (await answer.json()) as Article, etag: answer.headers.get('ETag') };
}

const pathOf = (id: string) => `/kb/articles/${encodeURIComponent(id)}`;

const matching = (etag: string | null): Record<string, string> => (etag === null ? {} : { 'If-Match': etag });

export async function fetchArticle(environment: Environment, id: string, signal?: AbortSignal) {
  return readArticle(await send('GET', pathOf(id), { environment, signal }));
}

export function articleQuery(environment: Environment, id: string) {
  return queryOptions({
    queryKey: ['knowledge', environment, 'article', id],
    queryFn: ({ signal }) => fetchArticle(environment, id, signal),
  });
}

/** The id of the article that has the slug; null where none has it. Archived ones count. */
export function slugQuery(environment: Environment, slug: string) {
  return queryOptions({
    queryKey: ['knowledge', environment, 'slug', slug],
    queryFn: async ({ signal }) => {
      const query = { slug, includeArchived: true, limit: 1 };
      const { data } = await get<Page<ListedArticle>>('/kb/articles', { environment, query, signal });
      return data[0]?.id ?? null;
    },
  });
}

const shelfPages = 5;

/** Categories and tags in one piece, since they are put into an order that the API does not know; a thousand at most. */
async function readShelf<T>(path: string, environment: Environment, query: object, signal: AbortSignal) {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < shelfPages; n++) {
    const asked = { ...query, limit: 200, cursor };
    const page = await get<Page<T>>(path, { environment, query: asked, signal });
    items.push(...page.data);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  return items;
}

const inOrder = <T extends { readonly sortOrder: number; readonly title: string }>(items: T[]) =>
  items.sort((a, b) => a.sortOrder - b.sortOrder || a.title.localeCompare(b.title, 'en'));

export function categoriesQuery(environment: Environment) {
  return queryOptions({
    queryKey: ['knowledge', environment, 'categories'],
    queryFn: async ({ signal }) =>
      inOrder(await readShelf<Category>('/kb/categories', environment, {}, signal)),
  });
}

export function subcategoriesQuery(environment: Environment, categoryId: string) {
  return queryOptions({
    queryKey: ['knowledge', environment, 'subcategories', categoryId],
    queryFn: async ({ signal }) =>
      inOrder(await readShelf<Subcategory>('/kb/subcategories', environment, { categoryId }, signal)),
  });
}

export function tagsQuery(environment: Environment) {
  return queryOptions({
    queryKey: ['knowledge', environment, 'tags'],
    queryFn: async ({ signal }) => {
      const tags = await readShelf<Tag>('/kb/tags', environment, {}, signal);
      return tags.sort((a, b) => a.name.localeCompare(b.name, 'en'));
    },
  });
}

/** After any change: counts and lists are asked for again. */
export function refreshKnowledge(client: QueryClient): Promise<unknown> {
  return client.invalidateQueries({ queryKey: ['knowledge'] });
}

export async function createArticle(environment: Environment, body: object, idempotencyKey: string) {
  const headers = { 'Idempotency-Key': idempotencyKey };
  return post<Article>('/kb/articles', { environment, body, headers });
}

/** 412 where the article is no longer what `etag` says. */
export async function changeArticle(environment: Environment, id: string, body: object, etag: string | null) {
  return readArticle(await send('PATCH', pathOf(id), { environment, body, headers: matching(etag) }));
}

export type ArticleAction = 'publish' | 'archive' | 'mark-reviewed';

export async function actOnArticle(
  environment: Environment,
  id: string,
  action: ArticleAction,
  etag: string | null = null,
) {
  const headers = matching(etag);
  return readArticle(await send('POST', `${pathOf(id)}/${action}`, { environment, headers }));
}

export function deleteArticle(environment: Environment, id: string) {
  return del<void>(pathOf(id), { environment });
}

export type ShelfKind = 'categories' | 'subcategories' | 'tags';

export interface MadeShelf<T> {
  readonly item: T;
  /** false: one with its slug was there already, and is as it was. */
  readonly isNew: boolean;
}

export async function createShelf<T>(
  environment: Environment,
  kind: ShelfKind,
  body: object,
  idempotencyKey: string,
): Promise<MadeShelf<T>> {
  const headers = { 'Idempotency-Key': idempotencyKey };
  const answer = await send('POST', `/kb/${kind}`, { environment, body, headers });
  return { item: (await answer.json()) as T, isNew: answer.status === 201 };
}

export function changeShelf<T>(environment: Environment, kind: ShelfKind, id: string, body: object) {
  return patch<T>(`/kb/${kind}/${encodeURIComponent(id)}`, { environment, body });
}

export function deleteShelf(environment: Environment, kind: ShelfKind, id: string) {
  return del<void>(`/kb/${kind}/${encodeURIComponent(id)}`, { environment });
}
