import { touchArticles } from '../../store/kb/articles.ts';
import { countByTag, findTagIds, insertTags, type TagRow } from '../../store/kb/tags.ts';
import type { App, Context, Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import {
  createItem,
  getItem,
  type Item,
  type ItemKind,
  type ItemQuery,
  listItems,
  newRow,
  type Precondition,
  patchItem,
  removeItem,
  slugFor,
} from './items.ts';

export type Tag = Item<'kb_tags'>;

export interface TagInput {
  readonly name: string;
  /** Made from the name where it is missing. */
  readonly slug?: string;
}

const kind: ItemKind<'kb_tags'> = { table: 'kb_tags', prefix: 'tag', noun: 'tag', countArticles: countByTag };

export function listTags(app: App, ctx: Context, query: ItemQuery) {
  return listItems(app, ctx, kind, query);
}

export function getTag(app: App, ctx: Context, id: string) {
  return getItem(app, ctx, kind, id);
}

export async function createTag(app: App, ctx: Context, input: TagInput) {
  return createItem(app, ctx, kind, { ...input, slug: slugFor(input.slug, input.name) });
}

export function patchTag(
  app: App,
  ctx: Context,
  id: string,
  patch: Partial<TagInput>,
  precondition?: Precondition,
) {
  return patchItem(app, ctx, kind, id, patch, {
    precondition,
    alongside: async (unit, row) => {
      // Articles show the slugs of their tags, not the names.
      if (patch.slug === undefined || patch.slug === row.slug) return;
      await touchArticles(unit.tx, { tagId: id }, app.clock.wallMs());
    },
  });
}

/** Articles lose the tag. */
export function deleteTag(app: App, ctx: Context, id: string, precondition?: Precondition) {
  const alongside = (unit: Unit) => touchArticles(unit.tx, { tagId: id }, app.clock.wallMs());
  return removeItem(app, ctx, kind, id, { precondition, alongside });
}

/** The ids of the tags with these slugs; those that do not exist are made, their slug is then the name too. */
export async function obtainTags(
  app: App,
  ctx: Context,
  unit: Unit,
  slugs: readonly string[],
): Promise<string[]> {
  const ids = await findTagIds(unit.tx, ctx, slugs);
  const missing = slugs.filter((slug) => !ids.has(slug)).map((slug) => ({ slug, name: slug }));
  const rows = missing.map((fields) => newRow(app, ctx, 'tag', fields) as unknown as TagRow);
  await insertTags(unit.tx, rows);
  for (const { id, slug, name } of rows) {
    ids.set(slug, id);
    await recordChange(app, ctx, unit, { action: 'tag.created', targetId: id, after: { slug, name } });
  }
  return slugs.map((slug) => ids.get(slug)!);
}
