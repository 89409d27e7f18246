import { toTimestamp } from '../../contract/common.ts';
import type { Article, ListedArticle } from '../../services/kb/articles.ts';
import type { FoundArticle } from '../../services/kb/search.ts';

interface Versioned {
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** As the contract shows it: times as text; the version is in the ETag. */
export function presentItem<T extends Versioned>({ version: _version, createdAt, updatedAt, ...item }: T) {
  return { ...item, createdAt: toTimestamp(createdAt), updatedAt: toTimestamp(updatedAt) };
}

/** The same of an item of a list, whose fields are in their order already. */
export function presentListed<T extends { readonly createdAt: number; readonly updatedAt: number }>(item: T) {
  return { ...item, createdAt: toTimestamp(item.createdAt), updatedAt: toTimestamp(item.updatedAt) };
}

export function presentArticle<T extends Article | ListedArticle | FoundArticle>(article: T) {
  const { reviewedAt, publishedAt, ...item } = article;
  return { ...presentItem(item), reviewedAt: toTimestamp(reviewedAt), publishedAt: toTimestamp(publishedAt) };
}
