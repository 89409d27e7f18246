import { basename, dirname, relative } from 'node:path';
import { readPage } from '../../src/cli/kb/page.ts';
import { table } from './tables.ts';

const folder = 'docs/guides';

interface Guide {
  readonly file: string;
  readonly title: string;
  readonly summary: string;
  readonly category: string;
  readonly order: number;
}

/** Path → text. */
export type Files = ReadonlyMap<string, string>;

export function isGuide(file: string): boolean {
  return dirname(file) === folder;
}

/** The guides as `kb push` reads them, and what is missing in their front matter. */
export function readGuides(files: Files): { guides: readonly Guide[]; problems: readonly string[] } {
  const problems: string[] = [];
  const guides: Guide[] = [];
  const orders = new Map<number, string>();
  for (const [file, text] of files) {
    if (!isGuide(file)) continue;
    const { title, summary, category, tags, sortOrder } = readPage(basename(file), text);
    const named = category !== null && 'text' in category ? category.text : null;
    const other = orders.get(sortOrder);
    const missing = [
      !/^title: /m.test(text) && 'a title',
      !summary && 'a summary',
      !named && 'a category',
      tags.length === 0 && 'tags',
      sortOrder === 0 && 'an order',
    ].filter(Boolean);
    if (missing.length > 0) problems.push(`${file}: the front matter lacks ${missing.join(', ')}`);
    if (other !== undefined && sortOrder !== 0) problems.push(`${file}: ${other} has its order, too`);
    orders.set(sortOrder, file);
    guides.push({ file, title, summary: summary ?? '', category: named ?? 'Other', order: sortOrder });
  }
  return { guides: guides.sort((a, b) => a.order - b.order), problems };
}

/** All but the start page; categories stand in the order of their first guides. */
function byCategory(guides: readonly Guide[]): [string, readonly Guide[]][] {
  const listed = guides.filter(({ file }) => basename(file) !== 'index.md');
  return [...Map.groupBy(listed, ({ category }) => category)];
}

function link(guide: Guide, from: string): string {
  return `[${guide.title}](${relative(dirname(from), guide.file)})`;
}

/** For the README: a line for each category. */
export function guideLinks(guides: readonly Guide[], from: string): string {
  return byCategory(guides)
    .map(([category, own]) => `- **${category}**: ${own.map((guide) => link(guide, from)).join(' · ')}`)
    .join('\n');
}

/** For the start page of the guides: a table for each category. */
export function guideTables(guides: readonly Guide[], from: string): string {
  return byCategory(guides)
    .map(([category, own]) => {
      const rows = own.map((guide) => [link(guide, from), guide.summary]);
      return `## ${category}\n\n${table(['Guide', 'What it is about'], rows)}`;
    })
    .join('\n\n');
}
