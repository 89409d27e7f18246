import type {
  ArticleView as Article,
  CategoryView,
  ListedArticleView as ListedArticle,
  SubcategoryView,
  TagView,
} from '../../contract/kb.ts';
import type { ApiClient } from '../client.ts';

export type { Article, ListedArticle };

interface Listed<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** Every item of a list, in as few calls as the server allows. */
export async function listAll<T>(client: ApiClient, path: string, limit = 200): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const query = `${path.includes('?') ? '&' : '?'}limit=${limit}${next}`;
    const page: Listed<T> = await client.call({ method: 'GET', path: path + query });
    items.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

export interface Shelves {
  readonly categories: readonly CategoryView[];
  readonly subcategories: readonly SubcategoryView[];
}

export interface ServerState extends Shelves {
  readonly tags: readonly TagView[];
  /** By slug, archived ones included, without content. */
  readonly articles: ReadonlyMap<string, ListedArticle>;
}

export async function listShelves(client: ApiClient): Promise<Shelves> {
  const categories = await listAll<CategoryView>(client, '/kb/categories');
  const subcategories =
    categories.length === 0 ? [] : await listAll<SubcategoryView>(client, '/kb/subcategories');
  return { categories, subcategories };
}

export async function readServer(client: ApiClient): Promise<ServerState> {
  const articles = await listAll<ListedArticle>(client, '/kb/articles?includeArchived=true');
  const tags = await listAll<TagView>(client, '/kb/tags');
  return {
    ...(await listShelves(client)),
    tags,
    articles: new Map(articles.map((article) => [article.slug, article])),
  };
}
