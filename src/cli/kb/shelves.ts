import { slugify } from '../../core/text.ts';
import type { ApiClient } from '../client.ts';
import type { Page, ShelfName } from './page.ts';
import { baseOf, humanise, isIndex, splitPrefix } from './paths.ts';
import { FileError } from './problem.ts';
import type { ServerState, Shelves } from './server.ts';

interface Labelled {
  readonly slug: string;
  readonly title: string;
}

/** What a text means among things that exist: a slug, else a title that only one has, else the slug it would make. */
export function findByName<T extends Labelled>(items: readonly T[], text: string): T | undefined {
  const titled = items.filter((item) => item.title === text);
  return (
    items.find((item) => item.slug === text) ??
    (titled.length === 1 ? titled[0] : items.find((item) => item.slug === slugify(text)))
  );
}

/** A category or subcategory that is still to be made. */
interface Missing extends Labelled {
  readonly key: string;
  readonly categoryKey: string | null;
  readonly sortOrder: number;
}

export interface Shelf {
  /** Ids, or keys of what is still to be made. */
  readonly categoryId: string | null;
  readonly subcategoryId: string | null;
}

/** Finds out where files belong, makes what is missing once, and knows the ids then. */
export class Shelving {
  readonly #state: ServerState;
  /** Folder → title, from `_category_.json` or the page of the folder. */
  readonly #labels: ReadonlyMap<string, string>;
  readonly #missing = new Map<string, Missing>();
  readonly #missingTags = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  constructor(state: ServerState, labels: ReadonlyMap<string, string>) {
    this.#state = state;
    this.#labels = labels;
  }

  place(page: Page): Shelf {
    if (page.category === null) return { categoryId: null, subcategoryId: null };
    const order = isIndex(page.file) && page.sortOrder === 0 ? null : page.sortOrder;
    const categoryId = this.#keyOf(this.#state.categories, page.category, null, order);
    if (page.subcategory === null) return { categoryId, subcategoryId: null };
    const siblings = this.#state.subcategories.filter((item) => item.categoryId === categoryId);
    return { categoryId, subcategoryId: this.#keyOf(siblings, page.subcategory, categoryId, order) };
  }

  #nameOf(name: ShelfName): { text: string; title: string; line: number; order: number | null } {
    if ('text' in name) return { text: name.text, title: name.text, line: name.line, order: null };
    const { name: own, order } = splitPrefix(baseOf(name.folder));
    return { text: slugify(own), title: this.#labels.get(name.folder) ?? humanise(own), line: 1, order };
  }

  #keyOf(
    items: Shelves['categories'],
    name: ShelfName,
    categoryKey: string | null,
    ofPage: number | null,
  ): string {
    const { text, title, line, order } = this.#nameOf(name);
    const found = findByName(items, text);
    if (found) return found.id;
    const slug = slugify(text);
    if (slug === '') throw new FileError(`the category "${title}" has no letters or digits`, line);
    if (title.length > 200)
      throw new FileError('the name of the category has more than 200 characters', line);
    const key = `new ${categoryKey ?? ''}/${slug}`;
    const known = this.#missing.get(key);
    // Shelves follow one another as their folders are numbered, else as their first pages do.
    const lowest = Math.min(ofPage ?? Number.POSITIVE_INFINITY, known?.sortOrder ?? Number.POSITIVE_INFINITY);
    this.#missing.set(key, { key, slug, title, categoryKey, ...known, sortOrder: order ?? lowest });
    return key;
  }

  /** Slugs of a page's tags, each once. */
  tagsOf(page: Page): string[] {
    const known = this.#state.tags.map(({ slug, name }) => ({ slug, title: name }));
    const slugs = page.tags.map((text) => {
      const slug = findByName(known, text)?.slug ?? slugify(text);
      if (slug === '') throw new FileError(`the tag "${text}" has no letters or digits`, page.lines.tags);
      if (text.length > 100) throw new FileError('a tag has more than 100 characters', page.lines.tags);
      const isKnown = known.some((tag) => tag.slug === slug);
      if (!isKnown && !this.#missingTags.has(slug)) this.#missingTags.set(slug, text);
      return slug;
    });
    return [...new Set(slugs)];
  }

  /** Makes what these places and tags need and nobody has; articles make tags themselves where the name is the slug. */
  async make(client: ApiClient, places: readonly Shelf[], tags: ReadonlySet<string>): Promise<void> {
    const needed = new Set(places.flatMap((place) => [place.categoryId, place.subcategoryId]));
    for (const { key, slug, title, categoryKey, sortOrder } of this.#missing.values()) {
      if (!needed.has(key)) continue;
      const isInner = categoryKey !== null;
      const made = await client.call<{ id: string }>({
        method: 'POST',
        path: isInner ? '/kb/subcategories' : '/kb/categories',
        body: {
          slug,
          title,
          sortOrder: Number.isFinite(sortOrder) ? sortOrder : 0,
          ...(isInner ? { categoryId: this.idOf(categoryKey) } : {}),
        },
        isRepeatable: true,
      });
      this.#ids.set(key, made.id);
    }
    for (const [slug, name] of this.#missingTags) {
      if (name === slug || !tags.has(slug)) continue;
      await client.call({ method: 'POST', path: '/kb/tags', body: { slug, name }, isRepeatable: true });
    }
  }

  idOf(key: string | null): string | null {
    return key === null ? null : (this.#ids.get(key) ?? key);
  }

  /** For people: what a shelf is called. */
  titleOf(key: string): string {
    const all: readonly (Labelled & { id: string })[] = [
      ...this.#state.categories,
      ...this.#state.subcategories,
    ];
    return this.#missing.get(key)?.title ?? all.find((item) => item.id === key)?.title ?? key;
  }
}
