import { createTwoFilesPatch } from 'diff';
import { maskSecrets } from '../../core/secret.ts';
import type { ApiClient } from '../client.ts';
import { type Output, printable } from '../output.ts';
import { writeFrontMatter } from './front-matter-text.ts';
import type { Change, Wanted } from './plan.ts';
import type { Article } from './server.ts';
import type { Shelving } from './shelves.ts';

/** Beyond this the two texts are shown as wholly different. */
const longestDiffMs = 2_000;

type Shown = Pick<
  Wanted,
  'slug' | 'title' | 'summary' | 'categoryId' | 'subcategoryId' | 'tags' | 'sortOrder' | 'content'
> & { readonly status: string; readonly source: string | null };

function textOf(article: Shown, shelving: Shelving): string {
  const nameOf = (key: string | null) => (key === null ? null : shelving.titleOf(key));
  const head = writeFrontMatter({
    title: article.title,
    slug: article.slug,
    summary: article.summary,
    category: nameOf(article.categoryId) ?? undefined,
    subcategory: nameOf(article.subcategoryId) ?? undefined,
    tags: article.tags,
    status: article.status,
    order: article.sortOrder,
    kb_source: article.source,
  });
  return `${head}\n${article.content}`;
}

function unified(from: string, to: string, before: string, after: string): string {
  const options = { headerOptions: undefined, context: 3, timeout: longestDiffMs } as const;
  const patch = createTwoFilesPatch(from, to, before, after, '', '', options);
  if (patch !== undefined) return patch.replace(/^=+\n/, '');
  return createTwoFilesPatch(from, to, '', after, '', '', { context: 3 }).replace(/^=+\n/, '');
}

const oneLine = (name: string) => printable(name);

/** The change as a unified diff of the article as a file. */
export async function previewChange(client: ApiClient, shelving: Shelving, change: Change): Promise<string> {
  if (change.kind === 'create') {
    const { wanted } = change;
    return unified('/dev/null', oneLine(wanted.page.file), '', textOf(wanted, shelving));
  }
  const { existing } = change;
  const name = `${oneLine(existing.slug)} (${existing.id})`;
  if (change.kind === 'archive') {
    return unified(name, name, `status: ${existing.status}\n`, 'status: archived\n');
  }
  const { wanted } = change;
  const isSameText = existing.contentHash === wanted.contentHash;
  const content = isSameText
    ? wanted.content
    : (await client.call<Article>({ method: 'GET', path: `/kb/articles/${encodeURIComponent(existing.id)}` }))
        .content;
  const before = textOf({ ...existing, content }, shelving);
  return unified(name, oneLine(wanted.page.file), before, textOf(wanted, shelving));
}

/** Prints a diff; tabs stay, everything else that could steer a terminal goes. */
export function printDiff(output: Output, diff: string): void {
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const safe = maskSecrets(line).split('\t').map(printable).join('\t');
    const style = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : null;
    output.line(style === null ? safe : output.style(style, safe));
  }
}
