export interface SnippetPart {
  readonly text: string;
  /** One of the words that were looked for. */
  readonly isMarked: boolean;
}

const characters: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/**
 * The snippet of a search as text. It comes as HTML whose only element is `<mark>`; whatever else is in it stays the text
 * that it is, so that nothing of an article can become an element of the page.
 */
export function readSnippet(html: string): SnippetPart[] {
  const parts: SnippetPart[] = [];
  let isMarked = false;
  for (const piece of html.split(/(<\/?mark>)/)) {
    if (piece === '<mark>') isMarked = true;
    else if (piece === '</mark>') isMarked = false;
    else if (piece !== '') parts.push({ text: unescaped(piece), isMarked });
  }
  return parts;
}

function unescaped(html: string): string {
  return html.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (found) => characters[found]!);
}
