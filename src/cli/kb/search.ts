import type { FoundArticleView } from '../../contract/kb.ts';
import type { ApiClient } from '../client.ts';
import { type Output, printable } from '../output.ts';

export async function searchArticles(
  client: ApiClient,
  q: string,
  limit: number,
): Promise<FoundArticleView[]> {
  const query = new URLSearchParams({ q, limit: String(limit) });
  const page = await client.call<{ data: FoundArticleView[] }>({
    method: 'GET',
    path: `/kb/search?${query}`,
  });
  return page.data;
}

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

function decodeHtml(html: string): string {
  return html.replaceAll(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity]!);
}

/** The snippet as text, its marks in `paint`. */
export function paintSnippet(snippet: string, paint: (text: string) => string): string {
  return snippet
    .split(/(<mark>.*?<\/mark>)/s)
    .map((part) => {
      const marked = /^<mark>(.*)<\/mark>$/s.exec(part)?.[1];
      const text = printable(decodeHtml(marked ?? part));
      return marked === undefined ? text : paint(text);
    })
    .join('');
}

export function printFound(output: Output, found: readonly FoundArticleView[]): void {
  for (const [i, article] of found.entries()) {
    if (i > 0) output.line();
    output.line(`${output.style('bold', printable(article.title))}  ${printable(article.slug)}`);
    const snippet = paintSnippet(article.snippet, (text) => output.style(['bold', 'yellow'], text));
    if (snippet.trim() !== '') output.line(`  ${snippet}`);
  }
}
