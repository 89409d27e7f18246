/** What a link to another page of the folder becomes. */
export const defaultLinkTemplate = '/kb/articles/{slug}';

const markdownExtension = /\.(?:md|mdx|markdown)$/i;
const indexNames: ReadonlySet<string> = new Set(['_index', 'index', 'readme']);

export function isMarkdown(name: string): boolean {
  return markdownExtension.test(name);
}

export function withoutExtension(path: string): string {
  return path.replace(markdownExtension, '');
}

/** `01-`, `1. `, `2024-01-31-`: how Docusaurus, MkDocs and Jekyll put an order or a date in front of a name. */
const numericPrefix = /^(?:\d{4}-\d{2}-\d{2}|(?<order>\d{1,6}))(?:[-_.]+\s*|\s+-?\s*)(?=[^\s])/;

export interface Name {
  readonly name: string;
  /** The number in front of it; null for none, and for a date. */
  readonly order: number | null;
}

/** The name without the number or date before it. `3.5-release` keeps both: that is a version. */
export function splitPrefix(name: string): Name {
  const match = numericPrefix.exec(name);
  if (match === null || /^\d+[._-]\d/.test(name.replace(/^\d{4}-\d{2}-\d{2}[-_.]+/, ''))) {
    return { name, order: null };
  }
  const order = match.groups?.order;
  return { name: name.slice(match[0].length), order: order === undefined ? null : Number(order) };
}

/** Whether the file is the page of its folder: `_index.md`, `index.md`, `README.md`. */
export function isIndex(path: string): boolean {
  return indexNames.has(withoutExtension(baseOf(path)).toLowerCase());
}

export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Folders that sort files without being a topic: those of Jekyll. */
const transparentFolders: ReadonlySet<string> = new Set(['_posts', '_drafts']);

/** The folders above a file that are topics, outermost first, as paths. */
export function topicsOf(path: string): string[] {
  const parts = folderOf(path).split('/');
  return parts
    .map((_, i) => parts.slice(0, i + 1).join('/'))
    .filter((folder) => folder !== '' && !transparentFolders.has(baseOf(folder)));
}

export function isInDrafts(path: string): boolean {
  return folderOf(path).split('/').includes('_drafts');
}

/** Whether a folder is walked into, and a file looked at. */
export function isHidden(name: string, isFolder: boolean): boolean {
  if (name.startsWith('.')) return true;
  if (isFolder) return name === 'node_modules' || (name.startsWith('_') && !transparentFolders.has(name));
  return name.startsWith('_') && !indexNames.has(withoutExtension(name).toLowerCase());
}

/** A title from a name: `getting-started` → "Getting started". */
export function humanise(name: string): string {
  const words = name
    .normalize('NFC')
    .replaceAll(/[-_\s]+/g, ' ')
    .trim();
  const [first = '', ...rest] = Array.from(words);
  return first.toUpperCase() + rest.join('');
}
