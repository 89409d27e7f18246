import { sql } from 'kysely';
import type { Place } from '../core/policy.ts';
import type { Db } from './database.ts';
import type { Dialect } from './dialect.ts';
import { applyFilters, hasMark, hasText, inPlace, type KeyFilters } from './key-filters.ts';
import type { KeyRow } from './keys.ts';
import { prepared } from './prepared.ts';

/** What flags are judged by. */
export interface KeyFactsRow
  extends Pick<
    KeyRow,
    'id' | 'scopes' | 'is_active' | 'ends_at' | 'expires_at' | 'created_at' | 'last_used_at'
  > {
  /** null: it has no secret that goes on. */
  readonly secret_created_at: number | null;
}

const factsPage = prepared(
  (db, args: { tenantId: string; environment: string; before?: string; limit: number }) => {
    const page = db
      .selectFrom('keys')
      .select(['id', 'scopes', 'is_active', 'ends_at', 'expires_at', 'created_at', 'last_used_at'])
      .select((eb) =>
        eb
          .selectFrom('secrets')
          .select((e) => e.fn.max('secrets.created_at').as('at'))
          .whereRef('secrets.key_id', '=', 'keys.id')
          .where('secrets.ends_at', 'is', null)
          .as('secret_created_at'),
      )
      .where('tenant_id', '=', args.tenantId)
      .where('environment', '=', args.environment)
      .orderBy('id', 'desc')
      .limit(args.limit);
    return args.before === undefined ? page : page.where('id', '<', args.before);
  },
);

/** Newest first, at most `limit`, older than the key `before`. */
export function keyFacts(
  db: Db,
  { tenantId, environment }: Place,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<KeyFactsRow[]> {
  return factsPage(db, { tenantId, environment, ...page } as Parameters<typeof factsPage>[1]);
}

/** Those of the keys that are still there and pass the filters, in no order. */
export function keysAmong(
  db: Db,
  dialect: Dialect,
  place: Place,
  filters: KeyFilters,
  ids: readonly string[],
  now: number,
): Promise<KeyRow[]> {
  const { q } = filters;
  const query = applyFilters(inPlace(db, place), filters, now).where(
    sql<boolean>`keys.id in ${dialect.listOf(ids)}`,
  );
  return (q === undefined ? query : query.where((e) => e.or([hasText(q), hasMark(q)]))).execute();
}
