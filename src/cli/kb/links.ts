import type { Page } from './page.ts';
import { folderOf, isIndex, isMarkdown, splitPrefix, withoutExtension } from './paths.ts';
import type { Problem } from './problem.ts';

/** Every file that links may lead to. */
export interface LinkIndex {
  /** Path without extension and prefixes, or the folder of an index page → file. */
  readonly byPage: ReadonlyMap<string, string>;
  /** Markdown file → its slug; null for one that is not pushed. */
  readonly slugs: ReadonlyMap<string, string | null>;
  /** Whether something is there on the disk. */
  readonly exists: (path: string) => boolean;
  readonly template: string;
}

const plainPath = (path: string) =>
  path
    .split('/')
    .map((part) => splitPrefix(part).name)
    .join('/');

export function indexLinks(
  slugs: ReadonlyMap<string, string | null>,
  template: string,
  exists: LinkIndex['exists'],
): LinkIndex {
  const byPage = new Map<string, string>();
  for (const isLoose of [false, true]) {
    for (const file of slugs.keys()) {
      const path = isIndex(file) ? folderOf(file) : withoutExtension(file);
      const key = (isLoose ? plainPath(path) : path).normalize('NFC');
      if (!byPage.has(key)) byPage.set(key, file);
    }
  }
  return { byPage, slugs, exists, template };
}

/** A path below the folder, or null for one that leaves it. */
function resolvePath(from: string, path: string): string | null {
  const parts = path.startsWith('/') || from === '' ? [] : from.split('/');
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join('/');
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function findPage(index: LinkIndex, path: string): string | null {
  if (index.slugs.has(path)) return path;
  const wanted = path.normalize('NFC');
  const page = wanted.replace(/\.html?$/i, '');
  const bare = isMarkdown(wanted) ? (isIndex(wanted) ? folderOf(wanted) : withoutExtension(wanted)) : page;
  const found = index.byPage.get(bare) ?? index.byPage.get(plainPath(bare));
  return found ?? (isIndex(`${bare}.md`) ? (index.byPage.get(folderOf(bare)) ?? null) : null);
}

/** What is to be done with one address. */
export type Judgement =
  | { readonly kind: 'leave' }
  | { readonly kind: 'article'; readonly slug: string; readonly suffix: string }
  | { readonly kind: 'warn'; readonly message: string; readonly asset?: string };

const leave: Judgement = { kind: 'leave' };
/** Other servers, places on the page, templates of other programs, aliases such as Docusaurus' `@site`. */
const notOurs = /^(?:[a-z][a-z\d+.-]*:|\/\/|#|\?|@|~|$)|\{\{|\{%|[{}<>]/i;

export function judgeAddress(index: LinkIndex, file: string, address: string): Judgement {
  if (notOurs.test(address)) return leave;
  const [, rawPath = '', suffix = ''] = /^([^?#]*)(.*)$/s.exec(address)!;
  const path = decodePath(rawPath);
  const isAbsolute = path.startsWith('/');
  const target = resolvePath(folderOf(file), path);
  if (target === null) return { kind: 'warn', message: `the link ${address} leads out of the folder` };
  const page = findPage(index, target);
  const slug = page === null ? null : index.slugs.get(page);
  if (slug) return { kind: 'article', slug, suffix };
  if (page !== null)
    return { kind: 'warn', message: `the link ${address} leads to a file that is not pushed` };
  // Addresses from the root may be those of any website.
  if (isAbsolute && !isMarkdown(target)) return leave;
  if (isMarkdown(target) || !index.exists(target)) {
    return { kind: 'warn', message: `the link ${address} leads nowhere` };
  }
  return {
    kind: 'warn',
    message: `${target === '' ? 'the folder' : target} is not uploaded: only Markdown files are`,
    asset: target,
  };
}

/** The part behind the path as it stood in the text, or made safe where it was written with escapes. */
function suffixAsWritten(raw: string, suffix: string): string {
  if (suffix === '') return '';
  if (raw.endsWith(suffix) && !/[\\&]/.test(suffix)) return suffix;
  return suffix.replaceAll(/[\s<>()\\&*_`[\]"']/g, (character) =>
    encodeURIComponent(character).replaceAll(
      /['()*_]/g,
      (kept) => `%${kept.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  );
}

export interface Rewritten {
  readonly content: string;
  /** `asset` is the file that a warning is about, for those that are given once. */
  readonly warnings: readonly (Problem & { readonly asset?: string })[];
}

/** Lets links lead to articles, and touches nothing else. */
export function rewriteLinks(index: LinkIndex, page: Page): Rewritten {
  const pieces: string[] = [];
  const warnings: (Problem & { asset?: string })[] = [];
  let done = 0;
  for (const { start, end, line, address } of page.keepsLinks ? [] : page.markdown.destinations) {
    const judgement = judgeAddress(index, page.file, address);
    if (judgement.kind === 'warn') {
      const { kind: _kind, ...warning } = judgement;
      warnings.push({ file: page.file, line: page.linesBefore + line, ...warning });
    } else if (judgement.kind === 'article') {
      const raw = page.content.slice(start, end);
      const url = index.template.replaceAll('{slug}', () => encodeURIComponent(judgement.slug));
      pieces.push(page.content.slice(done, start), url, suffixAsWritten(raw, judgement.suffix));
      done = end;
    }
  }
  pieces.push(page.content.slice(done));
  return { content: pieces.join(''), warnings };
}
