import type { Place } from '../../core/policy.ts';
import type { Db } from '../database.ts';
import { atPlace } from './items.ts';

export interface ArticleVersion {
  readonly id: string;
  readonly version: number;
}

/** Which article has a slug, and how often it was changed. */
export function findArticleVersion(db: Db, place: Place, slug: string): Promise<ArticleVersion | undefined> {
  return db
    .selectFrom('kb_articles')
    .select(['id', 'version'])
    .where((e) => e.and({ ...atPlace(place), slug }))
    .executeTakeFirst();
}
