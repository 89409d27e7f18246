import { isSlug, slugify } from '../../core/text.ts';
import { type Field, parseSource } from './front-matter.ts';
import { findTooDeep, type Markdown, readMarkdown } from './markdown.ts';
import {
  baseOf,
  folderOf,
  humanise,
  isInDrafts,
  isIndex,
  splitPrefix,
  topicsOf,
  withoutExtension,
} from './paths.ts';
import { FileError } from './problem.ts';
import { checkLength } from './read.ts';

export type Status = 'draft' | 'published' | 'archived';

/** A category or subcategory as a file names it: by a text, or by the folder it lies in. */
export type ShelfName = { readonly text: string; readonly line: number } | { readonly folder: string };

/** One file, before it is known which slugs, categories and links it will have. */
export interface Page {
  readonly file: string;
  readonly title: string;
  /** What index pages are called where their folder is a category. */
  readonly label: string | null;
  /** As the file asks for it; null where it is to be made from the path. */
  readonly slug: string | null;
  readonly summary: string | null;
  readonly category: ShelfName | null;
  readonly subcategory: ShelfName | null;
  /** Names or slugs. */
  readonly tags: readonly string[];
  readonly status: Status;
  readonly sortOrder: number;
  readonly content: string;
  readonly markdown: Markdown;
  /** Lines of the file before the content. */
  readonly linesBefore: number;
  /** `kb_links: keep` in the front matter: nothing in the content is rewritten. */
  readonly keepsLinks: boolean;
  /** `kb_source`, as `kb pull` writes it: who keeps the article, null for nobody; undefined for this folder. */
  readonly source: string | null | undefined;
  /** The line of what became the title, slug, summary, tags, status or sortOrder. */
  readonly lines: Readonly<Record<string, number>>;
}

type Fields = ReadonlyMap<string, Field>;

interface Picked {
  readonly name: string;
  readonly field: Field;
}

function pick(fields: Fields, names: readonly string[]): Picked | null {
  for (const name of names) {
    const field = fields.get(name);
    if (field !== undefined && field.value !== null) return { name, field };
  }
  return null;
}

function readWords(picked: Picked | null): string | null {
  if (picked === null) return null;
  const { name, field } = picked;
  if (field.text === null) throw new FileError(`${name} must be one text`, field.line);
  return field.text;
}

function readTitle(fields: Fields, names: readonly string[]): string | null {
  const title = readWords(pick(fields, names))?.trim();
  return title === '' ? null : (title ?? null);
}

/** A list, or texts with commas between them. */
function readList(picked: Picked | null): readonly string[] {
  if (picked === null) return [];
  const { name, field } = picked;
  const items = typeof field.value === 'object' ? field.value : field.text?.split(',');
  if (!items)
    throw new FileError(`${name} must be a list of texts, or texts with commas between them`, field.line);
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

function readFlag(picked: Picked | null): boolean | null {
  if (picked === null) return null;
  const { name, field } = picked;
  if (typeof field.value === 'boolean') return field.value;
  if (/^(true|yes|on)$/i.test(field.text ?? '')) return true;
  if (/^(false|no|off)$/i.test(field.text ?? '')) return false;
  // Some write the date of publication here.
  if (name === 'published') return null;
  throw new FileError(`${name} must be true or false`, field.line);
}

/** Words of other programs that say nothing about who may read a page. */
const otherStatuses: ReadonlySet<string> = new Set(['new', 'deprecated']);

function readStatus(fields: Fields, file: string): Status {
  const picked = pick(fields, ['status']);
  const status = readWords(picked)?.trim().toLowerCase();
  if (status === 'draft' || status === 'published' || status === 'archived') return status;
  if (status !== undefined && !otherStatuses.has(status)) {
    throw new FileError('status must be draft, published or archived', picked?.field.line);
  }
  const isDraft = readFlag(pick(fields, ['draft'])) ?? readFlag(pick(fields, ['headless']));
  const isPublished = readFlag(pick(fields, ['published']));
  return isDraft === true || isPublished === false || (isDraft === null && isInDrafts(file))
    ? 'draft'
    : 'published';
}

function readOrder(fields: Fields): number | null {
  const picked = pick(fields, ['order', 'weight', 'sidebar_position', 'nav_order']);
  if (picked === null) return null;
  const order = Math.floor(Number(picked.field.text ?? Number.NaN));
  if (picked.field.text?.trim() && order === (order | 0)) return order;
  throw new FileError(`${picked.name} must be a number of at most 2147483647`, picked.field.line);
}

/** Addresses of other programs become slugs; placeholders and other servers' addresses say nothing. */
function slugOfAddress(address: string): string | null {
  if (/^[a-z][a-z\d+.-]*:|^\/\/|:[a-z]|[{}]/i.test(address)) return null;
  return slugify(address.replace(/(?:\/?index)?\.(?:html?|mdx?)$/i, '')) || null;
}

function readSlug(fields: Fields): { slug: string | null; line: number } {
  const named = pick(fields, ['slug']);
  const slug = readWords(named)?.trim().normalize('NFC');
  if (named && slug) {
    const { line } = named.field;
    if (slug.includes('/')) return { slug: slugOfAddress(slug), line };
    if (isSlug(slug)) return { slug, line };
    const advice = slugify(slug);
    throw new FileError(
      `slug must be letters, digits and "-"${advice === '' ? '' : `; "${advice}" would be one`}`,
      line,
    );
  }
  const address = pick(fields, ['permalink', 'url']);
  const made = typeof address?.field.value === 'string' ? slugOfAddress(address.field.value) : null;
  if (address && made !== null) return { slug: made, line: address.field.line };
  const id = pick(fields, ['id']);
  return { slug: (id?.field.text && slugify(id.field.text)) || null, line: id?.field.line ?? 1 };
}

function readShelf(fields: Fields, file: string): Pick<Page, 'category' | 'subcategory'> {
  const asName = (names: readonly string[]): ShelfName | null => {
    const picked = pick(fields, names);
    const [text] = picked?.field.text != null ? [picked.field.text.trim()] : readList(picked);
    return picked && text ? { text, line: picked.field.line } : null;
  };
  const [outer, inner] = topicsOf(file).map((folder) => ({ folder }));
  const category = asName(['category', 'categories']);
  const subcategory = asName(['subcategory']);
  // An empty `category:` takes the file out of its folder's category.
  const isNamed = category !== null || fields.has('category');
  if (isNamed && category === null && subcategory !== null) {
    throw new FileError('a subcategory needs a category', fields.get('subcategory')?.line);
  }
  if (isNamed) return { category, subcategory };
  if (subcategory !== null && outer === undefined) {
    throw new FileError('a subcategory needs a category', fields.get('subcategory')?.line);
  }
  return { category: outer ?? null, subcategory: subcategory ?? inner ?? null };
}

function nameFromPath(file: string): string {
  const own = isIndex(file) ? baseOf(folderOf(file)) : withoutExtension(baseOf(file));
  return humanise(splitPrefix(own).name);
}

/** What the text of a file says. Throws a `FileError` where it cannot be an article. */
export function readPage(file: string, text: string): Page {
  const { fields, content, linesBefore } = parseSource(text);
  checkLength(content);
  const deepLine = findTooDeep(content);
  if (deepLine !== null) {
    throw new FileError('more than 100 quotes and lists stand inside one another', linesBefore + deepLine);
  }
  const label = readTitle(fields, ['sidebar_label', 'linkTitle', 'nav_title', 'title']);
  const named = readTitle(fields, ['title']) ?? label;
  const keepsLinks = pick(fields, ['kb_links'])?.field.text === 'keep';
  const source = fields.has('kb_source') ? readWords(pick(fields, ['kb_source'])) : undefined;
  const markdown = readMarkdown(content, named === null);
  const lineOf = (...names: readonly string[]) => pick(fields, names)?.field.line ?? 1;
  const headingLine = markdown.heading ? linesBefore + markdown.heading.line : 1;
  const { slug, line } = readSlug(fields);
  return {
    file,
    title: named ?? markdown.heading?.text ?? nameFromPath(file),
    label,
    slug,
    summary: readWords(pick(fields, ['summary', 'description', 'excerpt'])),
    ...readShelf(fields, file),
    tags: readList(pick(fields, ['tags', 'tag'])),
    status: readStatus(fields, file),
    sortOrder: readOrder(fields) ?? (isIndex(file) ? 0 : (splitPrefix(baseOf(file)).order ?? 0)),
    content,
    markdown,
    linesBefore,
    keepsLinks,
    source,
    lines: {
      title: named === null ? headingLine : lineOf('title', 'sidebar_label', 'linkTitle', 'nav_title'),
      slug: line,
      summary: lineOf('summary', 'description', 'excerpt'),
      tags: lineOf('tags', 'tag'),
      status: lineOf('status'),
      source: lineOf('kb_source'),
      sortOrder: lineOf('order', 'weight', 'sidebar_position', 'nav_order'),
    },
  };
}
